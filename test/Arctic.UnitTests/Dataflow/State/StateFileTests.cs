using Arctic.Columnar.Errors;
using Arctic.Dataflow.State;

namespace Arctic.UnitTests.Dataflow.State;

public sealed class StateFileTests
{
    [Fact]
    public async Task Key_groups_go_to_their_owners_and_plain_parts_to_everybody()
    {
        var state = new RestoredState();
        for (var subtask = 0; subtask < 2; subtask++)
        {
            var file = new StateFile();
            Assert.True(file.IsEmpty);
            await file.WriterOf(0).WriteAsync("plain", new byte[] { 1, (byte)subtask }, CancellationToken.None);
            var range = KeyGroupRange.Of(subtask, 2, 8);
            for (var group = range.First; group <= range.Last; group++)
            {
                await file.WriterOf(1).WriteKeyGroupAsync("keyed", group, new byte[] { 1, (byte)group }, CancellationToken.None);
            }

            state.Add(5, subtask, StateFile.Read(file.Content.ToArray(), "x"));
        }

        var seen = new List<int>();
        for (var subtask = 0; subtask < 3; subtask++)
        {
            var range = KeyGroupRange.Of(subtask, 3, 8);
            await foreach (var (group, content) in state.ReaderOf(5, 1, range).ReadKeyGroupsAsync("keyed", CancellationToken.None))
            {
                Assert.True(range.Contains(group));
                Assert.Equal(group, content.Span[1]);
                seen.Add(group);
            }

            var plain = await state.ReaderOf(5, 0, range).ReadAsync("plain", CancellationToken.None).ToListAsync();
            Assert.Equal([0, 1], plain.Select(p => p.Subtask));
        }

        Assert.Equal(Enumerable.Range(0, 8), seen.Order());
        Assert.Empty(await state.ReaderOf(5, 0, new KeyGroupRange(0, 7)).ReadAsync("other", CancellationToken.None).ToListAsync());
        Assert.Empty(await state.ReaderOf(4, 0, new KeyGroupRange(0, 7)).ReadAsync("plain", CancellationToken.None).ToListAsync());
    }

    [Fact]
    public async Task A_file_cut_anywhere_but_between_entries_is_refused()
    {
        var file = new StateFile();
        await file.WriterOf(0).WriteAsync("part", new byte[] { 1, 2, 3 }, CancellationToken.None);
        var bytes = file.Content.ToArray();

        for (var length = 0; length < bytes.Length; length++)
        {
            if (length != 5)
            {
                var error = Assert.Throws<ArcticException>(() => StateFile.Read(bytes.AsMemory(0, length), "x"));
                Assert.Equal(ErrorCodes.CheckpointDamaged, error.Code);
            }
        }
    }
}

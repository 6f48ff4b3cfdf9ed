using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Conformance;

/// <summary>What every object store promises; each implementation inherits it.</summary>
public abstract class ObjectStoreConformance
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The store under test; the same one for the whole test.</summary>
    protected abstract IObjectStore Store { get; }

    /// <summary>An absolute folder that is empty when a test starts.</summary>
    protected abstract string Root { get; }

    /// <summary>What the one atomic promise of the store rests on, in a sentence; null when it cannot be kept, so that the store must refuse.</summary>
    protected abstract string? CreateIfAbsentRestsOn { get; }

    [Fact]
    public async Task Create_if_absent_rests_on_something_or_is_refused()
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{Store.GetType().Name}.CreateIfAbsentAsync rests on: {CreateIfAbsentRestsOn ?? "nothing, and is refused"}");
        if (CreateIfAbsentRestsOn is { } sentence)
        {
            Assert.EndsWith(".", sentence);
            Assert.True(await Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token));
        }
        else
        {
            await Store.PutAsync(At("x"), Bytes("0"), Token);
            Assert.True(await IsCreateIfAbsentRefusedAsync());
            Assert.Equal("0", await ReadAsync("x"));
        }

        Assert.Equal(["x"], await ListAsync(""));
    }

    [Fact]
    public async Task An_object_is_found_with_its_size_and_normalised_location()
    {
        await Store.PutAsync(At("a/b.txt"), Bytes("hello"), Token);

        var info = await Store.FindAsync(At("a/b.txt"), Token);

        Assert.NotNull(info);
        Assert.Equal(5, info.Size);
        Assert.Equal(ObjectLocation.Normalize(At("a/b.txt")), info.Location);
    }

    [Fact]
    public async Task A_missing_object_is_null_and_cannot_be_opened()
    {
        Assert.Null(await Store.FindAsync(At("nothing"), Token));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.OpenReadAsync(At("nothing"), Token));

        Assert.Equal(ErrorCodes.ObjectNotFound, error.Code);
        Assert.Contains("nothing", error.Message);
    }

    [Fact]
    public async Task A_folder_is_not_an_object()
    {
        await Store.PutAsync(At("folder/x"), Bytes("1"), Token);

        Assert.Null(await Store.FindAsync(At("folder"), Token));
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.OpenReadAsync(At("folder"), Token));
        Assert.Equal(ErrorCodes.ObjectNotFound, error.Code);
    }

    [Fact]
    public async Task Reads_fill_the_buffer_from_any_offset()
    {
        var content = new byte[700_001];
        new Random(7).NextBytes(content);
        await Store.PutAsync(At("big"), content, Token);
        await using var reader = await Store.OpenReadAsync(At("big"), Token);

        var whole = new byte[content.Length];
        await reader.ReadAsync(0, whole, Token);
        var part = new byte[1000];
        await reader.ReadAsync(content.Length - 1000, part, Token);
        await reader.ReadAsync(5, Memory<byte>.Empty, Token);

        Assert.Equal(content.Length, reader.Size);
        Assert.Equal(content, whole);
        Assert.Equal(content[^1000..], part);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(8, 3)]
    [InlineData(0, 400_000)]
    public async Task A_read_behind_the_end_says_that_the_object_is_short(int offset, int count)
    {
        await Store.PutAsync(At("short"), Bytes("0123456789"), Token);
        await using var reader = await Store.OpenReadAsync(At("short"), Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await reader.ReadAsync(offset, new byte[count], Token));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
    }

    [Fact]
    public async Task An_open_reader_survives_replacement_and_deletion()
    {
        await Store.PutAsync(At("x"), Bytes("old content"), Token);
        await using var reader = await Store.OpenReadAsync(At("x"), Token);

        await Store.PutAsync(At("x"), Bytes("new"), Token);
        await Store.DeleteAsync(At("x"), Token);
        var buffer = new byte[11];
        await reader.ReadAsync(0, buffer, Token);

        Assert.Equal("old content", Encoding.UTF8.GetString(buffer));
    }

    [Fact]
    public async Task A_reader_never_mixes_two_contents()
    {
        var old = new byte[700_001];
        new Random(8).NextBytes(old);
        await Store.PutAsync(At("x"), old, Token);
        await using var reader = await Store.OpenReadAsync(At("x"), Token);

        await Store.PutAsync(At("x"), new byte[700_001], Token);
        var found = new byte[old.Length];
        var error = await Record.ExceptionAsync(async () => await reader.ReadAsync(0, found, Token));

        if (error is null)
        {
            Assert.Equal(old, found);
        }
        else
        {
            Assert.Equal(ErrorCodes.StorageFailed, Assert.IsType<ArcticException>(error).Code);
        }
    }

    [Fact]
    public async Task A_large_object_is_written_and_read_as_it_was()
    {
        var content = new byte[(20 << 20) + 12_345];
        new Random(9).NextBytes(content);
        await using (var writer = await Store.CreateAsync(At("large"), Token))
        {
            for (var start = 0; start < content.Length; start += 1_000_003)
            {
                var part = content.AsMemory(start, Math.Min(1_000_003, content.Length - start));
                if (start % 2 == 0)
                {
                    await writer.Stream.WriteAsync(part, Token);
                }
                else
                {
                    writer.Stream.Write(part.Span);
                }
            }

            Assert.Null(await Store.FindAsync(At("large"), Token));
            await writer.CompleteAsync(Token);
            Assert.Equal(content.Length, writer.BytesWritten);
        }

        await using var reader = await Store.OpenReadAsync(At("large"), Token);
        var found = new byte[reader.Size];
        await reader.ReadAsync(0, found, Token);
        Assert.True(content.AsSpan().SequenceEqual(found));
    }

    [Fact]
    public async Task A_large_writer_that_is_not_completed_leaves_nothing()
    {
        await using (var writer = await Store.CreateAsync(At("large"), Token))
        {
            await writer.Stream.WriteAsync(new byte[20 << 20], Token);
        }

        Assert.Null(await Store.FindAsync(At("large"), Token));
        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task A_written_object_appears_only_when_complete()
    {
        await using (var writer = await Store.CreateAsync(At("w/data"), Token))
        {
            await writer.Stream.WriteAsync(Bytes("part one, "), Token);
            Assert.Null(await Store.FindAsync(At("w/data"), Token));
            Assert.Empty(await ListAsync(""));
            Assert.Empty(await ListFolderAsync(""));

            writer.Stream.Write("part two"u8);
            Assert.Equal(18, writer.BytesWritten);
            await writer.CompleteAsync(Token);
            Assert.Equal(18, writer.BytesWritten);
        }

        Assert.Equal("part one, part two", await ReadAsync("w/data"));
        Assert.Equal(["w/data"], await ListAsync(""));
    }

    [Fact]
    public async Task A_writer_that_is_not_completed_leaves_nothing_and_keeps_the_old_object()
    {
        await Store.PutAsync(At("keep"), Bytes("old"), Token);

        await using (var writer = await Store.CreateAsync(At("keep"), Token))
        {
            await writer.Stream.WriteAsync(new byte[200_000], Token);
        }

        Assert.Equal("old", await ReadAsync("keep"));
        Assert.Equal(["keep"], await ListAsync(""));
    }

    [Fact]
    public async Task A_completed_writer_replaces_the_old_object()
    {
        await Store.PutAsync(At("x"), Bytes("a longer old content"), Token);

        await using (var writer = await Store.CreateAsync(At("x"), Token))
        {
            writer.Stream.Write("new"u8);
            await writer.CompleteAsync(Token);
        }

        Assert.Equal("new", await ReadAsync("x"));
    }

    [Fact]
    public async Task Put_replaces_the_whole_object()
    {
        await Store.PutAsync(At("x"), Bytes("a longer old content"), Token);
        await Store.PutAsync(At("x"), Bytes("new"), Token);
        await Store.PutAsync(At("empty"), default, Token);

        Assert.Equal("new", await ReadAsync("x"));
        Assert.Equal("", await ReadAsync("empty"));
    }

    [Fact]
    public async Task Create_if_absent_creates_once_and_then_changes_nothing()
    {
        if (await IsCreateIfAbsentRefusedAsync())
        {
            return;
        }

        Assert.True(await Store.CreateIfAbsentAsync(At("v/1"), Bytes("first"), Token));
        Assert.False(await Store.CreateIfAbsentAsync(At("v/1"), Bytes("second"), Token));

        Assert.Equal("first", await ReadAsync("v/1"));
        Assert.Equal(["v/1"], await ListAsync(""));
    }

    [Fact]
    public async Task Create_if_absent_has_one_winner_among_many()
    {
        if (await IsCreateIfAbsentRefusedAsync())
        {
            return;
        }

        const int contenders = 8;
        for (var round = 0; round < 20; round++)
        {
            var location = At($"race/{round}");
            using var barrier = new Barrier(contenders);
            var wins = new bool[contenders];
            var threads = Enumerable.Range(0, contenders).Select(i => new Thread(() =>
            {
                barrier.SignalAndWait();
                var created = Store.CreateIfAbsentAsync(location, Bytes($"winner {i}"), Token);
                wins[i] = created.IsCompleted ? created.Result : created.AsTask().GetAwaiter().GetResult();
            })).ToList();
            threads.ForEach(t => t.Start());
            threads.ForEach(t => t.Join());

            var winner = Assert.Single(Enumerable.Range(0, contenders), i => wins[i]);
            Assert.Equal($"winner {winner}", await ReadAsync($"race/{round}"));
        }
    }

    [Fact]
    public async Task Create_if_absent_can_follow_a_deletion()
    {
        if (await IsCreateIfAbsentRefusedAsync())
        {
            return;
        }

        await Store.CreateIfAbsentAsync(At("x"), Bytes("1"), Token);
        await Store.DeleteAsync(At("x"), Token);

        Assert.True(await Store.CreateIfAbsentAsync(At("x"), Bytes("2"), Token));
        Assert.Equal("2", await ReadAsync("x"));
    }

    [Fact]
    public async Task Deleting_twice_is_no_error()
    {
        await Store.PutAsync(At("d/x"), Bytes("1"), Token);

        await Store.DeleteAsync(At("d/x"), Token);
        await Store.DeleteAsync(At("d/x"), Token);
        await Store.DeleteAsync(At("never/there"), Token);

        Assert.Null(await Store.FindAsync(At("d/x"), Token));
    }

    [Fact]
    public async Task Deleting_a_folder_does_nothing()
    {
        await Store.PutAsync(At("d/x"), Bytes("1"), Token);

        await Store.DeleteAsync(At("d"), Token);

        Assert.Equal(["d/x"], await ListAsync(""));
    }

    [Fact]
    public async Task Listings_go_to_any_depth_and_know_sizes()
    {
        await Store.PutAsync(At("t/a"), Bytes("1"), Token);
        await Store.PutAsync(At("t/b/c"), Bytes("22"), Token);
        await Store.PutAsync(At("t/b/d/e.avro"), Bytes("333"), Token);
        await Store.PutAsync(At("tt/f"), Bytes("4444"), Token);

        var sizes = new List<long>();
        await foreach (var info in Store.ListAsync(At("t"), Token))
        {
            sizes.Add(info.Size);
        }

        Assert.Equal(["t/a", "t/b/c", "t/b/d/e.avro"], await ListAsync("t"));
        Assert.Equal(["t/b/c", "t/b/d/e.avro"], await ListAsync("t/b/"));
        Assert.Equal([1L, 2, 3], sizes.Order());
        Assert.Empty(await ListAsync("nowhere"));
    }

    [Fact]
    public async Task A_folder_listing_has_one_entry_a_name()
    {
        await Store.PutAsync(At("t/a"), Bytes("1"), Token);
        await Store.PutAsync(At("t/b/c"), Bytes("2"), Token);
        await Store.PutAsync(At("t/b/d"), Bytes("3"), Token);

        Assert.Equal(["a", "b/"], await ListFolderAsync("t"));
        Assert.Empty(await ListFolderAsync("nowhere"));
    }

    [Fact]
    public async Task A_folder_listing_can_be_cut_to_names_with_a_prefix()
    {
        foreach (var name in new[] { "t/v1.json", "t/v12.json", "t/w", "t/v-folder/x", "t/other/v1.json" })
        {
            await Store.PutAsync(At(name), Bytes("1"), Token);
        }

        Assert.Equal(["v-folder/", "v1.json", "v12.json"], await ListFolderAsync("t", "v"));
        Assert.Equal(["v1.json", "v12.json"], await ListFolderAsync("t", "v1"));
        Assert.Empty(await ListFolderAsync("t", "x"));
    }

    [Fact]
    public async Task A_folder_without_objects_is_not_listed()
    {
        await Store.PutAsync(At("t/keep"), Bytes("1"), Token);
        await Store.PutAsync(At("t/gone/deep/x"), Bytes("1"), Token);

        await Store.DeleteAsync(At("t/gone/deep/x"), Token);

        Assert.Equal(["keep"], await ListFolderAsync("t"));
    }

    [Fact]
    public async Task Names_keep_their_characters()
    {
        string[] names = ["day=2022-07-01", "with space", "per%20cent", "ümläut", "a+b&c", ".hidden"];
        foreach (var name in names)
        {
            await Store.PutAsync(At("n/" + name), Bytes(name), Token);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal).Select(n => "n/" + n), await ListAsync("n"));
        foreach (var name in names)
        {
            Assert.Equal(name, await ReadAsync("n/" + name));
        }
    }

    [Fact]
    public virtual async Task Many_writers_and_deleters_of_one_folder_do_not_disturb_each_other()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token }, async (i, token) =>
        {
            await Store.PutAsync(At($"busy/folder/{i}"), Bytes("x"), token);
            await Store.DeleteAsync(At($"busy/folder/{i}"), token);
        });

        Assert.Empty(await ListAsync(""));
    }

    [Fact]
    public async Task A_cancelled_call_has_no_effect()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.PutAsync(At("x"), Bytes("1"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.CreateIfAbsentAsync(At("x"), Bytes("1"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.FindAsync(At("x"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DeleteAsync(At("x"), cancelled));

        Assert.Empty(await ListAsync(""));
    }

    private async ValueTask<bool> IsCreateIfAbsentRefusedAsync()
    {
        if (CreateIfAbsentRestsOn is not null)
        {
            return false;
        }

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await Store.CreateIfAbsentAsync(At("refused"), Bytes("1"), Token));
        Assert.Equal(ErrorCodes.StorageRefused, error.Code);
        return true;
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected string At(string relative) => relative.Length == 0 ? Root : ObjectLocation.Combine(Root, relative);

    protected async Task<string> ReadAsync(string relative)
    {
        await using var reader = await Store.OpenReadAsync(At(relative), Token);
        var buffer = new byte[reader.Size];
        await reader.ReadAsync(0, buffer, Token);
        return Encoding.UTF8.GetString(buffer);
    }

    protected async Task<List<string>> ListAsync(string folder)
    {
        var root = ObjectLocation.Normalize(Root).TrimEnd('/') + "/";
        var found = new List<string>();
        await foreach (var info in Store.ListAsync(At(folder), Token))
        {
            Assert.StartsWith(root, info.Location);
            found.Add(info.Location[root.Length..]);
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private async Task<List<string>> ListFolderAsync(string folder, string? namePrefix = null)
    {
        var found = new List<string>();
        await foreach (var entry in namePrefix is null ? Store.ListFolderAsync(At(folder), Token) : Store.ListFolderAsync(At(folder), namePrefix, Token))
        {
            found.Add(entry.IsFolder ? entry.Name + "/" : entry.Name);
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }
}

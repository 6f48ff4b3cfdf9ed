using System.Runtime.CompilerServices;

namespace Arctic.Dataflow.State;

/// <summary>All operator state of a checkpoint, in memory while a job is restored: any parallelism can take its share of it.</summary>
internal sealed class RestoredState
{
    private readonly Dictionary<(int Vertex, int Operator), List<(int Subtask, StateEntry Entry)>> _entries = [];

    /// <summary>Adds the file of one subtask.</summary>
    public void Add(int vertex, int subtask, IEnumerable<StateEntry> entries)
    {
        foreach (var entry in entries)
        {
            var key = (vertex, entry.Operator);
            if (!_entries.TryGetValue(key, out var list))
            {
                _entries.Add(key, list = []);
            }

            list.Add((subtask, entry));
        }
    }

    /// <summary>What one operator of one subtask may see now: its key groups, and every plain part.</summary>
    public IStateReader ReaderOf(int vertex, int operatorIndex, KeyGroupRange keyGroups) =>
        new Reader(_entries.GetValueOrDefault((vertex, operatorIndex)) ?? [], keyGroups);

    private sealed class Reader(List<(int Subtask, StateEntry Entry)> entries, KeyGroupRange keyGroups) : IStateReader
    {
        public async IAsyncEnumerable<(int KeyGroup, ReadOnlyMemory<byte> Content)> ReadKeyGroupsAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask.ConfigureAwait(false);
            foreach (var (_, entry) in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.KeyGroup >= 0 && entry.Name == name && keyGroups.Contains(entry.KeyGroup))
                {
                    yield return (entry.KeyGroup, entry.Content);
                }
            }
        }

        public async IAsyncEnumerable<(int Subtask, ReadOnlyMemory<byte> Content)> ReadAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask.ConfigureAwait(false);
            foreach (var (subtask, entry) in entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (entry.KeyGroup < 0 && entry.Name == name)
                {
                    yield return (subtask, entry.Content);
                }
            }
        }
    }
}

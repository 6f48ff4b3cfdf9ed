namespace Arctic.Dataflow.State;

/// <summary>
/// Takes an operator's state for a checkpoint, as named parts. Keyed parts are written a key group at a time, so that a restore can hand the
/// groups to another number of subtasks; plain parts are handed whole to every subtask of the restored operator.
/// </summary>
public interface IStateWriter
{
    /// <summary>Writes one key group's part of a name. The content starts with a version byte.</summary>
    ValueTask WriteKeyGroupAsync(string name, int keyGroup, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Writes this subtask's plain part of a name. The content starts with a version byte.</summary>
    ValueTask WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}

/// <summary>Gives an operator its state back.</summary>
public interface IStateReader
{
    /// <summary>The parts of a name for the key groups that this subtask owns now.</summary>
    IAsyncEnumerable<(int KeyGroup, ReadOnlyMemory<byte> Content)> ReadKeyGroupsAsync(string name, CancellationToken cancellationToken);

    /// <summary>The plain parts of a name that all subtasks wrote, with their indices then.</summary>
    IAsyncEnumerable<(int Subtask, ReadOnlyMemory<byte> Content)> ReadAsync(string name, CancellationToken cancellationToken);
}

/// <summary>A stretch of key groups, both ends included.</summary>
public readonly record struct KeyGroupRange(int First, int Last)
{
    /// <summary>Whether a group lies in the range.</summary>
    public bool Contains(int keyGroup) => keyGroup >= First && keyGroup <= Last;

    /// <summary>The groups of a subtask: as even as it goes (Flink's rule).</summary>
    public static KeyGroupRange Of(int subtask, int parallelism, int maxParallelism) => new(
        (subtask * maxParallelism + parallelism - 1) / parallelism,
        ((subtask + 1) * maxParallelism - 1) / parallelism);

    /// <summary>The subtask that owns a key group.</summary>
    public static int SubtaskOf(int keyGroup, int parallelism, int maxParallelism) => keyGroup * parallelism / maxParallelism;
}

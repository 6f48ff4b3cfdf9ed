using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Which of the fixed shards of keyed state a key lies in (architecture, decision 7).</summary>
internal static class KeyGroups
{
    /// <summary>The key group of a key's hash. Tables use the low bits, so this takes the high ones.</summary>
    public static int Of(ulong hash, int maxParallelism) => (int)((hash >> 32) % (uint)maxParallelism);
}

/// <summary>Sends rows to the subtask that keeps the state of their key.</summary>
internal sealed class KeyGroupPartitioner : IRowPartitioner
{
    private readonly int[] _keyIndices;
    private readonly DataType[] _keyTypes;
    private readonly int _maxParallelism;

    /// <summary>Makes a partitioner.</summary>
    /// <param name="schema">The rows.</param>
    /// <param name="keyIndices">The columns of the key; both inputs of a join name theirs in the same order.</param>
    /// <param name="maxParallelism">The number of key groups of the job.</param>
    public KeyGroupPartitioner(RowSchema schema, IEnumerable<int> keyIndices, int maxParallelism)
    {
        _keyIndices = keyIndices.ToArray();
        _keyTypes = _keyIndices.Select(i => schema[i].Type).ToArray();
        _maxParallelism = maxParallelism;
        Description = $"hash[{string.Join(", ", _keyIndices.Select(i => schema[i].Name))}]";
    }

    /// <inheritdoc/>
    public string Description { get; }

    /// <inheritdoc/>
    public void Partition(ChangeBatch batch, int parallelism, Span<int> targets)
    {
        // Partitioners are shared between tasks, so the scratch memory is the call's own.
        var keys = new EncodedRows();
        new RowCodec(_keyTypes).Encode(BatchRows.Pick(batch.Columns, _keyIndices), BatchRows.Of(batch), keys);
        keys.ComputeHashes();
        var hashes = keys.Hashes;
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i] = KeyGroupRange.SubtaskOf(KeyGroups.Of(hashes[i], _maxParallelism), parallelism, _maxParallelism);
        }
    }
}

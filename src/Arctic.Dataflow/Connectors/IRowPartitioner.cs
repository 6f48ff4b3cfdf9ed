using Arctic.Columnar;

namespace Arctic.Dataflow.Connectors;

/// <summary>Says which parallel task each row of a batch goes to. Stateless and thread-safe; equal keys go to one task.</summary>
public interface IRowPartitioner
{
    /// <summary>What plans print: <c>hash[id]</c>, <c>bucket[id]</c>.</summary>
    string Description { get; }

    /// <summary>Fills in a target for every row.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="parallelism">The number of tasks.</param>
    /// <param name="targets">One entry a batch row (in the order of its selection): the 0-based task.</param>
    void Partition(ChangeBatch batch, int parallelism, Span<int> targets);
}

using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables.Writing;

namespace Arctic.Connectors.Lake;

/// <summary>Sends each row to the writer that owns its bucket and partition.</summary>
internal sealed class LakePartitioner(WriterAssignment assignment) : IRowPartitioner
{
    /// <inheritdoc/>
    public string Description => assignment.Description;

    /// <inheritdoc/>
    public void Partition(ChangeBatch batch, int parallelism, Span<int> targets) => assignment.Assign(batch, parallelism, targets);
}

using Apache.Arrow;
using Apache.Arrow.Ipc;

namespace Arctic.UnitTests.Iceberg;

/// <summary>Batches as a stream, which does not own them.</summary>
internal sealed class ArrowBatches(IReadOnlyList<RecordBatch> batches) : IArrowArrayStream
{
    private int _next;

    public Schema Schema => batches[0].Schema;

    public ValueTask<RecordBatch?> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default) => new(_next < batches.Count ? batches[_next++] : null);

    public void Dispose()
    {
    }
}

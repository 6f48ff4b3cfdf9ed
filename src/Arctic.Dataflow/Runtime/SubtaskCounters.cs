using System.Diagnostics;
using Arctic.Columnar;

namespace Arctic.Dataflow.Runtime;

/// <summary>What one subtask has done: written by its task alone, read by anybody.</summary>
internal sealed class SubtaskCounters(string job, string vertex)
{
    private readonly TagList _tags = new() { { "job", job }, { "vertex", vertex } };
    private long _rowsIn;
    private long _rowsOut;
    private long _batchesOut;
    private long _bytesOut;

    public long RowsIn => Volatile.Read(ref _rowsIn);

    public long RowsOut => Volatile.Read(ref _rowsOut);

    public long BatchesOut => Volatile.Read(ref _batchesOut);

    public long BytesOut => Volatile.Read(ref _bytesOut);

    public void CountIn(ChangeBatch batch)
    {
        Volatile.Write(ref _rowsIn, _rowsIn + batch.RowCount);
        DataflowTelemetry.RowsIn.Add(batch.RowCount, _tags);
    }

    public void CountOut(ChangeBatch batch)
    {
        var bytes = BatchSize.Estimate(batch);
        Volatile.Write(ref _rowsOut, _rowsOut + batch.RowCount);
        Volatile.Write(ref _batchesOut, _batchesOut + 1);
        Volatile.Write(ref _bytesOut, _bytesOut + bytes);
        DataflowTelemetry.RowsOut.Add(batch.RowCount, _tags);
        DataflowTelemetry.BytesOut.Add(bytes, _tags);
    }
}

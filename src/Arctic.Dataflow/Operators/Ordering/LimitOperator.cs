using Arctic.Columnar;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>LIMIT without ORDER BY over insert-only rows: skips the first ones, passes the next ones on, drops the rest. One subtask.</summary>
/// <param name="offset">The rows to skip.</param>
/// <param name="count">The rows to pass on; null for all.</param>
internal sealed class LimitOperator(long offset, long? count) : StreamOperator
{
    private const string StateName = "seen";
    private const byte StateVersion = 1;

    private long _seen;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is not null)
        {
            await foreach (var (_, content) in restored.ReadAsync(StateName, cancellationToken).ConfigureAwait(false))
            {
                Load(content.Span);
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        ChangeBatch? passed;
        using (batch)
        {
            passed = RowWindow.Cut(batch, ref _seen, offset, count);
        }

        if (passed is not null)
        {
            await Context.Output.EmitAsync(passed, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        buffer.WriteByte(StateVersion);
        buffer.WriteInt64(_seen);
        return writer.WriteAsync(StateName, buffer.Written, cancellationToken);
    }

    private void Load(ReadOnlySpan<byte> content)
    {
        var source = new StateBytes(content, Context.Name);
        source.ReadVersion(StateVersion);
        _seen += source.ReadInt64();
    }
}

/// <summary>The rows of a stream from one number to another.</summary>
internal static class RowWindow
{
    /// <summary>The part of a batch that lies within the window; null when none does. The caller still disposes the batch.</summary>
    /// <param name="seen">The rows before the batch; counted up.</param>
    public static ChangeBatch? Cut(ChangeBatch batch, ref long seen, long offset, long? count)
    {
        var start = Math.Clamp(offset - seen, 0, batch.RowCount);
        var end = count is null ? batch.RowCount : Math.Clamp(offset + count.Value - seen, start, batch.RowCount);
        seen += batch.RowCount;
        return end > start ? batch.Slice((int)start, (int)(end - start)) : null;
    }
}

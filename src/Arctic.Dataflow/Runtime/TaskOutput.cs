using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Runtime;

/// <summary>The end of a task's chain: the exchanges behind it, its sink's writer, or nothing.</summary>
internal abstract class TaskOutput : IOperatorOutput
{
    public abstract ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken);

    public abstract ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken);

    public virtual ValueTask EmitIdleAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Sends what was held back to be joined; called when no more input is at hand.</summary>
    public virtual ValueTask FlushAsync() => ValueTask.CompletedTask;

    /// <summary>Sends a barrier, end or close to every downstream task, behind all rows.</summary>
    public virtual ValueTask BroadcastAsync(StreamElement element) => ValueTask.CompletedTask;

    /// <summary>Gives held-back batches up when the job ends.</summary>
    public virtual void Drop()
    {
    }
}

/// <summary>Rows go to a sink's writer.</summary>
internal sealed class SinkOutput(ISinkWriter writer, SubtaskCounters counters) : TaskOutput
{
    public override ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        counters.CountOut(batch);
        return writer.WriteAsync(batch, cancellationToken);
    }

    public override ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Nobody wants the rows: an operator did its work on the side.</summary>
internal sealed class DiscardOutput : TaskOutput
{
    public override ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        batch.Dispose();
        return ValueTask.CompletedTask;
    }

    public override ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Rows go over the edges that leave the vertex.</summary>
internal sealed class ExchangeOutput(IReadOnlyList<EdgeWriter> edges, SubtaskCounters counters) : TaskOutput
{
    public override ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        counters.CountOut(batch);
        return edges.Count == 1 ? edges[0].WriteAsync(batch) : FanOutAsync(batch);
    }

    public override async ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) =>
        await BroadcastAsync(StreamElement.Of(watermark)).ConfigureAwait(false);

    public override ValueTask EmitIdleAsync(CancellationToken cancellationToken) => BroadcastAsync(StreamElement.Idle);

    public override async ValueTask FlushAsync()
    {
        foreach (var edge in edges)
        {
            if (edge.HasHeldBack)
            {
                await edge.FlushAsync().ConfigureAwait(false);
            }
        }
    }

    public override async ValueTask BroadcastAsync(StreamElement element)
    {
        foreach (var edge in edges)
        {
            await edge.FlushAsync().ConfigureAwait(false);
            await edge.BroadcastAsync(element).ConfigureAwait(false);
        }
    }

    public override void Drop()
    {
        foreach (var edge in edges)
        {
            edge.Drop();
        }
    }

    private async ValueTask FanOutAsync(ChangeBatch batch)
    {
        using (batch)
        {
            foreach (var edge in edges)
            {
                await edge.WriteAsync(batch.Retain()).ConfigureAwait(false);
            }
        }
    }
}

using Arctic.Columnar;

namespace Arctic.Dataflow.Runtime;

/// <summary>Spreads one subtask's rows over the downstream subtasks of one edge.</summary>
internal abstract class EdgeWriter(IReadOnlyList<IExchange> channels)
{
    protected IReadOnlyList<IExchange> Channels { get; } = channels;

    /// <summary>Whether rows wait to be joined with more.</summary>
    public virtual bool HasHeldBack => false;

    /// <summary>Takes a batch over.</summary>
    public abstract ValueTask WriteAsync(ChangeBatch batch);

    /// <summary>Sends rows that were held back.</summary>
    public virtual ValueTask FlushAsync() => ValueTask.CompletedTask;

    /// <summary>Gives rows that were held back up.</summary>
    public virtual void Drop()
    {
    }

    /// <summary>Sends an element without rows to every downstream subtask.</summary>
    public async ValueTask BroadcastAsync(StreamElement element)
    {
        foreach (var channel in Channels)
        {
            await channel.SendAsync(element).ConfigureAwait(false);
        }
    }
}

/// <summary>To the one subtask of the same index.</summary>
internal sealed class ForwardEdgeWriter(IExchange channel) : EdgeWriter([channel])
{
    public override ValueTask WriteAsync(ChangeBatch batch) => channel.SendAsync(StreamElement.Of(batch));
}

/// <summary>Batch by batch in turn, each sender from a subtask of its own on.</summary>
internal sealed class RebalanceEdgeWriter(IReadOnlyList<IExchange> channels, int first) : EdgeWriter(channels)
{
    private int _next = first % channels.Count;

    public override ValueTask WriteAsync(ChangeBatch batch)
    {
        var channel = Channels[_next];
        _next = _next + 1 == Channels.Count ? 0 : _next + 1;
        return channel.SendAsync(StreamElement.Of(batch));
    }
}

/// <summary>Every batch to every subtask; the memory is shared.</summary>
internal sealed class BroadcastEdgeWriter(IReadOnlyList<IExchange> channels) : EdgeWriter(channels)
{
    public override async ValueTask WriteAsync(ChangeBatch batch)
    {
        using (batch)
        {
            foreach (var channel in Channels)
            {
                await channel.SendAsync(StreamElement.Of(batch.Retain())).ConfigureAwait(false);
            }
        }
    }
}

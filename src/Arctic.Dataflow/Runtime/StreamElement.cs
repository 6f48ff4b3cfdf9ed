using System.Diagnostics;
using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Runtime;

/// <summary>What travels over exchanges.</summary>
internal enum StreamElementKind : byte
{
    /// <summary>Rows.</summary>
    Batch,

    /// <summary>A rise of event time.</summary>
    Watermark,

    /// <summary>The channel has nothing to say of event time until a row or a rise comes: others need not wait for it.</summary>
    Idle,

    /// <summary>What lies before it belongs to a checkpoint.</summary>
    Barrier,

    /// <summary>No rows will come any more; barriers still do, so that what they close is committed.</summary>
    EndOfInput,

    /// <summary>As <see cref="EndOfInput"/>, but the job was restored from behind the end: operators know already.</summary>
    EndedBefore,

    /// <summary>The last element: the task may go.</summary>
    Close,
}

/// <summary>One element of a stream. A value, so that sending one allocates nothing.</summary>
internal readonly struct StreamElement
{
    private readonly object? _payload;
    private readonly long _value;

    private StreamElement(StreamElementKind kind, object? payload, long value)
    {
        Kind = kind;
        _payload = payload;
        _value = value;
    }

    public static StreamElement Idle => new(StreamElementKind.Idle, null, 0);

    public static StreamElement Close => new(StreamElementKind.Close, null, 0);

    public StreamElementKind Kind { get; }

    /// <summary>The rows, owned by whoever holds the element.</summary>
    public ChangeBatch Batch => (ChangeBatch)(_payload ?? throw new UnreachableException("The element is not a batch."));

    public CheckpointBarrier Barrier => (CheckpointBarrier)(_payload ?? throw new UnreachableException("The element is not a barrier."));

    public Watermark Watermark => new(_value);

    public static StreamElement Of(ChangeBatch batch) => new(StreamElementKind.Batch, batch, 0);

    public static StreamElement Of(CheckpointBarrier barrier) => new(StreamElementKind.Barrier, barrier, 0);

    public static StreamElement Of(Watermark watermark) => new(StreamElementKind.Watermark, null, watermark.EpochMillis);

    public static StreamElement End(bool wasBefore) => new(wasBefore ? StreamElementKind.EndedBefore : StreamElementKind.EndOfInput, null, 0);

    /// <summary>Gives a batch's memory back when nobody will receive the element.</summary>
    public void Drop() => (_payload as ChangeBatch)?.Dispose();
}

/// <summary>The mark between the rows of one checkpoint and the next.</summary>
/// <param name="Checkpoint">The checkpoint; a second try has the number of the one given up.</param>
/// <param name="Try">Tells tries of one checkpoint apart; ascends within a run.</param>
/// <param name="IsStop">Whether sources read nothing behind it.</param>
internal sealed record CheckpointBarrier(CheckpointId Checkpoint, long Try, bool IsStop);

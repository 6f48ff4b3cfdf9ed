using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Timing;

/// <summary>The watermark of an operator in checkpoints, so that what is late is late after a restore too. Of several subtasks' the lowest counts.</summary>
internal static class WatermarkState
{
    private const string StateName = "watermark";
    private const byte StateVersion = 1;

    /// <summary>Writes the watermark.</summary>
    public static ValueTask SaveAsync(IStateWriter writer, Watermark watermark, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        buffer.WriteByte(StateVersion);
        buffer.WriteInt64(watermark.EpochMillis);
        return writer.WriteAsync(StateName, buffer.Written, cancellationToken);
    }

    /// <summary>Reads the watermark; <see cref="Watermark.Min"/> for a fresh start.</summary>
    /// <param name="name">The operator's, for messages.</param>
    public static async ValueTask<Watermark> LoadAsync(IStateReader? restored, string name, CancellationToken cancellationToken)
    {
        if (restored is null)
        {
            return Watermark.Min;
        }

        Watermark? lowest = null;
        await foreach (var (_, content) in restored.ReadAsync(StateName, cancellationToken).ConfigureAwait(false))
        {
            var watermark = Read(content.Span, name);
            lowest = lowest is { } known && known.CompareTo(watermark) < 0 ? known : watermark;
        }

        return lowest ?? Watermark.Min;
    }

    private static Watermark Read(ReadOnlySpan<byte> content, string name)
    {
        var source = new StateBytes(content, name);
        source.ReadVersion(StateVersion);
        return new Watermark(source.ReadInt64());
    }
}

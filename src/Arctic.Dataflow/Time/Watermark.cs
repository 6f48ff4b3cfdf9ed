namespace Arctic.Dataflow.Time;

/// <summary>The promise that no row with an event time at or before it will come, late rows aside.</summary>
/// <param name="EpochMillis">Milliseconds since 1970-01-01T00:00:00Z.</param>
public readonly record struct Watermark(long EpochMillis) : IComparable<Watermark>
{
    /// <summary>Before the first row.</summary>
    public static readonly Watermark Min = new(long.MinValue);

    /// <summary>After the last row: an ended input.</summary>
    public static readonly Watermark Max = new(long.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(Watermark other) => EpochMillis.CompareTo(other.EpochMillis);
}

using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Dataflow.Operators;

/// <summary>Rows of a key, a number and a time, in some disorder, and a watermark that follows them: what operators of time are tested with.</summary>
/// <param name="disorderMillis">How far a time may lie behind the greatest so far.</param>
/// <param name="delayMillis">How far the watermark stays behind the greatest time: rows are late when the disorder is greater.</param>
internal sealed class TimedEvents(Random random, int disorderMillis, int delayMillis)
{
    public static readonly RowSchema Schema = new(new Field("k", DataTypes.String), new Field("n", DataTypes.Int), new Field("ts", DataTypes.Timestamp(3)));

    // The first rows are out of order too.
    private long _now = disorderMillis;

    /// <summary>The watermark behind what has come; the greatest that was told counts.</summary>
    public long Watermark { get; private set; } = long.MinValue;

    /// <summary>Some rows; their times are milliseconds, the column holds microseconds.</summary>
    public List<Event> Next(int count) => Enumerable.Range(0, count).Select(_ =>
    {
        _now += random.Next(4) == 0 ? random.Next(60) : random.Next(8);
        return new Event($"k{random.Next(4)}", random.Next(10), Math.Max(0, _now - random.Next(disorderMillis + 1)));
    }).ToList();

    /// <summary>Raises the watermark.</summary>
    public long Advance() => Watermark = Math.Max(Watermark, _now - delayMillis - 1);

    public static ChangeBatch Batch(IEnumerable<Event> events) => TestRows.Batch(Schema, events.Select(e => new object?[] { e.Key, e.Number, e.Time * 1000 }).ToList());
}

/// <summary>One row.</summary>
internal sealed record Event(string Key, int Number, long Time);

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Streams;

/// <summary>The watermark that each record stands for: a millisecond before its time less the delay, since rows of that very time may come. One subtask uses an instance.</summary>
internal sealed class RecordTimestamps<T>(string step, RowMapping<T> mapping, Func<T, DateTimeOffset> timeOf, TimeSpan delay) : IBatchExpression
{
    private T[] _rows = [];

    /// <inheritdoc/>
    public DataType Type => DataTypes.TimestampLtz(6);

    /// <inheritdoc/>
    public Column Evaluate(in EvaluationInput input)
    {
        var selected = input.Selection is { } selection ? selection.ToArray() : null;
        var columns = selected is null ? input.Columns : input.Columns.Select(c => c.Gather(selected)).ToArray();
        var count = input.RowCount;
        _rows = _rows.Length < count ? new T[count] : _rows;
        mapping.Decode(columns, count, _rows);
        var values = new long[input.ColumnLength];
        UserCode.Run(step, (Timestamps: this, values, selected, count), static a => a.Timestamps.Fill(a.values, a.selected, a.count));
        Array.Clear(_rows, 0, count);
        return new FixedColumn<long>(Type, values, Bitmap.AllSet);
    }

    private int Fill(long[] values, int[]? selected, int count)
    {
        var before = delay.Ticks + TimeSpan.TicksPerMillisecond;
        for (var i = 0; i < count; i++)
        {
            values[selected is null ? i : selected[i]] = (timeOf(_rows[i]).UtcTicks - before - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        }

        return count;
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>TUMBLE, HOP and CUMULATE: each row once for every window that it belongs to, with the window behind its columns. Keeps nothing and drops nothing.</summary>
/// <param name="window">The windows.</param>
/// <param name="output">The input's columns, then start, end and time of the window.</param>
/// <param name="zone">Whose wall clock windows of TIMESTAMP_LTZ follow.</param>
internal sealed class WindowTableOperator(TimeWindow window, RowSchema output, TimeZoneInfo zone) : StreamOperator
{
    private readonly WindowColumns _columns = new(output, zone);

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        ChangeBatch result;
        using (batch)
        {
            result = Assign(batch);
        }

        await Context.Output.EmitAsync(result, cancellationToken).ConfigureAwait(false);
    }

    private ChangeBatch Assign(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        var times = EventTimes.Of(batch.Columns[window.TimeIndex], rows, Context.Name);
        _columns.ToLocal(times);
        var sources = new List<int>(rows.Length);
        var (starts, ends) = (new List<long>(rows.Length), new List<long>(rows.Length));
        for (var i = 0; i < rows.Length; i++)
        {
            Assign(times[i], starts, ends);
            while (sources.Count < starts.Count)
            {
                sources.Add(rows[i]);
            }
        }

        using var gathered = batch.Gather(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sources));
        return new ChangeBatch(output, [.. gathered.Columns, .. _columns.Build([.. starts], [.. ends])], sources.Count, gathered.Kinds);
    }

    private void Assign(long time, List<long> starts, List<long> ends)
    {
        switch (window.Kind)
        {
            case TimeWindowKind.Tumble:
                var only = StartOf(time, window.SizeMillis);
                Add(only, only + window.SizeMillis, starts, ends);
                break;
            case TimeWindowKind.Hop:
                for (var start = StartOf(time, window.StepMillis); start > time - window.SizeMillis; start -= window.StepMillis)
                {
                    Add(start, start + window.SizeMillis, starts, ends);
                }

                break;
            default:
                var first = StartOf(time, window.SizeMillis);
                for (var end = first + ((time - first) / window.StepMillis + 1) * window.StepMillis; end <= first + window.SizeMillis; end += window.StepMillis)
                {
                    Add(first, end, starts, ends);
                }

                break;
        }
    }

    private static void Add(long start, long end, List<long> starts, List<long> ends)
    {
        starts.Add(start);
        ends.Add(end);
    }

    private long StartOf(long time, long step)
    {
        var into = (time - window.OffsetMillis) % step;
        return time - (into < 0 ? into + step : into);
    }
}

/// <summary>The columns that describe a window: start and end on the wall clock, and the last moment within it, of the type of the time attribute.</summary>
internal sealed class WindowColumns
{
    private const long MicrosPerMilli = 1_000;

    private readonly DataType _start;
    private readonly DataType _end;
    private readonly DataType _time;
    private readonly long _timeUnits;
    private readonly ZoneClock? _clock;

    /// <summary>Makes the columns at the end of a schema.</summary>
    public WindowColumns(RowSchema schema, TimeZoneInfo zone)
    {
        (_start, _end, _time) = (schema[schema.Count - 3].Type, schema[schema.Count - 2].Type, schema[schema.Count - 1].Type);
        _timeUnits = EventTimes.UnitsPerMilli(_time);
        _clock = _time is DataType.TimestampLtz ? new ZoneClock(zone) : null;
    }

    /// <summary>Turns instants into times of the wall clock that windows follow.</summary>
    public void ToLocal(Span<long> times)
    {
        if (_clock is null)
        {
            return;
        }

        foreach (ref var time in times)
        {
            time = _clock.ToLocal(time * MicrosPerMilli) / MicrosPerMilli;
        }
    }

    /// <summary>The columns of windows, in wall clock milliseconds.</summary>
    public Column[] Build(long[] starts, long[] ends)
    {
        var times = new long[ends.Length];
        for (var i = 0; i < times.Length; i++)
        {
            times[i] = ((_clock is null ? ends[i] : _clock.ToInstant(ends[i] * MicrosPerMilli) / MicrosPerMilli) - 1) * _timeUnits;
            starts[i] *= MicrosPerMilli;
            ends[i] *= MicrosPerMilli;
        }

        return [new FixedColumn<long>(_start, starts), new FixedColumn<long>(_end, ends), new FixedColumn<long>(_time, times)];
    }
}

/// <summary>When the windows of rows are complete, by their ends: the watermark that lets them go.</summary>
/// <param name="index">The column <c>window_end</c>.</param>
/// <param name="zone">The zone of the wall clock that it follows; null when it is no wall clock.</param>
internal sealed class WindowEnds(int index, TimeZoneInfo? zone)
{
    private const long MicrosPerMilli = 1_000;

    private readonly ZoneClock? _clock = zone is null ? null : new ZoneClock(zone);

    /// <summary>The last moment within each row's window.</summary>
    /// <param name="name">Whose rows they are, for messages.</param>
    public long[] LastMoments(IReadOnlyList<Column> columns, ReadOnlySpan<int> rows, string name)
    {
        var ends = EventTimes.Of(columns[index], rows, name);
        foreach (ref var end in ends.AsSpan())
        {
            end = (_clock is null ? end : _clock.ToInstant(end * MicrosPerMilli) / MicrosPerMilli) - 1;
        }

        return ends;
    }
}

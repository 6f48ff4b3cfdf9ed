using System.Diagnostics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>Casts among dates, times and timestamps, through a local day and the nanoseconds in it.</summary>
internal static class TemporalCasts
{
    public static IBatchExpression Compile(IBatchExpression operand, DataType to, bool isTry, EvaluationSettings settings)
    {
        // An instant that stays an instant needs no zone.
        var clock = operand.Type is DataType.TimestampLtz && to is DataType.TimestampLtz ? null : new ZoneClock(settings.TimeZone);
        var state = new TemporalCast(
            operand.Type is DataType.TimestampLtz ? clock : null, to is DataType.TimestampLtz ? clock : null, TimeShift.PrecisionOf(operand.Type), TimeShift.PrecisionOf(to), isTry);
        return operand.Type switch
        {
            DataType.Date => To<DateSource>(operand, to, state, settings),
            DataType.Time => To<TimeSource>(operand, to, state, settings),
            DataType.Timestamp or DataType.TimestampLtz => To<TimestampSource>(operand, to, state, settings),
            _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
        };
    }

    /// <summary>A local moment as a timestamp of a precision; through a zone when <paramref name="clock"/> is there. False when it does not fit.</summary>
    public static bool TryWrite(int days, long nanosOfDay, int precision, ZoneClock? clock, out long value)
    {
        if (clock is not null)
        {
            var local = (days * Calendar.MicrosPerDay) + (nanosOfDay / 1000);
            var instant = clock.ToInstant(local);
            var (day, micro) = Calendar.Split(instant);
            (days, nanosOfDay) = (day, (micro * 1000) + (nanosOfDay % 1000));
        }

        return TemporalText.TryCompose(days, nanosOfDay, precision, out value);
    }

    private static IBatchExpression To<TSource>(IBatchExpression operand, DataType to, TemporalCast state, EvaluationSettings settings)
        where TSource : struct, ITemporalSource<TSource>, allows ref struct => to switch
        {
            DataType.Date => new RowKernel<ToDateOp<TSource>, FixedWriter<int>>(to, [operand], state, settings),
            DataType.Time => new RowKernel<ToTimeOp<TSource>, FixedWriter<long>>(to, [operand], state, settings),
            _ => new RowKernel<ToTimestampOp<TSource>, FixedWriter<long>>(to, [operand], state, settings),
        };
}

/// <summary>What a temporal cast depends on; a clock where a side is an instant.</summary>
internal sealed record TemporalCast(ZoneClock? FromClock, ZoneClock? ToClock, int FromPrecision, int ToPrecision, bool IsTry);

/// <summary>Reads local moments.</summary>
internal interface ITemporalSource<TSelf>
    where TSelf : struct, ITemporalSource<TSelf>, allows ref struct
{
    static abstract TSelf Open(in KernelArguments arguments, TemporalCast cast);

    (int Day, long NanosOfDay) Read(int row);
}

internal readonly ref struct DateSource(FixedReader<int> days) : ITemporalSource<DateSource>
{
    private readonly FixedReader<int> _days = days;

    public static DateSource Open(in KernelArguments arguments, TemporalCast cast) => new(arguments.Fixed<int>(0));

    public (int Day, long NanosOfDay) Read(int row) => (_days[row], 0);
}

internal readonly ref struct TimeSource(FixedReader<long> micros) : ITemporalSource<TimeSource>
{
    private readonly FixedReader<long> _micros = micros;

    public static TimeSource Open(in KernelArguments arguments, TemporalCast cast) => new(arguments.Fixed<long>(0));

    public (int Day, long NanosOfDay) Read(int row) => (0, _micros[row] * 1000);
}

internal readonly ref struct TimestampSource(FixedReader<long> values, TemporalCast cast) : ITemporalSource<TimestampSource>
{
    private readonly FixedReader<long> _values = values;

    public static TimestampSource Open(in KernelArguments arguments, TemporalCast cast) => new(arguments.Fixed<long>(0), cast);

    public (int Day, long NanosOfDay) Read(int row)
    {
        var isNanos = cast.FromPrecision > 6;
        var micros = isNanos ? Calendar.FloorDiv(_values[row], 1000) : _values[row];
        var rest = isNanos ? _values[row] - (micros * 1000) : 0;
        var (day, microOfDay) = Calendar.Split(cast.FromClock is null ? micros : cast.FromClock.ToLocal(micros));
        return (day, (microOfDay * 1000) + rest);
    }
}

internal readonly ref struct ToDateOp<TSource>(TSource source) : IRowOp<ToDateOp<TSource>, FixedWriter<int>>
    where TSource : struct, ITemporalSource<TSource>, allows ref struct
{
    private readonly TSource _source = source;

    public static ToDateOp<TSource> Open(in KernelArguments arguments) => new(TSource.Open(arguments, (TemporalCast)arguments.State!)); // prepared by the compiler

    public void Apply(int row, FixedWriter<int> output) => output.Set(_source.Read(row).Day);
}

internal readonly ref struct ToTimeOp<TSource>(TSource source, int precision) : IRowOp<ToTimeOp<TSource>, FixedWriter<long>>
    where TSource : struct, ITemporalSource<TSource>, allows ref struct
{
    private readonly TSource _source = source;

    public static ToTimeOp<TSource> Open(in KernelArguments arguments) =>
        new(TSource.Open(arguments, (TemporalCast)arguments.State!), ((TemporalCast)arguments.State!).ToPrecision); // prepared by the compiler

    public void Apply(int row, FixedWriter<long> output) => output.Set(TemporalText.Cut(_source.Read(row).NanosOfDay / 1000, precision, 6));
}

internal readonly ref struct ToTimestampOp<TSource>(TSource source, TemporalCast cast) : IRowOp<ToTimestampOp<TSource>, FixedWriter<long>>
    where TSource : struct, ITemporalSource<TSource>, allows ref struct
{
    private readonly TSource _source = source;

    public static ToTimestampOp<TSource> Open(in KernelArguments arguments) =>
        new(TSource.Open(arguments, (TemporalCast)arguments.State!), (TemporalCast)arguments.State!); // prepared by the compiler

    public void Apply(int row, FixedWriter<long> output)
    {
        var (day, nanosOfDay) = _source.Read(row);
        if (TemporalCasts.TryWrite(day, nanosOfDay, cast.ToPrecision, cast.ToClock, out var value))
        {
            output.Set(value);
        }
        else if (cast.IsTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.Failed($"Cannot cast a timestamp to {output.Type}: nanoseconds reach only from 1677 to 2262.");
        }
    }
}

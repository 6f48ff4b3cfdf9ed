using System.Diagnostics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary><c>FLOOR(t, 'UNIT')</c> and <c>CEIL(t, 'UNIT')</c>: weeks start on Sunday, TIMESTAMP_LTZ is cut in the session's zone.</summary>
internal static class TimeFloor
{
    public static Expression.Call Bind(ScalarFunction function, IReadOnlyList<Expression> arguments)
    {
        var type = arguments[0].Type;
        if (TimeUnits.Find(arguments[1]) is not { } unit || unit > TimeUnit.Millennium || !TimeUnits.IsPoint(type) || (type is DataType.Time && unit >= TimeUnit.Day))
        {
            throw BindErrors.CannotApply(function.Name, arguments);
        }

        return new Expression.Call(function, new(arguments), type);
    }

    public static IBatchExpression Compile(Expression.Call call, IBatchExpression operand, bool isCeil, EvaluationSettings settings)
    {
        var unit = TimeUnits.Find(call.Arguments[1])!.Value; // checked by Bind
        switch (call.Type)
        {
            case DataType.Date:
                return unit < TimeUnit.Day
                    ? operand
                    : new RowKernel<FloorDateOp, FixedWriter<int>>(call.Type, [operand], new FloorState(unit, isCeil, 0, null), settings);
            case DataType.Time:
                return new RowKernel<FloorTimestampOp, FixedWriter<long>>(call.Type, [operand], new FloorState(unit, isCeil, 1000, null), settings);
            case DataType.Timestamp:
            case DataType.TimestampLtz:
                var nanosPerValue = 1_000_000 / TimeShift.UnitsPerMilli(call.Type);
                return new RowKernel<FloorTimestampOp, FixedWriter<long>>(
                    call.Type, [operand], new FloorState(unit, isCeil, nanosPerValue, call.Type is DataType.TimestampLtz ? new ZoneClock(settings.TimeZone) : null), settings);
            default:
                throw new UnreachableException($"FLOOR of {call.Type}");
        }
    }

    private sealed record FloorState(TimeUnit Unit, bool IsCeil, long NanosPerValue, ZoneClock? Clock);

    private readonly ref struct FloorDateOp(FixedReader<int> days, FloorState state) : IRowOp<FloorDateOp, FixedWriter<int>>
    {
        private readonly FixedReader<int> _days = days;

        public static FloorDateOp Open(in KernelArguments arguments) => new(arguments.Fixed<int>(0), (FloorState)arguments.State!); // made by Compile

        // CEIL to DAY of a DATE is the next day in Flink, whose dates are midnights plus nothing; other units leave a boundary alone.
        public void Apply(int row, FixedWriter<int> output)
        {
            var floor = TimeUnits.FloorDay(state.Unit, _days[row]);
            var isBoundary = floor == _days[row] && state.Unit != TimeUnit.Day;
            output.Set(state.IsCeil && !isBoundary ? TimeUnits.NextDay(state.Unit, floor) : floor);
        }
    }

    private readonly ref struct FloorTimestampOp(FixedReader<long> values, FloorState state) : IRowOp<FloorTimestampOp, FixedWriter<long>>
    {
        private readonly FixedReader<long> _values = values;

        public static FloorTimestampOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), (FloorState)arguments.State!); // made by Compile

        public void Apply(int row, FixedWriter<long> output)
        {
            var shift = state.Clock is null ? 0 : state.Clock.OffsetAt(ToMicros(_values[row])) * 1000 / state.NanosPerValue;
            var local = _values[row] + shift;
            var result = Floor(local);
            if (result == local && !state.IsCeil)
            {
                output.Set(_values[row]);
                return;
            }

            output.Set(state.Clock is null ? result : state.Clock.ToInstant(ToMicros(result)) * 1000 / state.NanosPerValue);
        }

        private long ToMicros(long value) => state.NanosPerValue == 1 ? Calendar.FloorDiv(value, 1000) : value;

        private long Floor(long local)
        {
            if (state.Unit < TimeUnit.Day)
            {
                var size = Math.Max(1, TimeUnits.NanosIn(state.Unit) / state.NanosPerValue);
                var floor = local - Calendar.FloorMod(local, size);
                return state.IsCeil && floor < local ? floor + size : floor;
            }

            var perDay = Calendar.NanosPerDay / state.NanosPerValue;
            var day = (int)Calendar.FloorDiv(local, perDay);
            var first = TimeUnits.FloorDay(state.Unit, day);
            return state.IsCeil && first * perDay < local ? TimeUnits.NextDay(state.Unit, first) * perDay : first * perDay;
        }
    }
}

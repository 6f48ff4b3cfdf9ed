using System.Diagnostics;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Kernels.Casts;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary><c>EXTRACT('UNIT', x)</c>; TIMESTAMP_LTZ gives the fields of the local time, but EPOCH of the instant.</summary>
internal sealed class ExtractFunction() : ScalarFunction("EXTRACT")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"EXTRACT({(arguments[0] as Expression.Literal)?.Value} FROM {arguments[1]})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        BindErrors.RefuseNull(arguments);
        var unit = TimeUnits.Find(arguments[0]);
        if (unit is null || !IsSupported(unit.Value, arguments[1].Type))
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot apply 'EXTRACT' to a {arguments[1].Type.AsNullable()}: it has no unit {arguments[0]}.");
        }

        return new Expression.Call(this, new(arguments), DataTypes.BigInt.WithNullability(arguments[1].Type.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var unit = TimeUnits.Find(call.Arguments[0])!.Value; // checked by Bind
        var type = call.Arguments[1].Type;
        var clock = type is DataType.TimestampLtz && unit != TimeUnit.Epoch ? new ZoneClock(settings.TimeZone) : null;
        var state = new ExtractState(unit, new TemporalCast(clock, null, TimeShift.PrecisionOf(type), 9, IsTry: false));
        IBatchExpression[] operand = [arguments[1]];
        return type switch
        {
            DataType.Date => new RowKernel<ExtractOp<DateSource>, FixedWriter<long>>(call.Type, operand, state, settings),
            DataType.Time => new RowKernel<ExtractOp<TimeSource>, FixedWriter<long>>(call.Type, operand, state, settings),
            DataType.Timestamp or DataType.TimestampLtz => new RowKernel<ExtractOp<TimestampSource>, FixedWriter<long>>(call.Type, operand, state, settings),
            DataType.IntervalYearMonth => new RowKernel<ExtractMonthsOp, FixedWriter<long>>(call.Type, operand, state, settings),
            DataType.IntervalDayTime => new RowKernel<ExtractMillisOp, FixedWriter<long>>(call.Type, operand, state, settings),
            _ => throw new UnreachableException($"EXTRACT from {type}"),
        };
    }

    private static bool IsSupported(TimeUnit unit, DataType type) => type switch
    {
        DataType.Time => unit is TimeUnit.Hour or TimeUnit.Minute or TimeUnit.Second or TimeUnit.Millisecond,
        DataType.Date => unit is not (TimeUnit.Microsecond or TimeUnit.Nanosecond),
        DataType.Timestamp or DataType.TimestampLtz => true,
        DataType.IntervalDayTime => unit is TimeUnit.Day or TimeUnit.Hour or TimeUnit.Minute or TimeUnit.Second or TimeUnit.Millisecond,
        DataType.IntervalYearMonth => unit is TimeUnit.Month or TimeUnit.Quarter or TimeUnit.Year or TimeUnit.Century or TimeUnit.Millennium,
        _ => false,
    };

    private sealed record ExtractState(TimeUnit Unit, TemporalCast Source);

    private readonly ref struct ExtractOp<TSource>(TSource source, TimeUnit unit) : IRowOp<ExtractOp<TSource>, FixedWriter<long>>
        where TSource : struct, ITemporalSource<TSource>, allows ref struct
    {
        private readonly TSource _source = source;

        public static ExtractOp<TSource> Open(in KernelArguments arguments)
        {
            var state = (ExtractState)arguments.State!; // made by Compile
            return new ExtractOp<TSource>(TSource.Open(arguments, state.Source), state.Unit);
        }

        public void Apply(int row, FixedWriter<long> output)
        {
            var (day, nanosOfDay) = _source.Read(row);
            output.Set(TimeUnits.Extract(unit, day, nanosOfDay));
        }
    }

    private readonly ref struct ExtractMonthsOp(FixedReader<int> months, TimeUnit unit) : IRowOp<ExtractMonthsOp, FixedWriter<long>>
    {
        private readonly FixedReader<int> _months = months;

        public static ExtractMonthsOp Open(in KernelArguments arguments) => new(arguments.Fixed<int>(0), ((ExtractState)arguments.State!).Unit); // made by Compile

        public void Apply(int row, FixedWriter<long> output)
        {
            var months = _months[row];
            output.Set(unit switch
            {
                TimeUnit.Month => months % 12,
                TimeUnit.Quarter => (months % 12 / 3) + 1,
                _ => months / TimeUnits.MonthsIn(unit),
            });
        }
    }

    private readonly ref struct ExtractMillisOp(FixedReader<long> millis, TimeUnit unit) : IRowOp<ExtractMillisOp, FixedWriter<long>>
    {
        private readonly FixedReader<long> _millis = millis;

        public static ExtractMillisOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), ((ExtractState)arguments.State!).Unit); // made by Compile

        public void Apply(int row, FixedWriter<long> output)
        {
            var millis = _millis[row];
            output.Set(unit == TimeUnit.Day ? millis / 86_400_000 : millis % 86_400_000 / (TimeUnits.NanosIn(unit) / 1_000_000) % (unit == TimeUnit.Millisecond ? 1000 : unit == TimeUnit.Hour ? 24 : 60));
        }
    }
}

/// <summary>YEAR(x), HOUR(x) …: EXTRACT under the name of a unit.</summary>
internal sealed class ExtractUnitFunction(string name, string unit, ScalarFunction extract) : ScalarFunction(name)
{
    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        return extract.Bind([new Expression.Literal(unit, new DataType.Char(unit.Length).AsNotNull()), arguments[0]]);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        throw new UnreachableException("A bound call is one of EXTRACT.");
}

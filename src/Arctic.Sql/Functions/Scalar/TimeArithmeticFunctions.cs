using System.Diagnostics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary><c>TIMESTAMPADD('UNIT', n, t)</c>: bound as <c>t + n * INTERVAL 'one' UNIT</c>.</summary>
internal sealed class TimestampAddFunction() : ScalarFunction("TIMESTAMPADD")
{
    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 3, 3);
        BindErrors.RefuseNull(arguments);
        var (count, point) = (arguments[1], arguments[2]);
        if (TimeUnits.Find(arguments[0]) is not ({ } unit and >= TimeUnit.Millisecond and <= TimeUnit.Year) || !count.Type.IsInteger() || !TimeUnits.IsPoint(point.Type)
            || (unit == TimeUnit.Millisecond && point.Type is DataType.Date or DataType.Time))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        point = point.Type switch
        {
            DataType.Date when unit < TimeUnit.Day => TypeCoercion.Coerce(point, DataTypes.Timestamp(6)),
            DataType.Timestamp { Precision: < 3 } when unit == TimeUnit.Millisecond => TypeCoercion.Coerce(point, DataTypes.Timestamp(3)),
            DataType.TimestampLtz { Precision: < 3 } when unit == TimeUnit.Millisecond => TypeCoercion.Coerce(point, DataTypes.TimestampLtz(3)),
            _ => point,
        };
        var one = TimeUnits.MonthsIn(unit) is > 0 and var months
            ? new Expression.Literal(months, new DataType.IntervalYearMonth().AsNotNull())
            : new Expression.Literal(TimeUnits.NanosIn(unit) / 1_000_000, new DataType.IntervalDayTime().AsNotNull());
        return ScalarFunctions.Plus.Bind([point, ScalarFunctions.Times.Bind([one, count])]);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        throw new UnreachableException("A bound call is one of PLUS.");
}

/// <summary><c>TIMESTAMPDIFF('UNIT', a, b)</c>: complete units from a to b, months by the calendar.</summary>
internal sealed class TimestampDiffFunction() : ScalarFunction("TIMESTAMPDIFF")
{
    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 3, 3);
        BindErrors.RefuseNull(arguments);
        var (from, to) = (arguments[1].Type, arguments[2].Type);
        if (TimeUnits.Find(arguments[0]) is not ({ } and >= TimeUnit.Microsecond and <= TimeUnit.Year) || !TimeUnits.IsPoint(from) || !TimeUnits.IsPoint(to) || from is DataType.Time != to is DataType.Time)
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var moment = from is DataType.TimestampLtz || to is DataType.TimestampLtz ? DataTypes.TimestampLtz(6) : DataTypes.Timestamp(6);
        return new Expression.Call(
            this,
            [arguments[0], TypeCoercion.Coerce(arguments[1], moment), TypeCoercion.Coerce(arguments[2], moment)],
            DataTypes.Int.WithNullability(from.IsNullable || to.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<DiffOp, FixedWriter<int>>(call.Type, [arguments[1], arguments[2]], TimeUnits.Find(call.Arguments[0]), settings);

    private readonly ref struct DiffOp(FixedReader<long> from, FixedReader<long> to, TimeUnit unit) : IRowOp<DiffOp, FixedWriter<int>>
    {
        private readonly FixedReader<long> _from = from;
        private readonly FixedReader<long> _to = to;

        public static DiffOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), arguments.Fixed<long>(1), (TimeUnit)arguments.State!); // checked by Bind

        public void Apply(int row, FixedWriter<int> output)
        {
            var months = TimeUnits.MonthsIn(unit);
            var units = months > 0
                ? Calendar.MonthsBetween(_from[row], _to[row]) / months
                : (_to[row] - _from[row]) / (TimeUnits.NanosIn(unit) / 1000);
            if (units != (int)units)
            {
                throw EvaluationErrors.Failed($"Cannot evaluate TIMESTAMPDIFF: {units} {unit.ToString().ToUpperInvariant()}s do not fit INT.");
            }

            output.Set((int)units);
        }
    }
}

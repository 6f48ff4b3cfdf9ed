using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary><c>(a - b) unit</c>: whole months for YEAR, QUARTER and MONTH (and TO MONTH), milliseconds for the others.</summary>
internal sealed class TimeDifferenceFunction() : ScalarFunction("MINUS_DATE")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 3, 3);
        BindErrors.RefuseNull(arguments);
        var (left, right) = (arguments[1].Type, arguments[2].Type);
        if (arguments[0] is not Expression.Literal { Value: string unit } || !IsMoment(left) || !IsMoment(right) || left is DataType.TimestampLtz != right is DataType.TimestampLtz)
        {
            throw BindErrors.CannotApply("-", arguments);
        }

        // Both as moments of microseconds; LTZ stays an instant.
        var moment = left is DataType.TimestampLtz ? DataTypes.TimestampLtz(6) : DataTypes.Timestamp(6);
        DataType type = unit.Contains("YEAR", StringComparison.Ordinal) || unit.Contains("MONTH", StringComparison.Ordinal) || unit.Contains("QUARTER", StringComparison.Ordinal)
            ? new DataType.IntervalYearMonth()
            : new DataType.IntervalDayTime();
        return new Expression.Call(this, [arguments[0], TypeCoercion.Coerce(arguments[1], moment), TypeCoercion.Coerce(arguments[2], moment)], type.WithNullability(left.IsNullable || right.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        call.Type is DataType.IntervalYearMonth
            ? new RowKernel<MonthsOp, FixedWriter<int>>(call.Type, [arguments[1], arguments[2]], null, settings)
            : new RowKernel<MillisOp, FixedWriter<long>>(call.Type, [arguments[1], arguments[2]], null, settings);

    private static bool IsMoment(DataType type) => type is DataType.Date or DataType.Timestamp or DataType.TimestampLtz;

    private readonly ref struct MonthsOp(FixedReader<long> left, FixedReader<long> right) : IRowOp<MonthsOp, FixedWriter<int>>
    {
        private readonly FixedReader<long> _left = left;
        private readonly FixedReader<long> _right = right;

        public static MonthsOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), arguments.Fixed<long>(1));

        public void Apply(int row, FixedWriter<int> output) => output.Set(Calendar.MonthsBetween(_right[row], _left[row]));
    }

    private readonly ref struct MillisOp(FixedReader<long> left, FixedReader<long> right) : IRowOp<MillisOp, FixedWriter<long>>
    {
        private readonly FixedReader<long> _left = left;
        private readonly FixedReader<long> _right = right;

        public static MillisOp Open(in KernelArguments arguments) => new(arguments.Fixed<long>(0), arguments.Fixed<long>(1));

        public void Apply(int row, FixedWriter<long> output) => output.Set(Calendar.FloorDiv(_left[row] - _right[row], 1000));
    }
}

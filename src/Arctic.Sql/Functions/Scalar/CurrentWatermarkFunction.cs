using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>CURRENT_WATERMARK(rowtime): how far event time has come where the row is looked at; NULL before the first watermark, and in batch.</summary>
internal sealed class CurrentWatermarkFunction() : ScalarFunction("CURRENT_WATERMARK")
{
    private const int Precision = 3;
    private const long MicrosPerMilli = 1_000;

    public override bool IsDeterministic => false;

    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        if (arguments[0] is not Expression.ColumnReference)
        {
            throw BindErrors.Invalid("The argument of CURRENT_WATERMARK is a column that a watermark follows.");
        }

        return arguments[0].Type switch
        {
            DataType.Timestamp => new Expression.Call(this, new(arguments), DataTypes.Timestamp(Precision)),
            DataType.TimestampLtz => new Expression.Call(this, new(arguments), DataTypes.TimestampLtz(Precision)),
            _ => throw BindErrors.CannotApply(Name, arguments),
        };
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new WatermarkExpression(call.Type, settings.EventTime);

    private sealed class WatermarkExpression(DataType type, EventTimeClock? eventTime) : IBatchExpression
    {
        public DataType Type { get; } = type;

        public Column Evaluate(in EvaluationInput input) => eventTime?.EpochMillis is { } millis
            ? new ConstantColumn(new FixedColumn<long>(Type, [millis * MicrosPerMilli]), input.ColumnLength)
            : ColumnBuilder.NullsOf(Type, input.ColumnLength);
    }
}

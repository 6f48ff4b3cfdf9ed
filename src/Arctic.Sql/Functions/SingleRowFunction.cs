using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions;

/// <summary>The value of a scalar sub-query with the number of its rows: an error where there are more than one. Not called by name.</summary>
internal sealed class SingleRowFunction() : ScalarFunction("$SINGLE_ROW")
{
    public static readonly SingleRowFunction Instance = new();

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), arguments[0].Type.AsNullable());

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new Kernel(arguments[0], arguments[1]);

    private sealed class Kernel(IBatchExpression value, IBatchExpression count) : IBatchExpression
    {
        public DataType Type => value.Type;

        public Column Evaluate(in EvaluationInput input)
        {
            var counts = (FixedColumn<long>)count.Evaluate(input).ToDense();
            var rows = input.Selection is { } selection ? selection.Span : default;
            for (var i = 0; i < input.RowCount; i++)
            {
                if (counts.Values[input.Selection is null ? i : rows[i]] > 1)
                {
                    throw new ArcticException(ErrorCodes.EvaluationFailed, "A scalar sub-query returned more than one row.") { Hint = "Aggregate it, or restrict it to one row." };
                }
            }

            return value.Evaluate(input);
        }
    }
}

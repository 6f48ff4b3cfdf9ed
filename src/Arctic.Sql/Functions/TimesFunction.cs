using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions;

/// <summary>A multiset that holds one value so many times, none for a number below 1: UNNEST of it repeats a row. Not called by name.</summary>
internal sealed class TimesFunction() : ScalarFunction("$TIMES")
{
    public static readonly TimesFunction Instance = new();

    private static readonly DataType Element = new DataType.Boolean().AsNotNull();

    /// <summary>What UNNEST of it adds to a row.</summary>
    public static Field Member { get; } = new("$member", Element);

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments) => new(this, new(arguments), new DataType.Multiset(Element).WithNullability(arguments[0].Type.IsNullable));

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new Kernel(call.Type, arguments[0]);

    // One entry a row, whatever its number: a row that comes a million times costs no more than one.
    private sealed class Kernel(DataType type, IBatchExpression times) : IBatchExpression
    {
        public DataType Type => type;

        public Column Evaluate(in EvaluationInput input)
        {
            var column = times.Evaluate(input);
            var rows = new RowCursor(input.ColumnLength, input.Selection);
            var values = new FixedReader<long>(column);
            var validity = ValidityMath.And([column], input.ColumnLength);
            var counts = new int[input.ColumnLength];
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                if (validity[row])
                {
                    counts[row] = values[row] <= int.MaxValue
                        ? (int)Math.Max(0, values[row])
                        : throw EvaluationErrors.Failed($"Cannot give one row {values[row]} times: {int.MaxValue} is the most.");
                }
            }

            var offsets = new int[input.ColumnLength + 1];
            for (var i = 0; i < offsets.Length; i++)
            {
                offsets[i] = i;
            }

            var members = new BooleanColumn(Element, input.ColumnLength, new Bitmap(new byte[Math.Max(1, Bitmap.BytesFor(input.ColumnLength))], 0));
            return new MapColumn(type, offsets, members, new FixedColumn<int>(DataTypes.Int.AsNotNull(), counts), validity);
        }
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Iceberg;

/// <summary>A filter of <see cref="RandomTable"/>'s rows, as the product has it and as a plain function: true, false, or null for unknown.</summary>
internal sealed record RowTest(Expression Filter, Func<object?[], bool?> Holds)
{
    private static readonly DataType[] Types = [DataTypes.BigInt.AsNotNull(), DataTypes.Int, DataTypes.String, DataTypes.Date, DataTypes.Double];

    public static RowTest Next(Random random, int depth)
    {
        if (depth > 0 && random.Next(2) == 0)
        {
            var (left, right) = (Next(random, depth - 1), Next(random, depth - 1));
            return random.Next(5) switch
            {
                0 => Not(left),
                1 or 2 => new(ScalarFunctions.Or.Bind([left.Filter, right.Filter]), r => Or(left.Holds(r), right.Holds(r))),
                _ => new(ScalarFunctions.And.Bind([left.Filter, right.Filter]), r => !Or(!left.Holds(r), !right.Holds(r))),
            };
        }

        return random.Next(10) switch
        {
            0 => IsNull(random.Next(1, 5)),
            1 => Not(IsNull(random.Next(1, 5))),
            2 => Is(2, $"{(char)('a' + random.Next(4))}"),
            3 => Is(3, random.Next(-3, 3) * 20),
            4 => Less(3, random.Next(-3, 3) * 20),
            5 => Less(1, random.Next(0, 40)),
            6 => Less(4, (double)random.Next(-20, 20)),
            7 => In(1, random.Next(40), random.Next(40), random.Next(40)),
            8 => Less(0, (long)random.Next(1, 400)),
            _ => Constant(random.Next(2) == 0),
        };
    }

    public static RowTest Is(int column, object value) => new(ScalarFunctions.Equals.Bind([Column(column), Literal(column, value)]), r => r[column] is null ? null : Equals(r[column], value));

    // NaN is greater than every number, as Iceberg orders it and SQL engines of its kind do.
    public static RowTest Less(int column, object value) => new(
        ScalarFunctions.LessThan.Bind([Column(column), Literal(column, value)]),
        r => r[column] switch { null => null, double.NaN => false, var v => Comparer<object>.Default.Compare(v, value) < 0 });

    public static RowTest In(int column, params object[] values) => new(
        ScalarFunctions.In.Bind([Column(column), .. values.Select(v => Literal(column, v))]), r => r[column] is null ? null : values.Contains(r[column]));

    public static RowTest IsNull(int column) => new(ScalarFunctions.IsNull.Bind([Column(column)]), r => r[column] is null);

    public static RowTest Constant(bool value) => new(new Expression.Literal(value, DataTypes.Boolean.AsNotNull()), _ => value);

    public static RowTest Not(RowTest test) => new(ScalarFunctions.Not.Bind([test.Filter]), r => !test.Holds(r));

    public override string ToString() => Filter.ToString();

    private static bool? Or(bool? left, bool? right) => left == true || right == true ? true : left is null || right is null ? null : false;

    private static Expression.ColumnReference Column(int index) => new(index, RandomTable.Columns.Fields[index].Name, Types[index]);

    private static Expression.Literal Literal(int index, object value) => new(value, Types[index].AsNotNull());
}

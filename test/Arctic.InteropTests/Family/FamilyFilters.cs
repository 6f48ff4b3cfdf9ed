using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.InteropTests.Family;

/// <summary>Conditions on one column, as the product has them and as a plain function of the model's values.</summary>
internal static class FamilyFilters
{
    /// <summary>A condition that some rows satisfy, or none.</summary>
    public static (Expression Filter, Func<FamilyRow, bool> Holds) Next(Random random, Schema schema, IReadOnlyList<FamilyRow> rows)
    {
        var columns = schema.Fields.Select((f, i) => (Field: f, Index: i)).Where(c => IsCompared(c.Field.Type)).ToList();
        var (field, index) = columns[random.Next(columns.Count)];
        var type = schema.ToRowSchema()[index].Type;
        var column = new Expression.ColumnReference(index, field.Name, type);
        var value = rows.Count == 0 ? null : rows[random.Next(rows.Count)].Get(field);
        if (value is null || random.Next(6) == 0)
        {
            return (ScalarFunctions.IsNull.Bind([column]), r => r.Get(field) is null);
        }

        var literal = new Expression.Literal(LiteralOf(value, type), type.AsNotNull());
        return random.Next(3) switch
        {
            0 => (ScalarFunctions.LessThan.Bind([column, literal]), r => r.Get(field) is { } v && Compare(v, value) < 0),
            1 => (ScalarFunctions.GreaterThanOrEqual.Bind([column, literal]), r => r.Get(field) is { } v && Compare(v, value) >= 0),
            _ => (ScalarFunctions.Equals.Bind([column, literal]), r => r.Get(field) is { } v && Compare(v, value) == 0),
        };
    }

    private static bool IsCompared(IcebergType type) => type.IsPrimitive && type is not (IcebergType.Boolean or IcebergType.Decimal or IcebergType.Uuid or IcebergType.Fixed or IcebergType.Binary);

    // The row was perhaps written before its column was widened.
    private static object LiteralOf(object value, DataType type) => type switch
    {
        DataType.BigInt => Convert.ToInt64(value, null),
        DataType.Double => Convert.ToDouble(value, null),
        _ => value,
    };

    private static int Compare(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (int or long, int or long) => Convert.ToInt64(left, null).CompareTo(Convert.ToInt64(right, null)),
        _ => Convert.ToDouble(left, null).CompareTo(Convert.ToDouble(right, null)),
    };
}

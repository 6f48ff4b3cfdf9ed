using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>Whether a table's column holds all values of the type that rows come with. Types that are only stored alike, such as dates and ints, do not fit each other; of times a column keeps its own digits.</summary>
internal static class TypeFit
{
    /// <summary>Refuses a type that the column does not hold. Members of structs are compared by name; those that only one side has are not looked at.</summary>
    /// <param name="name">Of the column, for the message.</param>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>.</exception>
    public static void Require(string name, IcebergType wanted, DataType found)
    {
        switch (wanted, found)
        {
            case (IcebergType.Struct s, DataType.Row row):
                foreach (var member in row.Fields)
                {
                    if (s.Fields.FirstOrDefault(f => f.Name == member.Name) is { } field)
                    {
                        Require($"{name}.{member.Name}", field.Type, member.Type);
                    }
                }

                break;
            case (IcebergType.List l, DataType.Array a):
                Require(name + ".element", l.Element, a.Element);
                break;
            case (IcebergType.Map m, DataType.Map f):
                Require(name + ".key", m.Key, f.Key);
                Require(name + ".value", m.Value, f.Value);
                break;
            case (IcebergType.Map m, DataType.Multiset f):
                Require(name + ".key", m.Key, f.Element);
                break;
            default:
                if (!Holds(wanted, found))
                {
                    throw new ArcticException(
                        ErrorCodes.TypeMismatch, $"Cannot write the rows: their column '{name}' is of type {found.AsNullable()}, and the table's, of type {wanted}, does not hold all such values.")
                    {
                        Hint = "Cast the column before it is written.",
                    };
                }

                break;
        }
    }

    private static bool Holds(IcebergType wanted, DataType found) => (wanted, found) switch
    {
        (_, DataType.Null) => true,
        (IcebergType.Boolean, DataType.Boolean) => true,
        (IcebergType.Int, DataType.TinyInt or DataType.SmallInt or DataType.Int) => true,
        (IcebergType.Long, _) => found.IsInteger(),
        (IcebergType.Float, DataType.Float) => true,
        (IcebergType.Double, DataType.Float or DataType.Double) => true,
        (IcebergType.Decimal to, DataType.Decimal from) => to.Scale >= from.Scale && to.Precision - to.Scale >= from.Precision - from.Scale,
        (IcebergType.Date, DataType.Date) => true,
        (IcebergType.Time, DataType.Time) => true,
        (IcebergType.Timestamp or IcebergType.TimestampNs, DataType.Timestamp or DataType.Date) => true,
        (IcebergType.TimestampTz or IcebergType.TimestampTzNs, DataType.TimestampLtz) => true,
        (IcebergType.String, _) => found.IsCharacter(),
        (IcebergType.Binary, _) => found.IsBinary(),

        // Of values without a fixed length each is looked at when it is written.
        (IcebergType.Fixed or IcebergType.Uuid, DataType.VarBinary) => true,
        (IcebergType.Fixed f, DataType.Binary b) => b.Length == f.Length,
        (IcebergType.Uuid, DataType.Binary b) => b.Length == 16,
        _ => false,
    };
}

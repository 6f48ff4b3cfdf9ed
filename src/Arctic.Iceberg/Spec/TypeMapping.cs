using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>SQL types to Iceberg types and back (spec/arctic.md, B.4).</summary>
internal static class TypeMapping
{
    /// <summary>The columns as SQL types, with nullability and comments.</summary>
    public static RowSchema ToRowSchema(Schema schema) => new(schema.Fields.Select(ToField));

    /// <summary>A field as a SQL field.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: as <see cref="ToDataType"/>, with the column's name.</exception>
    public static Field ToField(NestedField field) => FindUnmapped(field.Type) is not { } unmapped
        ? new(field.Name, ToDataType(field.Type).WithNullability(!field.IsRequired)) { Comment = field.Doc }
        : throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read the column '{field.Name}': it is of the Iceberg type '{unmapped}', for which there is no SQL type.")
        {
            Hint = "Choose the other columns.",
        };

    /// <summary>The SQL type whose columns hold values of an Iceberg type.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: variant, geometry and geography have none.</exception>
    public static DataType ToDataType(IcebergType type) => type switch
    {
        IcebergType.Boolean => DataTypes.Boolean,
        IcebergType.Int => DataTypes.Int,
        IcebergType.Long => DataTypes.BigInt,
        IcebergType.Float => DataTypes.Float,
        IcebergType.Double => DataTypes.Double,
        IcebergType.Decimal d => DataTypes.Decimal(d.Precision, d.Scale),
        IcebergType.Date => DataTypes.Date,
        IcebergType.Time => DataTypes.Time(6),
        IcebergType.Timestamp => DataTypes.Timestamp(6),
        IcebergType.TimestampTz => DataTypes.TimestampLtz(6),
        IcebergType.TimestampNs => DataTypes.Timestamp(9),
        IcebergType.TimestampTzNs => DataTypes.TimestampLtz(9),
        IcebergType.String => DataTypes.String,
        IcebergType.Uuid => new DataType.Binary(16),
        IcebergType.Fixed f => new DataType.Binary(f.Length),
        IcebergType.Binary => DataTypes.Bytes,
        IcebergType.Unknown => DataTypes.Null,
        IcebergType.Struct s => new DataType.Row(s.Fields.Select(ToField).ToEquatableList()),
        IcebergType.List l => new DataType.Array(ToDataType(l.Element).WithNullability(!l.IsElementRequired)),
        IcebergType.Map m => new DataType.Map(ToDataType(m.Key).AsNotNull(), ToDataType(m.Value).WithNullability(!m.IsValueRequired)),
        _ => throw new ArcticException(ErrorCodes.FormatUnsupported, $"Columns of the Iceberg type '{type}' cannot be read: there is no SQL type for them."),
    };

    private static IcebergType? FindUnmapped(IcebergType type) => type switch
    {
        IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography => type,
        IcebergType.Struct s => s.Fields.Select(f => FindUnmapped(f.Type)).FirstOrDefault(t => t is not null),
        IcebergType.List l => FindUnmapped(l.Element),
        IcebergType.Map m => FindUnmapped(m.Key) ?? FindUnmapped(m.Value),
        _ => null,
    };

    /// <summary>A new schema for SQL columns; ids are given as Java gives them: the columns 1 to n first, then what is nested in each.</summary>
    /// <param name="identifierColumns">The names of the key columns; they become required.</param>
    public static Schema FromRowSchema(RowSchema columns, IEnumerable<string>? identifierColumns = null)
    {
        var identifiers = (identifierColumns ?? []).ToList();
        var nextId = 0;
        var ids = columns.Fields.Select(_ => ++nextId).ToArray();
        var fields = columns.Fields
            .Select((f, i) => FromField(f, ids[i], () => ++nextId))
            .Select(f => identifiers.Contains(f.Name) ? f with { IsRequired = true } : f)
            .ToList();
        var identifierIds = identifiers.Select(name => fields.FirstOrDefault(f => f.Name == name)?.Id
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"The key column '{name}' is not a column of the table.") { Hint = NameSuggestion.For(name, fields.Select(f => f.Name).ToList()) });
        return new Schema(0, fields, identifierIds);
    }

    /// <summary>The Iceberg type of a SQL type.</summary>
    /// <param name="nextId">Gives the next unused field id.</param>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c> for intervals and NULL.</exception>
    public static IcebergType FromDataType(DataType type, Func<int> nextId)
    {
        switch (type)
        {
            case DataType.Row row:
                // All ids of one level come before those below it.
                var ids = row.Fields.Select(_ => nextId()).ToArray();
                return new IcebergType.Struct(row.Fields.Select((f, i) => FromField(f, ids[i], nextId)).ToEquatableList());
            case DataType.Array array:
                return new IcebergType.List(nextId(), FromDataType(array.Element, nextId), !array.Element.IsNullable);
            case DataType.Map map:
                var (keyId, valueId) = (nextId(), nextId());
                return new IcebergType.Map(keyId, FromDataType(map.Key, nextId), valueId, FromDataType(map.Value, nextId), !map.Value.IsNullable);
            case DataType.Multiset multiset:
                var (elementId, countId) = (nextId(), nextId());
                return new IcebergType.Map(elementId, FromDataType(multiset.Element, nextId), countId, IcebergTypes.Int, true);
            default:
                return FromPrimitive(type);
        }
    }

    private static NestedField FromField(Field field, int id, Func<int> nextId) =>
        new(id, field.Name, FromDataType(field.Type, nextId), !field.Type.IsNullable) { Doc = field.Comment };

    private static IcebergType FromPrimitive(DataType type) => type switch
    {
        DataType.Boolean => IcebergTypes.Boolean,
        DataType.TinyInt or DataType.SmallInt or DataType.Int => IcebergTypes.Int,
        DataType.BigInt => IcebergTypes.Long,
        DataType.Float => IcebergTypes.Float,
        DataType.Double => IcebergTypes.Double,
        DataType.Decimal d => new IcebergType.Decimal(d.Precision, d.Scale),
        DataType.Char or DataType.VarChar => IcebergTypes.String,
        DataType.Binary b => new IcebergType.Fixed(b.Length),
        DataType.VarBinary => IcebergTypes.Binary,
        DataType.Date => IcebergTypes.Date,
        DataType.Time => IcebergTypes.Time,

        // Nanoseconds are a v3 type; v2 keeps microseconds whatever the declared precision, as the original does.
        DataType.Timestamp => IcebergTypes.Timestamp,
        DataType.TimestampLtz => IcebergTypes.TimestampTz,
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A column of type '{type}' cannot be stored in an Iceberg table."),
    };
}

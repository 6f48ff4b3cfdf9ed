using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Inspecting;

/// <summary>Columns of metadata tables.</summary>
internal static class MetadataFields
{
    /// <summary>A column that may be NULL.</summary>
    public static Field Optional(string name, DataType type) => new(name, type);

    /// <summary>A column that is never NULL.</summary>
    public static Field Required(string name, DataType type) => new(name, type.AsNotNull());

    /// <summary>An instant in microseconds.</summary>
    public static readonly DataType Instant = DataTypes.TimestampLtz(6);

    /// <summary>A map from field ids.</summary>
    public static DataType ById(DataType value) => new DataType.Map(DataTypes.Int.AsNotNull(), value.AsNotNull());

    /// <summary>A list without NULLs.</summary>
    public static DataType ListOf(DataType element) => new DataType.Array(element.AsNotNull());

    /// <summary>A struct.</summary>
    public static DataType StructOf(IEnumerable<Field> fields) => new DataType.Row(new EquatableList<Field>(fields));
}

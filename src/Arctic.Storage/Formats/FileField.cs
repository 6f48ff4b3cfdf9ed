using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>A column of a data file, or a member, element, key or value within one.</summary>
/// <param name="Name">As written in the file.</param>
/// <param name="Type">The SQL type with its nullability; BINARY(n) is stored at fixed length.</param>
/// <param name="FieldId">Iceberg's id; null when the file gives none.</param>
internal sealed record FileField(string Name, DataType Type, int? FieldId = null)
{
    /// <summary>Whether a BINARY(16) is annotated as a UUID.</summary>
    public bool IsUuid { get; init; }

    /// <summary>The members of a row; one element of an array; the key and the value of a map; empty otherwise.</summary>
    public EquatableList<FileField> Children { get; init; } = [];

    /// <summary>The index of the first leaf among those of the file; only of fields that were read from Parquet.</summary>
    public int FirstLeaf { get; init; }

    /// <summary>The number of leaves at and below this field.</summary>
    public int LeafCount => Children.Count == 0 ? 1 : Children.Sum(c => c.LeafCount);

    /// <summary>A field for a type without ids; members are named as in the type.</summary>
    public static FileField Of(string name, DataType type) => type switch
    {
        DataType.Row row => new FileField(name, type) { Children = new EquatableList<FileField>(row.Fields.Select(f => Of(f.Name, f.Type))) },
        DataType.Array array => new FileField(name, type) { Children = [Of("element", array.Element)] },
        DataType.Map map => new FileField(name, type) { Children = [Of("key", map.Key.AsNotNull()), Of("value", map.Value)] },
        DataType.Multiset bag => new FileField(name, type) { Children = [Of("key", bag.Element.AsNotNull()), Of("value", DataTypes.Int.AsNotNull())] },
        _ => new FileField(name, type),
    };

    /// <summary>Fields for every column of a schema, without ids.</summary>
    public static IReadOnlyList<FileField> Of(RowSchema schema) => schema.Fields.Select(f => Of(f.Name, f.Type)).ToArray();
}

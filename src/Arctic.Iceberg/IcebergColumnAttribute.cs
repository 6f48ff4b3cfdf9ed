namespace Arctic.Iceberg;

/// <summary>
/// Says which column a property is, where the rule does not find it or its default type is not the wanted one. On a positional record it stands before the
/// parameter: <c>record Order([IcebergColumn("order_id")] long Id, [IcebergColumn(Type = "decimal(10, 2)")] decimal Amount)</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IcebergColumnAttribute : Attribute
{
    /// <summary>A column of the default name.</summary>
    public IcebergColumnAttribute()
    {
    }

    /// <summary>A column of exactly this name.</summary>
    public IcebergColumnAttribute(string name) => Name = name;

    /// <summary>The column's exact name; null for the rule: the property's own name, else the one column whose name is the same without case and underscores.</summary>
    public string? Name { get; }

    /// <summary>
    /// The Iceberg type of the column when a table is created from the record, such as <c>decimal(10, 2)</c>, <c>timestamptz</c>, <c>timestamp_ns</c> or <c>fixed[16]</c>; of a list its
    /// elements', of a dictionary its values'. Null for the default. A table that exists has its own types.
    /// </summary>
    public string? Type { get; init; }

    /// <summary>The comment of the column when a table is created from the record; null for none.</summary>
    public string? Doc { get; init; }
}

/// <summary>Leaves a property out of the mapping: it is neither written nor read.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class IcebergIgnoreAttribute : Attribute;

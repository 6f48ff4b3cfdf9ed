using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec;

/// <summary>How rows are split into partitions.</summary>
public sealed record PartitionSpec(int SpecId, EquatableList<PartitionField> Fields)
{
    /// <summary>Field ids of partition fields start here.</summary>
    public const int FirstFieldId = 1000;

    /// <summary>The spec of a table without partitions.</summary>
    public static readonly PartitionSpec Unpartitioned = new(0, EquatableList<PartitionField>.Empty);

    /// <summary>Whether the spec has no fields that split rows; void fields do not.</summary>
    public bool IsUnpartitioned => Fields.All(f => f.Transform is Transform.Void);

    /// <summary>The greatest field id; 999 without fields.</summary>
    public int HighestFieldId => Fields.Count == 0 ? FirstFieldId - 1 : Fields.Max(f => f.FieldId);

    /// <summary>The struct of partition values, fields in spec order, all optional. A source column that the schema lacks (it was dropped) gives an <c>unknown</c> field.</summary>
    public IcebergType.Struct PartitionType(Schema schema) =>
        new(Fields.Select(f => new NestedField(f.FieldId, f.Name, ResultType(f, schema), false)).ToEquatableList());

    /// <summary>Whether both split rows alike under the same names, whatever their spec ids and field ids.</summary>
    public bool IsCompatibleWith(PartitionSpec other) =>
        Fields.Count == other.Fields.Count
        && Fields.Zip(other.Fields).All(p => p.First.SourceIds.Equals(p.Second.SourceIds) && p.First.Transform == p.Second.Transform && p.First.Name == p.Second.Name);

    private static IcebergType ResultType(PartitionField field, Schema schema) =>
        field.Transform.ResultType(schema.FindField(field.SourceId)?.Type ?? IcebergTypes.Unknown);
}

/// <summary>One field of a partition spec.</summary>
/// <param name="SourceIds">The columns that it is made of: one, but for multi-argument transforms of v3.</param>
public sealed record PartitionField(EquatableList<int> SourceIds, int FieldId, string Name, Transform Transform)
{
    /// <summary>A field made of one column.</summary>
    public PartitionField(int sourceId, int fieldId, string name, Transform transform)
        : this([sourceId], fieldId, name, transform)
    {
    }

    /// <summary>The first source column.</summary>
    public int SourceId => SourceIds[0];
}

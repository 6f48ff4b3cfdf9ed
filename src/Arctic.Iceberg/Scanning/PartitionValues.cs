using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Partition tuples of any spec as rows of one struct.</summary>
internal static class PartitionValues
{
    /// <summary>
    /// The struct that holds the partition values of every spec of the table: a field for each partition field id, in the order of the ids, named and typed as in the newest
    /// spec in which it is not void.
    /// </summary>
    public static IcebergType.Struct TypeOf(TableMetadata metadata)
    {
        var fields = new SortedDictionary<int, (NestedField Field, bool IsVoid)>();
        foreach (var spec in metadata.PartitionSpecs.OrderByDescending(s => s.SpecId))
        {
            var type = metadata.PartitionTypeOf(spec);
            for (var i = 0; i < spec.Fields.Count; i++)
            {
                var isVoid = spec.Fields[i].Transform is Transform.Void;
                if (!fields.TryGetValue(spec.Fields[i].FieldId, out var known) || (known.IsVoid && !isVoid))
                {
                    fields[spec.Fields[i].FieldId] = (type.Fields[i], isVoid);
                }
            }
        }

        return new IcebergType.Struct(fields.Values.Select(f => f.Field).ToEquatableList());
    }

    /// <summary>A tuple repeated; fields that its spec lacks are NULL.</summary>
    public static Column ToColumn(IcebergType.Struct type, PartitionSpec spec, PartitionTuple partition, int length)
    {
        var builder = (RowColumnBuilder)ColumnBuilder.Create(TypeMapping.ToDataType(type).AsNotNull());
        Append(builder, type, Unify(type, spec, partition));
        return new ConstantColumn(builder.Build(), length);
    }

    /// <summary>A tuple in the order of the struct's fields.</summary>
    public static PartitionTuple Unify(IcebergType.Struct type, PartitionSpec spec, PartitionTuple partition)
    {
        var values = new object?[type.Fields.Count];
        for (var i = 0; i < values.Length; i++)
        {
            // A column that is gone from every schema has values without a type.
            values[i] = type.Fields[i].Type is IcebergType.Unknown ? null : Find(type.Fields[i].Id, spec, partition);
        }

        return new PartitionTuple(values);
    }

    /// <summary>Appends a unified tuple as one row.</summary>
    public static void Append(RowColumnBuilder builder, IcebergType.Struct type, PartitionTuple partition)
    {
        for (var i = 0; i < type.Fields.Count; i++)
        {
            IcebergValues.Append(builder.Children[i], type.Fields[i].Type, partition[i]);
        }

        builder.EndRow();
    }

    private static object? Find(int fieldId, PartitionSpec spec, PartitionTuple partition)
    {
        for (var i = 0; i < spec.Fields.Count && i < partition.Count; i++)
        {
            if (spec.Fields[i].FieldId == fieldId)
            {
                return partition[i];
            }
        }

        return null;
    }
}

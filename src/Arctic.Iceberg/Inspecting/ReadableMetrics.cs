using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary>The metrics of a file by column name, bounds as values of the column's type: the column <c>readable_metrics</c>.</summary>
internal sealed class ReadableMetrics
{
    private readonly (string Name, NestedField Field)[] _columns;

    /// <summary>Takes the primitive columns of a schema at any depth, by name.</summary>
    public ReadableMetrics(Schema schema)
    {
        _columns = schema.FieldIds.Select(id => (Name: schema.FindFullName(id)!, Field: schema.FindField(id)!))
            .Where(c => c.Field.Type is not (IcebergType.Struct or IcebergType.List or IcebergType.Map or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography or IcebergType.Unknown))
            .OrderBy(c => c.Name, StringComparer.Ordinal)
            .ToArray();
        Field = Optional("readable_metrics", StructOf(_columns.Select(c => Optional(c.Name, StructOf(
        [
            Optional("column_size", DataTypes.BigInt),
            Optional("value_count", DataTypes.BigInt),
            Optional("null_value_count", DataTypes.BigInt),
            Optional("nan_value_count", DataTypes.BigInt),
            Optional("lower_bound", TypeMapping.ToDataType(c.Field.Type)),
            Optional("upper_bound", TypeMapping.ToDataType(c.Field.Type)),
        ])))));
    }

    /// <summary>The column.</summary>
    public Field Field { get; }

    /// <summary>Writes the cell of a file.</summary>
    public void Write(CellWriter cells, DataFile file)
    {
        var row = (RowColumnBuilder)cells.Take();
        for (var i = 0; i < _columns.Length; i++)
        {
            var id = _columns[i].Field.Id;
            var type = _columns[i].Field.Type;
            var column = (RowColumnBuilder)row.Children[i];
            var metrics = new CellWriter(column.Children).Long(Find(file.ColumnSizes, id)).Long(Find(file.ValueCounts, id)).Long(Find(file.NullValueCounts, id)).Long(Find(file.NanValueCounts, id));
            IcebergValues.Append(metrics.Take(), type, FindBound(file.LowerBounds, id, type));
            IcebergValues.Append(metrics.Take(), type, FindBound(file.UpperBounds, id, type));
            column.EndRow();
        }

        row.EndRow();
    }

    private static long? Find(FieldIdMap<long>? map, int id) => map is not null && map.TryGet(id, out var value) ? value : null;

    private static object? FindBound(FieldIdMap<ReadOnlyMemory<byte>>? map, int id, IcebergType type) =>
        map is not null && map.TryGet(id, out var bound) && BoundCodec.CanDecode(type, bound.Length) ? BoundCodec.Decode(type, bound.Span) : null;
}

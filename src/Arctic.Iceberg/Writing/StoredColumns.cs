using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>What files store of a table's columns: all but those of type <c>unknown</c>, at any depth, as the format asks.</summary>
internal static class StoredColumns
{
    /// <summary>The fields of a file.</summary>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: nothing would be left of a struct, list or map.</exception>
    public static IReadOnlyList<NestedField> Of(IEnumerable<NestedField> fields) =>
        fields.Where(f => f.Type is not IcebergType.Unknown).Select(f => HasUnknown(f.Type) ? f with { Type = Of(f.Type, f.Name) } : f).ToArray();

    /// <summary>A column of a batch without what is not stored of its type.</summary>
    public static Column Of(Column column, IcebergType type)
    {
        if (!HasUnknown(type) || column is NullColumn)
        {
            return column;
        }

        switch (column, type)
        {
            case (ConstantColumn c, _):
                return new ConstantColumn(Of(c.Value, type), c.Length);
            case (RowColumn row, IcebergType.Struct s):
                var kept = Enumerable.Range(0, s.Fields.Count).Where(i => s.Fields[i].Type is not IcebergType.Unknown).ToArray();
                var fields = ((DataType.Row)row.Type).Fields;
                var children = kept.Select(i => Of(row.Children[i], s.Fields[i].Type)).ToArray();
                var rowType = new DataType.Row(kept.Select((i, k) => fields[i] with { Type = children[k].Type.WithNullability(fields[i].Type.IsNullable) }).ToEquatableList());
                return new RowColumn(rowType.WithNullability(row.Type.IsNullable), row.Length, children, row.Validity);
            case (ListColumn list, IcebergType.List l):
                var elements = Of(list.Elements, l.Element);
                return new ListColumn(new DataType.Array(elements.Type).WithNullability(list.Type.IsNullable), list.Length, list.OffsetBytes, elements, list.Validity);
            case (MapColumn map, IcebergType.Map m):
                var (keys, values) = (Of(map.Keys, m.Key), Of(map.Values, m.Value));
                return new MapColumn(new DataType.Map(keys.Type, values.Type).WithNullability(map.Type.IsNullable), map.Length, map.OffsetBytes, keys, values, map.Validity);
            default:
                throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot write values of type {column.Type} to a column of the Iceberg type '{type}'.");
        }
    }

    private static bool HasUnknown(IcebergType type) => type is IcebergType.Unknown || SchemaTree.ChildrenOf(type).Any(c => HasUnknown(c.Type));

    private static IcebergType Of(IcebergType type, string name)
    {
        switch (type)
        {
            case IcebergType.Struct s when Of(s.Fields) is { Count: > 0 } members:
                return new IcebergType.Struct(members.ToEquatableList());
            case IcebergType.List { Element: not IcebergType.Unknown } l:
                return l with { Element = Of(l.Element, name) };
            case IcebergType.Map { Key: not IcebergType.Unknown, Value: not IcebergType.Unknown } m:
                return m with { Key = Of(m.Key, name), Value = Of(m.Value, name) };
            case IcebergType.Struct or IcebergType.List or IcebergType.Map:
                throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot write the column '{name}' of type '{type}': files store nothing of type 'unknown', and nothing would be left.");
            default:
                return type;
        }
    }
}

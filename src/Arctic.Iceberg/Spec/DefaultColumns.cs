using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Spec;

/// <summary>Columns of a field's default.</summary>
internal static class DefaultColumns
{
    /// <summary>The default in every row. A struct's <c>{}</c> gives each member its own; what has none is NULL.</summary>
    /// <param name="defaultOf">The initial or the write default.</param>
    public static Column Of(NestedField field, Func<NestedField, object?> defaultOf, int length)
    {
        if (field.Type is IcebergType.Struct s && defaultOf(field) is StructDefault)
        {
            return new RowColumn(TypeMapping.ToField(field).Type, length, s.Fields.Select(f => Of(f, defaultOf, length)).ToArray());
        }

        var column = IcebergValues.Repeat(field.Type, defaultOf(field), length);
        return column is NullColumn ? column : column.WithType(TypeMapping.ToField(field).Type);
    }
}

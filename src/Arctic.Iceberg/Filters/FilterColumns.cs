using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Filters;

/// <summary>Finds the columns that filters name.</summary>
internal static class FilterColumns
{
    /// <summary>A column of a schema, or a field of a struct in it.</summary>
    /// <param name="name">Each part exactly, or without its case and underscores; dots lead into structs.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, with a suggestion.</exception>
    public static Expression Find(Schema schema, string name)
    {
        // A column's own name may have dots.
        var whole = ColumnNames.FindExact(schema.Fields, name);
        if (whole >= 0)
        {
            return At(schema, whole);
        }

        Expression? found = null;
        IReadOnlyList<NestedField> fields = schema.Fields;
        foreach (var part in name.Split('.'))
        {
            var index = ColumnNames.Find(fields, part, $"'{name}' of the filter");
            if (index < 0)
            {
                throw new ArcticException(ErrorCodes.UnknownName, $"There is no column '{name}' for the filter.") { Hint = NameSuggestion.For(part, fields.Select(f => f.Name)) };
            }

            found = found is null ? At(schema, index) : Member(found, index);
            fields = fields[index].Type is IcebergType.Struct s ? s.Fields : [];
        }

        return found!; // a split has at least one part
    }

    /// <summary>The column at an index.</summary>
    public static Expression At(Schema schema, int index) => new Expression.ColumnReference(index, schema.Fields[index].Name, TypeMapping.ToField(schema.Fields[index]).Type);

    /// <summary>A field of a struct.</summary>
    public static Expression Member(Expression row, int index) => ScalarFunctions.FieldAt.Bind([row, new Expression.Literal(index, DataTypes.Int.AsNotNull())]);
}

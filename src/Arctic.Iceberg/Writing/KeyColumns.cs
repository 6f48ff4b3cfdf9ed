using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>The columns that rows are found by: taken out of batches by name, in the types of the table.</summary>
/// <param name="schema">Just these columns; members of structs with the structs around them.</param>
/// <param name="table">The table's name, for messages.</param>
internal sealed class KeyColumns(Schema schema, string table)
{
    private readonly RowSchema _rowSchema = schema.ToRowSchema();

    /// <summary>The rows of a batch with the key columns alone; what else it has is left aside.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: it lacks one; <c>TYPE_MISMATCH</c>: one has another type.</exception>
    public ChangeBatch Of(ChangeBatch batch) => batch.WithColumns(_rowSchema, TakeAll(schema.Fields, batch.Schema.Fields, batch.Columns, ""));

    /// <summary>The key's values: the columns of <see cref="Of"/> without the structs around them.</summary>
    public IReadOnlyList<Column> ValuesOf(ChangeBatch keys) => keys.Columns.Zip(schema.Fields).SelectMany(c => Leaves(c.First, c.Second.Type)).ToArray();

    private Column[] TakeAll(EquatableList<NestedField> wanted, IReadOnlyList<Field> found, IReadOnlyList<Column> columns, string prefix) =>
        wanted.Select(f => Take(f, found, columns, prefix)).ToArray();

    private Column Take(NestedField field, IReadOnlyList<Field> found, IReadOnlyList<Column> columns, string prefix)
    {
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i].Name == field.Name)
            {
                return Take(field, found[i], columns[i], prefix);
            }
        }

        throw new ArcticException(ErrorCodes.UnknownName, $"Cannot find rows of '{table}' by key: the rows given lack the key column '{prefix}{field.Name}'.")
        {
            Hint = NameSuggestion.For(field.Name, found.Select(f => f.Name)),
        };
    }

    private Column Take(NestedField field, Field found, Column column, string prefix)
    {
        var target = TypeMapping.ToField(field);
        if (field.Type is not IcebergType.Struct s || found.Type is not DataType.Row row || column is NullColumn)
        {
            return DataFileWriter.Widen(column, target);
        }

        var members = (RowColumn)column.ToDense();
        return new RowColumn(target.Type, members.Length, TakeAll(s.Fields, row.Fields, members.Children, $"{prefix}{field.Name}."), members.Validity);
    }

    private static IEnumerable<Column> Leaves(Column column, IcebergType type) => type is IcebergType.Struct s && column.ToDense() is RowColumn row
        ? s.Fields.SelectMany((f, i) => Leaves(row.MemberAt(i), f.Type))
        : [column];
}

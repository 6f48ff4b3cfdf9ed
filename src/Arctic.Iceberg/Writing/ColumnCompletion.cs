using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Brings batches that hold some of a table's columns, by name and in any order, to all of them in the table's order: columns and members of structs that a
/// batch lacks get their <c>write-default</c>, or null.
/// </summary>
internal sealed class ColumnCompletion(Schema schema)
{
    private readonly RowSchema _output = schema.ToRowSchema();
    private RowSchema? _lastInput;
    private bool _isComplete;

    /// <summary>The schema of complete batches.</summary>
    public RowSchema Output => _output;

    /// <summary>The batch with all columns; the batch itself stays the caller's.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: it has a column that the table lacks; <c>TYPE_MISMATCH</c>: it lacks a required one that has no default.</exception>
    public ChangeBatch Complete(ChangeBatch batch)
    {
        if (!ReferenceEquals(batch.Schema, _lastInput))
        {
            _isComplete = IsComplete(schema.Fields, batch.Schema.Fields);
            _lastInput = batch.Schema;
        }

        return _isComplete ? batch.Retain() : batch.WithColumns(_output, Complete(schema.Fields, batch.Schema.Fields, batch.Columns, batch.ColumnLength, ""));
    }

    private static bool IsComplete(EquatableList<NestedField> wanted, IReadOnlyList<Field> found) =>
        wanted.Count == found.Count && wanted.Zip(found).All(p => p.First.Name == p.Second.Name
            && (p.First.Type is not IcebergType.Struct s || p.Second.Type is not DataType.Row row || IsComplete(s.Fields, row.Fields)));

    private static Column[] Complete(EquatableList<NestedField> wanted, IReadOnlyList<Field> found, IReadOnlyList<Column> columns, int length, string prefix)
    {
        if (found.FirstOrDefault(f => wanted.All(w => w.Name != f.Name)) is { } unknown)
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"Cannot write the rows: the table has no column '{prefix}{unknown.Name}'.")
            {
                Hint = NameSuggestion.For(unknown.Name, wanted.Select(w => w.Name)),
            };
        }

        return wanted.Select(field =>
        {
            for (var i = 0; i < found.Count; i++)
            {
                if (found[i].Name == field.Name)
                {
                    return Complete(field, found[i], columns[i], prefix);
                }
            }

            return Default(field, length, prefix);
        }).ToArray();
    }

    private static Column Complete(NestedField field, Field found, Column column, string prefix)
    {
        if (field.Type is not IcebergType.Struct s || found.Type is not DataType.Row row || column is NullColumn || IsComplete(s.Fields, row.Fields))
        {
            return column;
        }

        if (column is ConstantColumn constant)
        {
            return new ConstantColumn(Complete(field, found, constant.Value, prefix), column.Length);
        }

        var members = (RowColumn)column;
        return new RowColumn(
            TypeMapping.ToField(field).Type, members.Length, Complete(s.Fields, row.Fields, members.Children, members.Length, $"{prefix}{field.Name}."), members.Validity);
    }

    private static Column Default(NestedField field, int length, string prefix) => field is { WriteDefault: null, IsRequired: true }
        ? throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot write the rows: they lack the required column '{prefix}{field.Name}', which has no default.")
        : DefaultColumns.Of(field, static f => f.WriteDefault, length);
}

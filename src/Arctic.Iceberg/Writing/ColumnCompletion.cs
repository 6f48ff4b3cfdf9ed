using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Brings batches that hold some of a table's columns, by name and in any order, to all of them in the table's order: columns and members of structs, also
/// of those in lists and maps, that a batch lacks get their <c>write-default</c>, or null.
/// </summary>
internal sealed class ColumnCompletion(Schema schema)
{
    private readonly RowSchema _output = schema.ToRowSchema();
    private RowSchema? _lastInput;
    private bool _isComplete;

    /// <summary>The schema of complete batches.</summary>
    public RowSchema Output => _output;

    /// <summary>The batch with all columns; the batch itself stays the caller's.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: it has a column that the table lacks; <c>TYPE_MISMATCH</c>: it lacks a required one that has no default, or has one of a type that the table's does not hold.</exception>
    public ChangeBatch Complete(ChangeBatch batch)
    {
        if (!ReferenceEquals(batch.Schema, _lastInput))
        {
            _isComplete = IsComplete(schema.Fields, batch.Schema.Fields);
            RequireFit(batch.Schema);
            _lastInput = batch.Schema;
        }

        return _isComplete ? batch.Retain() : batch.WithColumns(_output, Complete(schema.Fields, batch.Schema.Fields, batch.Columns, batch.ColumnLength, ""));
    }

    private void RequireFit(RowSchema found)
    {
        foreach (var column in found.Fields)
        {
            if (schema.Fields.FirstOrDefault(f => f.Name == column.Name) is { } field)
            {
                TypeFit.Require(field.Name, field.Type, column.Type);
            }
        }
    }

    private static bool IsComplete(EquatableList<NestedField> wanted, IReadOnlyList<Field> found) =>
        wanted.Count == found.Count && wanted.Zip(found).All(p => p.First.Name == p.Second.Name && IsComplete(p.First.Type, p.Second.Type));

    private static bool IsComplete(IcebergType wanted, DataType found) => (wanted, found) switch
    {
        (IcebergType.Struct s, DataType.Row r) => IsComplete(s.Fields, r.Fields),
        (IcebergType.List l, DataType.Array a) => IsComplete(l.Element, a.Element),
        (IcebergType.Map m, DataType.Map f) => IsComplete(m.Key, f.Key) && IsComplete(m.Value, f.Value),
        _ => true,
    };

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
                    return Complete(field.Type, TypeMapping.ToField(field).Type, found[i].Type, columns[i], prefix + field.Name);
                }
            }

            return Default(field, length, prefix);
        }).ToArray();
    }

    private static Column Complete(IcebergType wanted, DataType type, DataType found, Column column, string name)
    {
        if (IsComplete(wanted, found))
        {
            return column;
        }

        switch (wanted, type, found, column)
        {
            case (_, _, _, ConstantColumn c):
                return new ConstantColumn(Complete(wanted, type, found, c.Value, name), c.Length);
            case (IcebergType.Struct s, _, DataType.Row f, RowColumn c):
                return new RowColumn(type, c.Length, Complete(s.Fields, f.Fields, c.Children, c.Length, name + "."), c.Validity);
            case (IcebergType.List l, DataType.Array t, DataType.Array f, ListColumn c):
                return new ListColumn(type, c.Length, c.OffsetBytes, Complete(l.Element, t.Element, f.Element, c.Elements, name + ".element"), c.Validity);
            case (IcebergType.Map m, DataType.Map t, DataType.Map f, MapColumn c):
                return new MapColumn(
                    type, c.Length, c.OffsetBytes, Complete(m.Key, t.Key, f.Key, c.Keys, name + ".key"), Complete(m.Value, t.Value, f.Value, c.Values, name + ".value"), c.Validity);
            default:
                return column;
        }
    }

    private static Column Default(NestedField field, int length, string prefix) => field is { WriteDefault: null, IsRequired: true }
        ? throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot write the rows: they lack the required column '{prefix}{field.Name}', which has no default.")
        : DefaultColumns.Of(field, static f => f.WriteDefault, length);
}

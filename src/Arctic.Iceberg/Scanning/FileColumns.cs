using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Brings the columns of a file to the columns that a reader wants, by field id: renamed and reordered ones, promoted types, members that the file lacks
/// (Iceberg spec, "Column Projection").
/// </summary>
internal static class FileColumns
{
    /// <summary>Every id that reading the fields needs, nested ones included.</summary>
    public static HashSet<int> IdsOf(IEnumerable<NestedField> fields)
    {
        var ids = new HashSet<int>();
        foreach (var field in fields)
        {
            Collect(field.Id, field.Type, ids);
        }

        return ids;
    }

    /// <summary>A column of the file as the wanted field; null when the file does not have it.</summary>
    /// <param name="wanted">The field with its present type.</param>
    /// <param name="fields">What the file's columns are.</param>
    /// <param name="columns">The file's columns.</param>
    /// <param name="location">For messages.</param>
    public static Column? Find(NestedField wanted, IReadOnlyList<FileField> fields, IReadOnlyList<Column> columns, string location)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].FieldId == wanted.Id)
            {
                return Conform(columns[i], fields[i], wanted.Type, wanted.IsRequired, location);
            }
        }

        return null;
    }

    private static void Collect(int id, IcebergType type, HashSet<int> ids)
    {
        ids.Add(id);
        switch (type)
        {
            case IcebergType.Struct s:
                foreach (var field in s.Fields)
                {
                    Collect(field.Id, field.Type, ids);
                }

                break;
            case IcebergType.List l:
                Collect(l.ElementId, l.Element, ids);
                break;
            case IcebergType.Map m:
                Collect(m.KeyId, m.Key, ids);
                Collect(m.ValueId, m.Value, ids);
                break;
        }
    }

    private static Column Conform(Column column, FileField field, IcebergType type, bool isRequired, string location)
    {
        var sqlType = TypeMapping.ToDataType(type).WithNullability(!isRequired);
        switch (column, type)
        {
            case (ConstantColumn c, _):
                return new ConstantColumn(Conform(c.Value, field, type, isRequired, location), c.Length);
            case (RowColumn row, IcebergType.Struct s):
                var children = s.Fields.Select(f => Find(f, field.Children, row.Children, location) ?? Missing(f, row.Length, location)).ToArray();
                return new RowColumn(sqlType, row.Length, children, row.Validity);
            case (ListColumn list, IcebergType.List l):
                return new ListColumn(sqlType, list.Length, list.OffsetBytes, Conform(list.Elements, field.Children[0], l.Element, l.IsElementRequired, location), list.Validity);
            case (MapColumn map, IcebergType.Map m):
                return new MapColumn(
                    sqlType, map.Length, map.OffsetBytes, Conform(map.Keys, field.Children[0], m.Key, true, location),
                    Conform(map.Values, field.Children[1], m.Value, m.IsValueRequired, location), map.Validity);
            case (_, IcebergType.Unknown):
                return new NullColumn(column.Length);
        }

        try
        {
            return ColumnWidening.To(column, sqlType);
        }
        catch (ArgumentException e)
        {
            throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Cannot read the column '{field.Name}' (id {field.FieldId}) of '{location}': it is stored as {column.Type.Name}, which is never promoted to '{type}'.", e);
        }
    }

    /// <summary>The values of a field that a file lacks: its initial default, or NULL.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: it is required and has no default.</exception>
    public static Column Missing(NestedField field, int length, string location) => !field.IsRequired || field.InitialDefault is not null
        ? DefaultColumns.Of(field, static f => f.InitialDefault, length)
        : throw new ArcticException(
            ErrorCodes.TableCorrupt, $"The file '{location}' lacks the required column '{field.Name}' (id {field.Id}), and the column has no initial default.");
}

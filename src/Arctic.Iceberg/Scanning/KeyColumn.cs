using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>A column that an equality delete compares, perhaps one dropped from the table since, perhaps a member of a struct.</summary>
/// <param name="Top">The column that holds it; structs on the way have just that member.</param>
/// <param name="Depth">How many structs lie around it.</param>
internal sealed record KeyColumn(NestedField Top, int Depth)
{
    /// <summary>Finds a key column in the newest schema that has it.</summary>
    /// <param name="id">The field id.</param>
    /// <param name="schema">The schema of the scan.</param>
    /// <param name="metadata">Holds the older ones.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: no schema has it.</exception>
    public static KeyColumn Find(int id, Schema schema, TableMetadata metadata)
    {
        foreach (var candidate in metadata.Schemas.Reverse().Prepend(metadata.CurrentSchema).Prepend(schema))
        {
            if (Find(candidate.AsStruct(), id) is { } found)
            {
                return found;
            }
        }

        throw new ArcticException(ErrorCodes.TableCorrupt, $"An equality delete compares the column with id {id}, which no schema of the table has.");
    }

    /// <summary>The key values of a column read as <see cref="Top"/>.</summary>
    public Column Extract(Column column)
    {
        for (var i = 0; i < Depth; i++)
        {
            var row = (RowColumn)column.ToDense();
            column = row.MemberAt(0);
        }

        return column;
    }

    private static KeyColumn? Find(IcebergType.Struct type, int id)
    {
        foreach (var field in type.Fields)
        {
            if (field.Id == id)
            {
                // Deletes hold NULL keys whatever the table says of the column.
                return new KeyColumn(field with { IsRequired = false }, 0);
            }

            if (field.Type is IcebergType.Struct nested && Find(nested, id) is { } found)
            {
                return new KeyColumn(field with { IsRequired = false, Type = new IcebergType.Struct([found.Top]) }, found.Depth + 1);
            }
        }

        return null;
    }
}

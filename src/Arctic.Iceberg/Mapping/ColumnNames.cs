using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Mapping;

/// <summary>The rule by which properties, and columns of batches, find the columns of a table.</summary>
internal static class ColumnNames
{
    /// <summary>The name of a new column for a property: <c>CustomerId</c> becomes <c>customer_id</c>.</summary>
    public static string ForProperty(string property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property);

    /// <summary>
    /// The index of the field that a name means: the one of exactly that name, else the only one of the same name without case and underscores; -1 when there is none.
    /// </summary>
    /// <param name="what">Who asks, for the message: <c>the property 'Order.Id'</c>.</param>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: several columns would do.</exception>
    public static int Find(IReadOnlyList<NestedField> fields, string name, string what)
    {
        var bare = Bare(name);
        var found = -1;
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name == name)
            {
                return i;
            }

            if (Bare(fields[i].Name) == bare)
            {
                found = found == -1 ? i : -2;
            }
        }

        return found != -2 ? found : throw new ArcticException(
            ErrorCodes.UnknownName, $"Cannot tell which column {what} is: {string.Join(" and ", fields.Where(f => Bare(f.Name) == bare).Select(f => $"'{f.Name}'"))} would do.")
        {
            Hint = "Name the column exactly; on a property, with [IcebergColumn(\"name\")].",
        };
    }

    /// <summary>Whether two names are the same without case and underscores.</summary>
    public static bool AreAlike(string a, string b) => Bare(a) == Bare(b);

    /// <summary>The index of the field of exactly that name; -1 when there is none.</summary>
    public static int FindExact(IReadOnlyList<NestedField> fields, string name)
    {
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private static string Bare(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
}

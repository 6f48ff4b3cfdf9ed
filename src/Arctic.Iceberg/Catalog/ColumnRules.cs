using System.Globalization;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>Whether columns that are new to a table can be written, and read by others: their names, ids and types. Columns that are there already are nobody's business any more.</summary>
internal static class ColumnRules
{
    // Iceberg spec, "Reserved Field IDs".
    private const int IdMax = 2147483447;
    private const int DecimalDigitsMax = 38;

    private static readonly HashSet<string> Reserved =
    [
        MetadataColumns.FilePath.Name, MetadataColumns.Position.Name, MetadataColumns.IsDeleted.Name, MetadataColumns.SpecId.Name, "_partition", MetadataColumns.ChangeType.Name,
        MetadataColumns.ChangeOrdinal.Name, MetadataColumns.CommitSnapshotId.Name, MetadataColumns.RowId.Name, MetadataColumns.LastUpdatedSequenceNumber.Name,
    ];

    /// <summary>Checks the columns of a schema that another does not have, or has under another name.</summary>
    /// <param name="before">Null for a new table.</param>
    /// <param name="doing">What is being done, for the message.</param>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>.</exception>
    public static void Check(Schema schema, Schema? before, string doing)
    {
        foreach (var id in schema.FieldIds.Order())
        {
            var field = schema.FindField(id)!; // one of its own ids
            var old = before?.FindField(id);
            if (FindNameViolation(field.Name, old, schema.Fields.Any(f => f.Id == id)) is { } violation)
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {doing}: the name '{schema.FindFullName(id)}' of a column {violation}.") { Hint = "Give it another name." };
            }

            if (old is null && (id is < 1 or > IdMax || FindTypeViolation(field.Type) is not null))
            {
                var what = FindTypeViolation(field.Type) ?? string.Create(CultureInfo.InvariantCulture, $"has the id {id}, and ids are from 1 to {IdMax}");
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot {doing}: the column '{schema.FindFullName(id)}' {what}.");
            }
        }
    }

    private static string? FindNameViolation(string name, NestedField? old, bool isOutermost)
    {
        if (name == old?.Name)
        {
            return null;
        }

        if (string.IsNullOrWhiteSpace(name))
        {
            return "is empty";
        }

        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                return string.Create(CultureInfo.InvariantCulture, $"holds the control character U+{rune.Value:X4}, where other readers end it");
            }

            // What a lone surrogate is read as.
            if (rune == Rune.ReplacementChar)
            {
                return "is not well-formed text";
            }
        }

        return isOutermost && Reserved.Contains(name) ? "is reserved for what readers tell of a row" : null;
    }

    private static string? FindTypeViolation(IcebergType type) => type switch
    {
        IcebergType.Decimal { Precision: < 1 or > DecimalDigitsMax } or IcebergType.Decimal { Scale: < 0 } => $"has the type '{type}', and a decimal has 1 to {DecimalDigitsMax} digits",
        IcebergType.Decimal d when d.Scale > d.Precision => $"has the type '{type}', and no more of its digits than all can be behind the point",
        IcebergType.Fixed { Length: < 1 } => $"has the type '{type}', which holds nothing",
        _ => null,
    };
}

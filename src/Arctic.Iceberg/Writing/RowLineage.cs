using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// The columns that rows keep when they are written anew (Iceberg spec, "Row Lineage", v3): who rewrites rows scans them behind the table's columns and writes
/// them along. A row that moves keeps both values; one that changes keeps its id and loses its number, which is then that of the commit. New rows have neither:
/// their files carry no such columns.
/// </summary>
internal static class RowLineage
{
    /// <summary>What to select behind the table's columns: <c>_row_id</c> and <c>_last_updated_sequence_number</c>.</summary>
    public static readonly IReadOnlyList<NestedField> Columns = [MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber];

    /// <summary>Whether rows of the table have a lineage to keep.</summary>
    public static bool IsKeptBy(TableMetadata metadata) => metadata.FormatVersion > 2;

    /// <summary>A request for files that carry the columns behind their others.</summary>
    public static DataFileRequest WithRowLineage(this DataFileRequest request) => request with { ExtraColumns = [.. request.ExtraColumns, .. Columns] };

    /// <summary>The batch with the last column, <c>_last_updated_sequence_number</c>, emptied: its rows are changed by the commit that writes them. The batch stays the caller's.</summary>
    public static ChangeBatch AsChanged(ChangeBatch batch)
    {
        Column[] columns = [.. batch.Columns];
        columns[^1] = ColumnBuilder.NullsOf(batch.Schema[batch.Schema.Count - 1].Type.WithNullability(true), batch.ColumnLength);
        return batch.WithColumns(batch.Schema, columns);
    }
}

using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Scanning;

/// <summary>Prunes row groups by the statistics of a footer.</summary>
internal static class RowGroupRanges
{
    /// <summary>Whether a row of the group may fulfil the predicate.</summary>
    public static bool MightMatch(ScanPredicate predicate, ParquetFooter footer, ParquetRowGroup group, Schema schema) =>
        PredicateEvaluator.MightMatch(predicate, id => RangeOf(footer, group, id, schema));

    private static ColumnRange RangeOf(ParquetFooter footer, ParquetRowGroup group, int id, Schema schema)
    {
        if (schema.FindField(id)?.Type is not { } type)
        {
            return ColumnRange.Unknown;
        }

        for (var i = 0; i < footer.Leaves.Count; i++)
        {
            if (footer.Leaves[i] is { IsRepeated: false } leaf && leaf.FieldId == id)
            {
                var chunk = group.Columns[i];
                return new ColumnRange(
                    chunk.Min is { } min ? ParquetValues.Decode(leaf, min.Span, type) : null,
                    chunk.Max is { } max ? ParquetValues.Decode(leaf, max.Span, type) : null,
                    chunk.NullCount != 0,
                    chunk.NullCount is null || chunk.NullCount < chunk.ValueCount,
                    ColumnRanges.IsReal(type));
            }
        }

        return ColumnRange.Unknown;
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.KeyedTables.Reading;

/// <summary>
/// Puts the inserts and deletes of one writer back into the order in which they came (spec/arctic.md, G.1): by offset; a delete and an insert of one offset are the
/// images of an update. What was stored decides, so a lone <c>+U</c> comes back as <c>+I</c>.
/// </summary>
internal static class ChangelogMerge
{
    /// <summary>Merges rows; both sides ascend by offset.</summary>
    /// <param name="schema">The schema of both and of the result.</param>
    /// <param name="deletes">Deleted images; without a selection.</param>
    /// <param name="deleteOffsets">One a delete.</param>
    /// <param name="inserts">Added rows; without a selection.</param>
    /// <param name="insertOffsets">One an insert.</param>
    /// <returns>A batch of its own; the caller still disposes both inputs.</returns>
    public static ChangeBatch Merge(RowSchema schema, ChangeBatch deletes, ReadOnlySpan<long> deleteOffsets, ChangeBatch inserts, ReadOnlySpan<long> insertOffsets)
    {
        var count = deleteOffsets.Length + insertOffsets.Length;
        var order = new int[count];
        var kinds = new RowKind[count];
        Interleave(deleteOffsets, insertOffsets, order, kinds);
        var columns = new Column[schema.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ColumnGather.Concat([deletes.Columns[i], inserts.Columns[i]]).Gather(order);
        }

        return new ChangeBatch(schema, columns, count, kinds);
    }

    /// <summary>Fills in, for each place of the merged order, the row (deletes are numbered first, then inserts) and its kind.</summary>
    public static void Interleave(ReadOnlySpan<long> deletes, ReadOnlySpan<long> inserts, Span<int> order, Span<RowKind> kinds)
    {
        var (delete, insert, at) = (0, 0, 0);
        while (at < order.Length)
        {
            if (insert == inserts.Length || (delete < deletes.Length && deletes[delete] < inserts[insert]))
            {
                (order[at], kinds[at++]) = (delete++, RowKind.Delete);
            }
            else if (delete == deletes.Length || inserts[insert] < deletes[delete])
            {
                (order[at], kinds[at++]) = (deletes.Length + insert++, RowKind.Insert);
            }
            else
            {
                (order[at], kinds[at++]) = (delete++, RowKind.UpdateBefore);
                (order[at], kinds[at++]) = (deletes.Length + insert++, RowKind.UpdateAfter);
            }
        }
    }

    /// <summary>The number of ascending offsets that are at most <paramref name="bound"/>.</summary>
    public static int CountUpTo(ReadOnlySpan<long> offsets, long bound)
    {
        var (low, high) = (0, offsets.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (offsets[middle] <= bound)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

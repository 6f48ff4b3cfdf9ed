using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.KeyedTables.Keys;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>
/// Reads one merge-on-read split: the deletes become one hash of keys, then the data files stream through it (spec/arctic.md, A.8.2). A row is taken out by clearing its
/// selection; nothing is copied. One split at a time; not thread-safe.
/// </summary>
/// <param name="budget">Bounds the deletes that are held.</param>
internal sealed class MergeSplitReader(IStoreFileReader files, ReadColumns columns, MemoryBudget budget)
{
    private readonly EncodedKeys _bytes = new();

    /// <summary>Reads a split from a position on.</summary>
    /// <returns>Insert-only batches, owned by the receiver, each with the position behind it.</returns>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>RESOURCES_EXHAUSTED</c>: the deletes do not fit the budget.</exception>
    public async IAsyncEnumerable<SplitBatch> ReadAsync(MergeSplit split, SplitPosition from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var deleted = new DeletedKeys();
        var reserved = new Reservation(budget);
        try
        {
            foreach (var delete in split.Deletes)
            {
                await LoadAsync(deleted, delete, reserved, cancellationToken).ConfigureAwait(false);
            }

            for (var i = from.File; i < split.Data.Count; i++)
            {
                var firstRow = i == from.File ? from.Row : 0;
                await foreach (var part in ReadFileAsync(split.Data[i], deleted, cancellationToken).ConfigureAwait(false))
                {
                    var next = new SplitPosition(i, part.FirstRow + part.Batch.ColumnLength);
                    if (next.Row <= firstRow)
                    {
                        part.Batch.Dispose();
                        continue;
                    }

                    using (part.Batch)
                    {
                        yield return new SplitBatch(Finish(part, split.Data[i], deleted, firstRow), next);
                    }
                }
            }
        }
        finally
        {
            reserved.GrowTo(0);
        }
    }

    /// <summary>Finds the live rows of base files that the split's deletes end.</summary>
    /// <returns>Each file that has such rows, with their positions, ascending.</returns>
    public async IAsyncEnumerable<(MergeDataFile Data, long[] Positions)> FindDeadRowsAsync(MergeSplit split, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var deleted = new DeletedKeys();
        var reserved = new Reservation(budget);
        try
        {
            foreach (var delete in split.Deletes)
            {
                await LoadAsync(deleted, delete, reserved, cancellationToken).ConfigureAwait(false);
            }

            foreach (var data in split.Data)
            {
                var dead = new List<long>();
                await foreach (var part in files.ReadAsync(StoreKind.Base, data.File, data.DataSequence, data.PositionDeletes, columns.WithKey, cancellationToken).ConfigureAwait(false))
                {
                    using (part.Batch)
                    {
                        AddDead(dead, part, Survivors(part.Batch, data, deleted));
                    }
                }

                if (dead.Count > 0)
                {
                    yield return (data, dead.ToArray());
                }
            }
        }
        finally
        {
            reserved.GrowTo(0);
        }
    }

    private static void AddDead(List<long> dead, StoreFileBatch part, ReadOnlySpan<int> survivors)
    {
        var next = 0;
        foreach (var row in RowNumbers.Of(part.Batch))
        {
            if (next < survivors.Length && survivors[next] == row)
            {
                next++;
            }
            else
            {
                dead.Add(part.FirstRow + row);
            }
        }
    }

    private IAsyncEnumerable<StoreFileBatch> ReadFileAsync(MergeDataFile data, DeletedKeys deleted, CancellationToken cancellationToken) =>
        files.ReadAsync(
            data.IsBase ? StoreKind.Base : StoreKind.Change,
            data.File,
            data.DataSequence,
            data.PositionDeletes,
            deleted.Count == 0 ? columns.Result : data.IsBase ? columns.WithKey : columns.WithKeyAndOffset,
            cancellationToken);

    private async ValueTask LoadAsync(DeletedKeys deleted, DeleteFileReference delete, Reservation reserved, CancellationToken cancellationToken)
    {
        await foreach (var part in files.ReadAsync(StoreKind.Change, delete.File, delete.Transaction, [], columns.KeyAndOffset, cancellationToken).ConfigureAwait(false))
        {
            using (part.Batch)
            {
                Add(deleted, part.Batch, delete.Transaction);
                reserved.GrowTo(deleted.SizeBytes);
            }
        }
    }

    private void Add(DeletedKeys deleted, ChangeBatch batch, long transaction)
    {
        var rows = RowNumbers.Of(batch);
        var keys = new Column[batch.Columns.Count - 1];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = batch.Columns[i];
        }

        _bytes.Encode(keys, rows);
        var offsets = ReadColumns.OffsetsOf(batch.Columns);
        for (var i = 0; i < rows.Length; i++)
        {
            deleted.Add(_bytes[i], new ChangeSequence(transaction, offsets[rows[i]]));
        }
    }

    private ChangeBatch? Finish(StoreFileBatch part, MergeDataFile data, DeletedKeys deleted, long firstRow)
    {
        var batch = part.Batch;
        var survivors = deleted.Count == 0 ? null : Survivors(batch, data, deleted);
        if (part.FirstRow < firstRow)
        {
            var rows = survivors is null ? RowNumbers.Of(batch) : survivors;
            survivors = rows[RowNumbers.CountBelow(rows, (int)(firstRow - part.FirstRow))..].ToArray();
        }

        if ((survivors?.Length ?? batch.RowCount) == 0)
        {
            return null;
        }

        using var result = batch.Project(columns.ResultIndices);
        return survivors is null || survivors.Length == batch.RowCount ? result.Retain() : result.WithSelection(survivors);
    }

    private int[] Survivors(ChangeBatch batch, MergeDataFile data, DeletedKeys deleted)
    {
        var rows = RowNumbers.Of(batch);
        _bytes.Encode(columns.KeyOf(batch.Columns), rows);
        var offsets = data.IsBase ? default : ReadColumns.OffsetsOf(batch.Columns);
        var survivors = new int[rows.Length];
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var sequence = new ChangeSequence(data.Transaction, data.IsBase ? ChangeSequence.BaseOffset : offsets[rows[i]]);
            survivors[count] = rows[i];
            count += deleted.IsDead(_bytes[i], sequence) ? 0 : 1;
        }

        return survivors.AsSpan(0, count).ToArray();
    }
}

/// <summary>The column rows of a batch.</summary>
internal static class RowNumbers
{
    private static readonly int[] Identity = Enumerable.Range(0, 1 << 16).ToArray();

    /// <summary>The selection of a batch, or all rows when it has none.</summary>
    public static ReadOnlySpan<int> Of(ChangeBatch batch) =>
        batch.Selection is { } selection ? selection.Span
        : batch.ColumnLength <= Identity.Length ? Identity.AsSpan(0, batch.ColumnLength)
        : Enumerable.Range(0, batch.ColumnLength).ToArray();

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public static ReadOnlySpan<int> UpTo(int count) => Identity.AsSpan(0, count);

    /// <summary>The number of ascending rows below a bound.</summary>
    public static int CountBelow(ReadOnlySpan<int> rows, int bound)
    {
        var place = rows.BinarySearch(bound);
        return place < 0 ? ~place : place;
    }
}

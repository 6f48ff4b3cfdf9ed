using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Partitioning;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// The changes of one commit without the rows that it removes and adds again alike: added rows are counted, removed ones are taken off those counts, then the added ones that are left come.
/// </summary>
internal sealed class NetChanges(ChangeReader reader, CommitChanges commit, ChangeOrigin origin, long bytesMax)
{
    // What an entry takes beside its bytes: the array's header, the dictionary's slot, the counts.
    private const int EntryOverheadBytes = 64;

    private readonly Dictionary<byte[], Counts>.AlternateLookup<ReadOnlySpan<byte>> _rows = new Dictionary<byte[], Counts>(ByteContent.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
    private readonly EqualityKeys _keys = new();
    private readonly int[] _compared = Enumerable.Range(0, reader.Columns.Count).Where(i => !MetadataColumns.IsOfChanges(reader.Columns[i].Id)).ToArray();
    private long _bytes;

    /// <summary>Reads the changes, removed rows first.</summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ChangedFile[] changed = [.. commit.Changed.Select(c => new ChangedFile(c.Before, c.After))];
        ChangedFile[] adding = [.. commit.Added.Select(t => new ChangedFile(null, t)), .. changed];
        ChangedFile[] removing = [.. commit.Removed.Select(t => new ChangedFile(t, null)), .. changed];
        await foreach (var batch in reader.ReadAsync(adding, origin, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Choose(batch, RowKind.Insert, Count);
            }
        }

        await foreach (var batch in reader.ReadAsync(removing, origin, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                if (Choose(batch, RowKind.Delete, IsRemoved) is { Length: > 0 } rows)
                {
                    yield return batch.WithSelection(rows);
                }
            }
        }

        await foreach (var batch in reader.ReadAsync(adding, origin, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                if (Choose(batch, RowKind.Insert, IsAdded) is { Length: > 0 } rows)
                {
                    yield return batch.WithSelection(rows);
                }
            }
        }
    }

    private bool Count(ReadOnlySpan<byte> row)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, row, out var isKnown);
        counts.Added++;
        _bytes += isKnown ? 0 : row.Length + EntryOverheadBytes;
        return _bytes <= bytesMax ? false : throw new ArcticException(
            ErrorCodes.ResourcesExhausted, $"The rows that snapshot {origin.SnapshotId} added take more than the {bytesMax:N0} bytes of memory that a scan of changes may use.")
        {
            Hint = "Ask for fewer columns, raise the limit, or keep unchanged rows, which needs no memory.",
        };
    }

    private bool IsRemoved(ReadOnlySpan<byte> row)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrNullRef(_rows, row);
        if (Unsafe.IsNullRef(ref counts) || counts.Added == 0)
        {
            return true;
        }

        counts.Added--;
        counts.Carried++;
        return false;
    }

    private bool IsAdded(ReadOnlySpan<byte> row)
    {
        ref var counts = ref CollectionsMarshal.GetValueRefOrNullRef(_rows, row);
        if (counts.Carried == 0)
        {
            return true;
        }

        counts.Carried--;
        return false;
    }

    /// <summary>The rows of a kind that fulfil a condition.</summary>
    private int[] Choose(ChangeBatch batch, RowKind kind, RowTest isChosen)
    {
        _keys.Encode(_compared.Select(i => NestedBytes.Flatten(batch.Columns[i])).ToArray(), batch.ColumnLength);
        var kinds = batch.Kinds.Span;
        var chosen = new List<int>();
        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            if ((kinds.IsEmpty ? RowKind.Insert : kinds[row]) == kind && isChosen(_keys[row]))
            {
                chosen.Add(row);
            }
        }

        return chosen.ToArray();
    }

    private delegate bool RowTest(ReadOnlySpan<byte> row);

    private struct Counts
    {
        /// <summary>Added rows that no removed one has met.</summary>
        public int Added;

        /// <summary>Added rows that a removed one has met and that have not come by again.</summary>
        public int Carried;
    }
}

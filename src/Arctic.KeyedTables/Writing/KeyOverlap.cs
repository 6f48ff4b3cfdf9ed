using Arctic.Columnar.Memory;
using Arctic.KeyedTables.Keys;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Writing;

/// <summary>Tells whether change files of two writers have a key in common: a change of one then contradicts a change of the other, which did not know of it.</summary>
/// <param name="budget">Bounds the keys that are held: those of one partition and bucket.</param>
internal sealed class KeyOverlap(MixedTable table, MemoryBudget budget)
{
    private const int BatchRowsMax = 8192;

    private readonly ReadColumns _columns = new(table.Schema, table.Key, []);
    private readonly EncodedKeys _bytes = new();

    /// <summary>Whether any key of the first files is among those of the others.</summary>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>RESOURCES_EXHAUSTED</c>.</exception>
    public async ValueTask<bool> ExistsAsync(IReadOnlyList<StoreFile> ours, IReadOnlyList<StoreFile> theirs, CancellationToken cancellationToken)
    {
        var reader = new StoreFileReader(table, BatchRowsMax);
        await using var ownedReader = reader.ConfigureAwait(false);
        foreach (var node in ours.GroupBy(f => (f.Partition, f.Bucket)))
        {
            var others = theirs.Where(f => f.Partition == node.Key.Partition && f.Bucket.Overlaps(node.Key.Bucket)).ToList();
            if (others.Count > 0 && await ExistsAsync(reader, node, others, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> ExistsAsync(StoreFileReader reader, IEnumerable<StoreFile> ours, List<StoreFile> theirs, CancellationToken cancellationToken)
    {
        var keys = new KeyTable();
        var reserved = new Reservation(budget);
        try
        {
            foreach (var file in ours)
            {
                await foreach (var part in ReadAsync(reader, file, cancellationToken).ConfigureAwait(false))
                {
                    using (part.Batch)
                    {
                        Add(keys, part);
                        reserved.GrowTo(keys.SizeBytes);
                    }
                }
            }

            foreach (var file in theirs)
            {
                await foreach (var part in ReadAsync(reader, file, cancellationToken).ConfigureAwait(false))
                {
                    using (part.Batch)
                    {
                        if (HasAny(keys, part))
                        {
                            return true;
                        }
                    }
                }
            }

            return false;
        }
        finally
        {
            reserved.GrowTo(0);
        }
    }

    private IAsyncEnumerable<StoreFileBatch> ReadAsync(StoreFileReader reader, StoreFile file, CancellationToken cancellationToken) =>
        reader.ReadAsync(StoreKind.Change, file.File, file.DataSequence, [], _columns.WithKey, cancellationToken);

    private void Add(KeyTable keys, StoreFileBatch part)
    {
        Encode(part);
        for (var i = 0; i < _bytes.Count; i++)
        {
            keys.FindOrAdd(_bytes[i]);
        }
    }

    private bool HasAny(KeyTable keys, StoreFileBatch part)
    {
        Encode(part);
        for (var i = 0; i < _bytes.Count; i++)
        {
            if (keys.Find(_bytes[i]) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private void Encode(StoreFileBatch part) => _bytes.Encode(_columns.KeyOf(part.Batch.Columns), RowNumbers.Of(part.Batch));
}

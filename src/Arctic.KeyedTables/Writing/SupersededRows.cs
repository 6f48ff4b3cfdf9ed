using System.Runtime.CompilerServices;
using Arctic.Columnar.Memory;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Keys;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Writing;

/// <summary>Finds the rows of new base files whose key comes again later: of an upserting table only the last row of a key stays. Reads the keys back, those of one partition and bucket at a time.</summary>
/// <param name="budget">Bounds the keys that are held.</param>
internal sealed class SupersededRows(MixedTable table, MemoryBudget budget)
{
    private const int BatchRowsMax = 8192;
    private const int PlaceBytes = 16;

    private readonly ReadColumns _columns = new(table.Schema, table.Key, []);
    private readonly EncodedKeys _bytes = new();

    /// <summary>The rows that do not stay.</summary>
    /// <param name="files">Of one writer, those of a partition and bucket in the order of their rows.</param>
    /// <returns>Each file that has such rows, with their positions, ascending.</returns>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>RESOURCES_EXHAUSTED</c>.</exception>
    public async IAsyncEnumerable<(DataFile File, long[] Positions)> FindAsync(IReadOnlyList<DataFile> files, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new StoreFileReader(table, BatchRowsMax);
        await using var ownedReader = reader.ConfigureAwait(false);
        foreach (var node in files.GroupBy(f => (f.Partition, StoreFileName.Parse(f.FilePath, StoreKind.Base).Bucket)))
        {
            var ofNode = node.ToList();
            var dead = await FindAsync(reader, ofNode, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < ofNode.Count; i++)
            {
                if (dead[i].Count > 0)
                {
                    dead[i].Sort();
                    yield return (ofNode[i], dead[i].ToArray());
                }
            }
        }
    }

    private async ValueTask<List<long>[]> FindAsync(StoreFileReader reader, List<DataFile> files, CancellationToken cancellationToken)
    {
        var dead = files.Select(_ => new List<long>()).ToArray();
        var keys = new KeyTable();
        var last = new List<(int File, long Row)>();
        var reserved = new Reservation(budget);
        try
        {
            for (var file = 0; file < files.Count; file++)
            {
                await foreach (var part in reader.ReadAsync(StoreKind.Base, files[file], 0, [], _columns.WithKey, cancellationToken).ConfigureAwait(false))
                {
                    using (part.Batch)
                    {
                        Note(part, file, keys, last, dead);
                        reserved.GrowTo(keys.SizeBytes + (long)PlaceBytes * last.Capacity);
                    }
                }
            }
        }
        finally
        {
            reserved.GrowTo(0);
        }

        return dead;
    }

    private void Note(StoreFileBatch part, int file, KeyTable keys, List<(int File, long Row)> last, List<long>[] dead)
    {
        var rows = RowNumbers.Of(part.Batch);
        _bytes.Encode(_columns.KeyOf(part.Batch.Columns), rows);
        for (var i = 0; i < rows.Length; i++)
        {
            var place = (file, part.FirstRow + rows[i]);
            var key = keys.FindOrAdd(_bytes[i]);
            if (key == last.Count)
            {
                last.Add(place);
                continue;
            }

            dead[last[key].File].Add(last[key].Row);
            last[key] = place;
        }
    }
}

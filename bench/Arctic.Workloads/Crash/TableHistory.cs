using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.ObjectStores;

namespace Arctic.Workloads.Crash;

/// <summary>The table of a crash test at every pair of snapshots that its stores ever had, read with the merge-on-read scan itself.</summary>
internal sealed class TableHistory
{
    private const int BatchRowsMax = 16384;

    private readonly MixedTable _table;
    private readonly MemoryBudget _budget = new("reads of the crash test", 2L << 30);

    private TableHistory(MixedTable table) => _table = table;

    /// <summary>The commits of the sink.</summary>
    public int ChangeSnapshotCount => _table.ChangeStore!.Metadata.Snapshots.Count;

    /// <summary>The commits of self-optimizing.</summary>
    public int BaseSnapshotCount => _table.BaseStore.Metadata.Snapshots.Count;

    /// <summary>The properties of the change store: the marks of its sinks among them.</summary>
    public IReadOnlyDictionary<string, string> ChangeProperties => _table.ChangeStore!.Metadata.Properties;

    /// <summary>Loads the table as it is now.</summary>
    public static async Task<TableHistory> OpenAsync(CrashSite site, CancellationToken cancellationToken)
    {
        var store = ObjectStoreRouter.CreateDefault(TimeProvider.System);
        var iceberg = new FileSystemCatalog("lake", ObjectLocation.Normalize(site.Warehouse), store, new CommitEnvironment(TimeProvider.System, new Random(1)));
        return new TableHistory(await new MixedTableCatalog(iceberg, TimeProvider.System).LoadTableAsync("db", "t", cancellationToken));
    }

    /// <summary>The merged rows now, by id.</summary>
    public async Task<List<CrashRow>> ReadRowsAsync(CancellationToken cancellationToken)
    {
        var pinned = await PinnedTable.TryPinAsync(_table, cancellationToken) ?? throw new InvalidOperationException("The base store is ahead of the change store.");
        var rows = new List<CrashRow>();
        await foreach (var batch in ReadAsync(pinned, cancellationToken))
        {
            var (ids, seqs, names) = ((FixedColumn<long>)batch.Columns[0].ToDense(), (FixedColumn<long>)batch.Columns[1].ToDense(), (BytesColumn)batch.Columns[2].ToDense());
            foreach (var row in RowNumbers.Of(batch))
            {
                rows.Add(new CrashRow(ids.Values[row], seqs.Values[row], Encoding.UTF8.GetString(names[row])));
            }
        }

        rows.Sort((a, b) => (a.Id, a.Seq).CompareTo((b.Id, b.Seq)));
        return rows;
    }

    /// <summary>Reads every pair of a change and a base snapshot, the empty base store included, in which the base store is not ahead.</summary>
    /// <returns>The number of pairs, and what is wrong: keys with more than one live row, and pairs that differ from the one with the same changes and an empty base store.</returns>
    public async Task<(int Pairs, IReadOnlyList<string> Violations)> CheckEveryPairAsync(CancellationToken cancellationToken)
    {
        var (pairs, violations) = (0, new List<string>());
        foreach (var change in _table.ChangeStore!.Metadata.Snapshots)
        {
            UInt128? expected = null;
            foreach (var folded in _table.BaseStore.Metadata.Snapshots.Select(s => (Snapshot?)s).Prepend(null))
            {
                var table = new MixedTable(At(_table.BaseStore, folded), At(_table.ChangeStore, change));
                if (await PinnedTable.TryPinAsync(table, cancellationToken) is not { } pinned)
                {
                    continue;
                }

                var where = $"change snapshot {change.SequenceNumber}, base snapshot {folded?.SequenceNumber ?? 0}";
                var (hash, repeated) = await DigestAsync(pinned, cancellationToken);
                violations.AddRange(repeated.Select(key => $"{where}: key {key} has more than one live row"));
                expected ??= hash;
                if (hash != expected)
                {
                    violations.Add($"{where}: the rows are not those of the change store alone");
                }

                pairs++;
            }
        }

        return (pairs, violations);
    }

    /// <summary>How often each line of the feed is in the change store as a new image; index 0 is unused.</summary>
    public async Task<byte[]> CountImagesAsync(int lines, CancellationToken cancellationToken)
    {
        var counts = new byte[lines + 1];
        await using var reader = new StoreFileReader(_table, BatchRowsMax);
        IReadOnlyList<NestedField> columns = [_table.Schema.Fields[1]];
        foreach (var file in await StoreFiles.ReadAsync(_table.ChangeStore!, StoreKind.Change, ScanPredicate.True.Instance, cancellationToken))
        {
            if (file.Type != StoreFileType.Insert)
            {
                continue;
            }

            await foreach (var part in reader.ReadAsync(StoreKind.Change, file.File, file.DataSequence, [], columns, cancellationToken))
            {
                using var batch = part.Batch;
                var seqs = ((FixedColumn<long>)batch.Columns[0].ToDense()).Values;
                foreach (var row in RowNumbers.Of(batch))
                {
                    counts[seqs[row]]++;
                }
            }
        }

        return counts;
    }

    // Equal sets of rows have equal sums of hashes, in whatever order they come.
    private async Task<(UInt128 Hash, IReadOnlyList<long> Repeated)> DigestAsync(PinnedTable pinned, CancellationToken cancellationToken)
    {
        var (keys, repeated, hash) = (new HashSet<long>(), new List<long>(), UInt128.Zero);
        var cells = new long[2];
        await foreach (var batch in ReadAsync(pinned, cancellationToken))
        {
            var (ids, seqs) = ((FixedColumn<long>)batch.Columns[0].ToDense(), (FixedColumn<long>)batch.Columns[1].ToDense());
            foreach (var row in RowNumbers.Of(batch))
            {
                (cells[0], cells[1]) = (ids.Values[row], seqs.Values[row]);
                hash += XxHash128.HashToUInt128(MemoryMarshal.AsBytes(cells.AsSpan()));
                if (!keys.Add(cells[0]))
                {
                    repeated.Add(cells[0]);
                }
            }
        }

        return (hash, repeated);
    }

    // The consumer sees each batch until it asks for the next.
    private async IAsyncEnumerable<ChangeBatch> ReadAsync(PinnedTable pinned, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scan = await MergeOnReadScan.PlanAsync(pinned, [0, 1, 2], null, cancellationToken);
        await foreach (var batch in scan.ReadAsync(_budget, BatchRowsMax, cancellationToken))
        {
            using (batch)
            {
                yield return batch;
            }
        }
    }

    private static IcebergTable At(IcebergTable store, Snapshot? snapshot) =>
        new(store.Identifier, store.Metadata with { CurrentSnapshotId = snapshot?.SnapshotId }, store.MetadataLocation, store.Store, null);
}

using System.Globalization;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg;

/// <summary>
/// A table that random operations change, beside the plainest model of it: a list of rows, and the lists of all earlier snapshots. In format version 3 each
/// row must keep the id that it was first seen with.
/// </summary>
internal sealed class RandomTable
{
    public static readonly Schema Columns = new(
        0,
        [
            new NestedField(1, "uid", IcebergTypes.Long, true), new NestedField(2, "id", IcebergTypes.Int, false), new NestedField(3, "name", IcebergTypes.String, false),
            new NestedField(4, "day", IcebergTypes.Date, false), new NestedField(5, "amount", IcebergTypes.Double, false),
        ]);

    private readonly Dictionary<long, (long Id, long Changed)> _lineage = [];
    private readonly Dictionary<long, List<string>> _history = [];
    private readonly string _folder;
    private int _files;
    private long _uid;

    private RandomTable(int seed, IObjectStore store, FakeTimeProvider time, string folder)
    {
        (Random, Store, Time, _folder) = (new Random(seed), store, time, folder);
        Environment = new CommitEnvironment(time, new Random(seed + 1));
        Catalog = new FileSystemCatalog("test", "memory:///w", store, Environment);
    }

    public Random Random { get; }

    public IObjectStore Store { get; }

    public FakeTimeProvider Time { get; }

    public CommitEnvironment Environment { get; }

    public FileSystemCatalog Catalog { get; }

    public IcebergTable Table { get; set; } = null!;

    /// <summary>What the table has now.</summary>
    public List<object?[]> Rows { get; private set; } = [];

    public static TableIdentifier Name { get; } = TableIdentifier.Parse("db.t");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RandomTable> CreateAsync(int seed, int formatVersion, PartitionSpec? spec = null, IObjectStore? store = null, params (string Key, string Value)[] properties)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var result = new RandomTable(seed, store ?? new MemoryObjectStore(time), time, "memory:///w/db/t/data");
        await result.Catalog.CreateNamespaceAsync(Name.Namespace, new Dictionary<string, string>(), Token);
        var creation = new TableCreation
        {
            Schema = Columns,
            PartitionSpec = spec ?? PartitionSpec.Unpartitioned,
            Properties = properties.Append(("format-version", formatVersion.ToString(CultureInfo.InvariantCulture))).Append(("commit.retry.min-wait-ms", "0")).ToDictionary(p => p.Item1, p => p.Item2),
        };
        result.Table = await result.Catalog.CreateTableAsync(Name, creation, Token);
        return result;
    }

    /// <summary>No partitions, plain ones, several fields, or transforms that do not keep values apart.</summary>
    public static PartitionSpec RandomSpec(Random random) => random.Next(5) switch
    {
        0 => PartitionSpec.Unpartitioned,
        1 => new PartitionSpec(0, [new PartitionField(4, 1000, "day", new Transform.Identity())]),
        2 => new PartitionSpec(0, [new PartitionField(3, 1000, "name", new Transform.Identity())]),
        3 => new PartitionSpec(0, [new PartitionField(2, 1000, "id_bucket", new Transform.Bucket(3)), new PartitionField(4, 1001, "month", new Transform.Month())]),
        _ => new PartitionSpec(0, [new PartitionField(2, 1000, "id_trunc", new Transform.Truncate(10))]),
    };

    public object?[] RandomRow() =>
    [
        ++_uid, Random.Next(10) == 0 ? null : Random.Next(40), Random.Next(8) == 0 ? null : $"{(char)('a' + Random.Next(4))}", Random.Next(12) == 0 ? null : Random.Next(-3, 3) * 20,
        Random.Next(9) switch { 0 => null, 1 => double.NaN, _ => (double)Random.Next(-20, 20) },
    ];

    public List<object?[]> RandomRows(int max = 120) => Enumerable.Range(0, Random.Next(1, max)).Select(_ => RandomRow()).ToList();

    public Task AppendAsync() => AppendAsync(RandomRows());

    public async Task AppendAsync(List<object?[]> rows)
    {
        var files = await WriteAsync(rows);
        var transaction = Table.NewTransaction();
        transaction.Append().Add(files);
        Table = await transaction.CommitAsync(Token);
        Rows = [.. Rows, .. rows];
        Remember();
    }

    /// <summary>Deletes by a random filter and checks that exactly its rows are gone.</summary>
    public async Task<RowDeletionResult> DeleteAsync(RowChangeMode mode, RowTest? test = null)
    {
        test ??= RowTest.Next(Random, 2);
        var result = await new RowDeleter(Table, new RowDeletion { Filter = test.Filter, Schema = Columns, Mode = mode }).CommitAsync(Token);
        Table = result.Table;
        Rows = Rows.Where(r => test.Holds(r) != true).ToList();
        Remember();
        return result;
    }

    /// <summary>Deletes rows by value: globally where the table has no partitions, else within one.</summary>
    public async Task EqualityDeleteAsync()
    {
        if (Rows.Count == 0 || Table.Metadata.FormatVersion == 1)
        {
            return;
        }

        var row = Rows[Random.Next(Rows.Count)];
        var spec = Table.Metadata.DefaultSpec;
        var partition = (await WriteAsync([row]))[0].Partition;
        var fields = Random.Next(2) == 0 ? new[] { 0, 1 } : [1, 3];
        fields = fields.Concat(spec.Fields.Select(f => f.SourceId - 1)).Distinct().Order().ToArray();
        await using var writer = EqualityDeleteWriter.Create(Store, Table.Metadata, fields.Select(f => f + 1).ToArray(), spec, partition, NextLocation);
        using var batch = TestRows.Batch(new Schema(0, fields.Select(f => Columns.Fields[f])).ToRowSchema(), [fields.Select(f => row[f]).ToArray()]);
        await writer.WriteAsync(batch, Token);
        var transaction = Table.NewTransaction();
        transaction.RowDelta().AddDeletes((await writer.CompleteAsync(Token))[0]);
        Table = await transaction.CommitAsync(Token);
        Rows = Rows.Where(r => fields.Any(f => !Equals(r[f], row[f]))).ToList();
        Remember();
    }

    /// <summary>Deletes rows by one position delete file for several data files, as other engines write them.</summary>
    public async Task DeletePositionsAsync(params (DataFile File, long Position)[] rows)
    {
        foreach (var (file, position) in rows)
        {
            var uid = (long)(await RowsOfAsync(file))[(int)position][0]!;
            Rows = Rows.Where(r => (long)r[0]! != uid).ToList();
        }

        var request = new DataFileRequest
        {
            Schema = PositionDeleteWriter.Schema,
            Spec = Table.Metadata.FindSpec(rows[0].File.SpecId)!,
            Partition = rows[0].File.Partition,
            NextLocation = NextLocation,
            Content = FileContent.PositionDeletes,
            SortOrderId = null,
        };
        await using var writer = new DataFileWriter(Store, request);
        using var batch = TestRows.Batch(PositionDeleteWriter.Schema.ToRowSchema(), rows.OrderBy(r => r.File.FilePath, StringComparer.Ordinal).Select(r => new object?[] { r.File.FilePath, r.Position }).ToList());
        await writer.WriteAsync(batch, Token);
        var transaction = Table.NewTransaction();
        transaction.RowDelta().AddDeletes((await writer.CompleteAsync(Token))[0]);
        Table = await transaction.CommitAsync(Token);
        Remember();
    }

    /// <summary>Takes over what an operation made of the table; its rows must be the same.</summary>
    public void Keep(IcebergTable table)
    {
        Table = table;
        Remember();
    }

    /// <summary>Writes rows without committing their files.</summary>
    public async Task<IReadOnlyList<DataFile>> WriteAsync(List<object?[]> rows)
    {
        var request = new DataFileRequest
        {
            Schema = Table.Metadata.CurrentSchema,
            Spec = Table.Metadata.DefaultSpec,
            NextLocation = () => throw new NotSupportedException(),
            Options = DataWriteOptions.Default with { Parquet = ParquetWriterOptions.Default with { RowGroupRowsMax = 40 } },
        };
        await using var writer = new PartitionedWriter(Store, request, _ => NextLocation());
        using var batch = TestRows.Batch(Columns.ToRowSchema(), rows);
        await writer.WriteAsync(batch, Token);
        return await writer.CompleteAsync(Token);
    }

    /// <summary>The table, loaded anew, has the model's rows, and each kept snapshot those that it had.</summary>
    public async Task CheckAsync()
    {
        var loaded = await Catalog.LoadTableAsync(Name, Token);
        Assert.Equal(Sorted(Rows), Sorted(await TestRows.ReadAsync(new TableScan(Store, loaded.Metadata).ReadAsync(Token))));
        Assert.Equal(loaded.Metadata.CurrentSnapshot is null ? 0 : 1, loaded.Metadata.Refs.Count(r => r.Key == "main"));
        await CheckLineageAsync(loaded);
    }

    /// <summary>Each kept snapshot has the rows that it had when it was made.</summary>
    public async Task CheckHistoryAsync()
    {
        var loaded = await Catalog.LoadTableAsync(Name, Token);
        foreach (var snapshot in loaded.Metadata.Snapshots)
        {
            Assert.Equal(_history[snapshot.SnapshotId], Sorted(await TestRows.ReadAsync(new TableScan(Store, loaded.Metadata).AtSnapshot(snapshot.SnapshotId).ReadAsync(Token))));
        }
    }

    /// <summary>Every file that metadata, snapshots and manifests lead to, found the plain way.</summary>
    public async Task<List<string>> ReachableAsync()
    {
        var metadata = Table.Metadata;
        var result = new HashSet<string>();
        foreach (var snapshot in metadata.Snapshots)
        {
            result.Add(snapshot.ManifestList!);
            foreach (var manifest in await Table.ReadManifestsAsync(snapshot, Token))
            {
                result.Add(manifest.Path);
                await foreach (var entry in Table.ReadEntriesAsync(manifest, new() { LiveOnly = true }, Token))
                {
                    result.Add(entry.File.FilePath);
                }
            }
        }

        return result.Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>Whether the catalog itself looks after a file: versions of the metadata and the hint to them.</summary>
    public static bool IsOfCatalog(string location) => location.EndsWith(".metadata.json", StringComparison.Ordinal) || location.EndsWith("version-hint.text", StringComparison.Ordinal);

    public async Task<List<string>> ObjectsAsync()
    {
        var result = new List<string>();
        await foreach (var info in Store.ListAsync("memory:///w/db/t", Token))
        {
            result.Add(info.Location);
        }

        return result.Order(StringComparer.Ordinal).ToList();
    }

    /// <summary>All rows of a data file, deleted ones included.</summary>
    public async Task<List<object?[]>> RowsOfAsync(DataFile file)
    {
        await using var reader = new TableScan(Store, Table.Metadata).CreateReader();
        return await TestRows.ReadAsync(reader.ReadAsync(new FileScanTask(file, 0, Table.Metadata.FindSpec(file.SpecId)!, []), Token));
    }

    public string NextLocation() => $"{_folder}/{++_files:00000}.parquet";

    public static List<string> Sorted(IEnumerable<object?[]> rows) => rows.Select(TestRows.Text).Order(StringComparer.Ordinal).ToList();

    private void Remember()
    {
        Time.Advance(TimeSpan.FromMinutes(10));
        if (Table.Metadata.CurrentSnapshotId is null)
        {
            return;
        }

        // One operation may make several snapshots, which then have the same rows.
        var rows = Sorted(Rows);
        foreach (var snapshot in Table.Metadata.Snapshots)
        {
            _history.TryAdd(snapshot.SnapshotId, rows);
        }
    }

    private async Task CheckLineageAsync(IcebergTable loaded)
    {
        // Rows of older versions get their ids with the first commit in version 3.
        if (loaded.Metadata.CurrentSnapshot?.FirstRowId is null)
        {
            return;
        }

        var scan = new TableScan(Store, loaded.Metadata).Select([Columns.Fields[0], MetadataColumns.RowId, MetadataColumns.LastUpdatedSequenceNumber]);
        var seen = new HashSet<long>();
        foreach (var row in await TestRows.ReadAsync(scan.ReadAsync(Token)))
        {
            var (uid, lineage) = ((long)row[0]!, ((long)row[1]!, (long)row[2]!));
            Assert.True(seen.Add(lineage.Item1), $"two rows have the id {lineage.Item1}");
            Assert.InRange(lineage.Item1, 0, loaded.Metadata.NextRowId - 1);
            _lineage.TryAdd(uid, lineage);
            Assert.Equal(_lineage[uid], lineage);
        }
    }
}

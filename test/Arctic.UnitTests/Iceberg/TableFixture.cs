using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg;

/// <summary>Tables in memory with files that exist only in manifests: what the control side needs for its tests.</summary>
internal sealed class TableFixture
{
    public static readonly Schema Columns = new(
        0,
        [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "name", IcebergTypes.String, false), new NestedField(3, "day", IcebergTypes.Date, false)]);

    public static readonly PartitionSpec ByDay = new(0, [new PartitionField(3, 1000, "day", new Transform.Identity())]);

    public static readonly TableIdentifier Orders = TableIdentifier.Parse("shop.orders");

    public TableFixture(IObjectStore? store = null)
    {
        Store = store ?? new MemoryObjectStore(TimeProvider.System);
        Environment = new CommitEnvironment(TimeProvider.System, new Random(42));
        Catalog = new FileSystemCatalog("test", "memory:///warehouse", Store, Environment);
    }

    public IObjectStore Store { get; }

    public CommitEnvironment Environment { get; }

    public FileSystemCatalog Catalog { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task<IcebergTable> CreateAsync(PartitionSpec? spec = null, params (string Key, string Value)[] properties)
    {
        await Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var creation = new TableCreation { Schema = Columns, PartitionSpec = spec ?? PartitionSpec.Unpartitioned, Properties = properties.ToDictionary(p => p.Key, p => p.Value) };
        return await Catalog.CreateTableAsync(Orders, creation, Token);
    }

    public static DataFile File(string name, long rows = 10, int? day = null) => new()
    {
        FilePath = "memory:///warehouse/shop/orders/data/" + name,
        Format = FileFormat.Parquet,
        SpecId = 0,
        Partition = day is null ? PartitionTuple.Empty : new PartitionTuple(day),
        RecordCount = rows,
        FileSizeBytes = rows * 100,
        ColumnSizes = new FieldIdMap<long>([1, 2], [rows * 8, rows * 20]),
        ValueCounts = new FieldIdMap<long>([1, 2], [rows, rows]),
        NullValueCounts = new FieldIdMap<long>([1, 2], [0, 1]),
        LowerBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [BoundCodec.Encode(IcebergTypes.Long, 1L)]),
        UpperBounds = new FieldIdMap<ReadOnlyMemory<byte>>([1], [BoundCodec.Encode(IcebergTypes.Long, rows)]),
        SplitOffsets = [4],
        SortOrderId = 0,
    };

    public static DataFile PositionDeletes(string name, string? dataFile = null, long rows = 1, int? day = null) => File(name, rows, day) with
    {
        Content = FileContent.PositionDeletes,
        ReferencedDataFile = dataFile,
        SortOrderId = null,
    };

    public static DataFile EqualityDeletes(string name, long rows = 1, int? day = null) => File(name, rows, day) with { Content = FileContent.EqualityDeletes, EqualityIds = [1] };

    public static DataFile Vector(string puffin, string dataFile, long offset = 4, long rows = 1) => new()
    {
        Content = FileContent.PositionDeletes,
        FilePath = "memory:///warehouse/shop/orders/data/" + puffin,
        Format = FileFormat.Puffin,
        SpecId = 0,
        RecordCount = rows,
        FileSizeBytes = 1000,
        ReferencedDataFile = dataFile,
        ContentOffset = offset,
        ContentSizeBytes = 40,
    };

    /// <summary>The live entries of the current snapshot.</summary>
    public static async Task<List<ManifestEntry>> EntriesAsync(IcebergTable table, string branch = SnapshotRef.MainBranch)
    {
        var entries = new List<ManifestEntry>();
        if (table.Metadata.FindSnapshot(branch) is { } snapshot)
        {
            foreach (var manifest in await table.ReadManifestsAsync(snapshot, Token))
            {
                await foreach (var entry in table.ReadEntriesAsync(manifest, new ManifestReadOptions { LiveOnly = true }, Token))
                {
                    entries.Add(entry);
                }
            }
        }

        return entries;
    }

    public static IEnumerable<string> NamesOf(IEnumerable<ManifestEntry> entries) => entries.Select(e => e.File.FilePath.Split('/')[^1]).Order(StringComparer.Ordinal);
}

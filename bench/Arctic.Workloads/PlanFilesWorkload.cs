using System.Globalization;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Workloads;

/// <summary>
/// <c>plan-files</c>: planning of a table of 1 000, 10 000 and 100 000 data files (files that only manifests know), 100 a manifest, from loading the table to the last task: nothing is kept from
/// run to run but the process. <c>all</c> takes every file, <c>one-manifest</c> filters on the partition that one manifest holds, <c>bounds</c> on a column whose bounds each file must be asked for.
/// </summary>
internal static class PlanFilesWorkload
{
    private const int FilesPerManifest = 100;
    private const int CommitsPerTransaction = 100;
    private const int RowsPerFile = 10_000;

    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "qty", IcebergTypes.Int, false),
        new NestedField(3, "price", new IcebergType.Decimal(12, 2), false),
        new NestedField(4, "mode", IcebergTypes.String, false),
        new NestedField(5, "comment", IcebergTypes.String, false),
        new NestedField(6, "day", IcebergTypes.Date, false),
        new NestedField(7, "ts", IcebergTypes.Timestamp, false),
    ]);

    private static readonly PartitionSpec ByDay = new(0, [new PartitionField(6, 1000, "day", new Transform.Identity())]);

    public static async Task RunAsync(WorkloadOptions options)
    {
        var folder = options.FreshFolder("plan-files");
        var most = options.Rows ?? 100_000;
        for (var files = Math.Max(FilesPerManifest, most / 100); files <= most; files *= 10)
        {
            var name = $"t{files}";
            await CreateAsync(folder, name, (int)(files / FilesPerManifest));
            var manifests = files / FilesPerManifest;
            await ReportAsync(folder, name, "all", files, options, null, new ScanSize(manifests, files));
            await ReportAsync(folder, name, "one-manifest", files, options, Equal(5, new Expression.Literal(DayOf(manifests / 2), DataTypes.Date.AsNotNull())), new ScanSize(1, FilesPerManifest));
            await ReportAsync(folder, name, "bounds", files, options, Equal(0, new Expression.Literal((files / 2 * RowsPerFile) + 7, DataTypes.BigInt.AsNotNull())), new ScanSize(manifests, 1));
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task ReportAsync(string folder, string table, string variant, long files, WorkloadOptions options, Expression? filter, ScanSize expected)
    {
        await Measurement.ReportAsync("plan-files", $"{variant}-{files}", files, options.Runs, async () =>
        {
            var loaded = await Catalog(folder).LoadTableAsync(Identifier(table), default);
            var scan = new TableScan(loaded.Store, loaded.Metadata);
            var plan = await (filter is null ? scan : scan.Where(filter)).PlanAsync(default);
            var found = new ScanSize(plan.ManifestsRead, plan.Tasks.Count);
            return found == expected ? found.ToString() : throw new InvalidOperationException($"Planning gave {found} instead of {expected}.");
        });
    }

    private static async Task CreateAsync(string folder, string name, int manifests)
    {
        var catalog = Catalog(folder);
        var identifier = Identifier(name);
        if (await catalog.FindNamespaceAsync(identifier.Namespace, default) is null)
        {
            await catalog.CreateNamespaceAsync(identifier.Namespace, new Dictionary<string, string>(), default);
        }

        var table = await catalog.CreateTableAsync(identifier, new TableCreation { Schema = Columns, PartitionSpec = ByDay }, default);
        for (var first = 0; first < manifests; first += CommitsPerTransaction)
        {
            var transaction = table.NewTransaction();
            for (var manifest = first; manifest < Math.Min(manifests, first + CommitsPerTransaction); manifest++)
            {
                transaction.FastAppend().Add(Enumerable.Range(manifest * FilesPerManifest, FilesPerManifest).Select(i => FileOf(table.Metadata.Location, i, DayOf(manifest))));
            }

            table = await transaction.CommitAsync(default);
        }
    }

    private static DataFile FileOf(string location, int index, int day)
    {
        var random = new Random(index);
        var first = (long)index * RowsPerFile;
        var last = first + RowsPerFile - 1;
        int[] ids = [1, 2, 3, 4, 5, 6, 7];
        return new DataFile
        {
            FilePath = string.Create(CultureInfo.InvariantCulture, $"{location}/data/day={day}/{random.NextInt64():x16}-{index:00000}.parquet"),
            Format = FileFormat.Parquet,
            SpecId = 0,
            Partition = new PartitionTuple(day),
            RecordCount = RowsPerFile,
            FileSizeBytes = 300_000 + random.Next(50_000),
            ColumnSizes = new FieldIdMap<long>([.. ids], [.. ids.Select(_ => (long)random.Next(10_000, 90_000))]),
            ValueCounts = new FieldIdMap<long>([.. ids], [.. ids.Select(_ => (long)RowsPerFile)]),
            NullValueCounts = new FieldIdMap<long>([.. ids], new long[ids.Length]),
            LowerBounds = BoundsOf([.. ids], [first, random.Next(5), (Int128)random.Next(1000), "AIR", $"a{random.Next(100_000)}", day, first * 1000]),
            UpperBounds = BoundsOf([.. ids], [last, 50 - random.Next(5), (Int128)(10_000_000 - random.Next(1000)), "TRUCK", $"z{random.Next(100_000)}", day, last * 1000]),
            SplitOffsets = [4],
            SortOrderId = 0,
        };
    }

    private static FieldIdMap<ReadOnlyMemory<byte>> BoundsOf(int[] ids, object[] values) =>
        new(ids, [.. values.Select((v, i) => new ReadOnlyMemory<byte>(BoundCodec.Encode(Columns.Fields[i].Type, v)))]);

    private static Expression Equal(int column, Expression.Literal value) =>
        ScalarFunctions.Equals.Bind([new Expression.ColumnReference(column, Columns.Fields[column].Name, TypeMapping.ToField(Columns.Fields[column]).Type), value]);

    private static int DayOf(long manifest) => 8000 + (int)manifest;

    private static TableIdentifier Identifier(string table) => TableIdentifier.Parse("bench." + table);

    private static FileSystemCatalog Catalog(string folder) => new("bench", folder, new LocalObjectStore(), new CommitEnvironment(TimeProvider.System, new Random(1)));

    private sealed record ScanSize(long ManifestsRead, long Files);
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Arctic.UnitTests.Storage.ObjectStores;

namespace Arctic.Workloads;

/// <summary>
/// <c>scan</c> and <c>filtered-scan</c>: a table of eight files of line items, clustered by id, read to batches by one reader and by two; beside DuckDB's <c>read_parquet</c> over the same files at as many threads. Before the
/// clock runs, both must give the same sums of all columns; afterwards the bytes are counted that our reader asks a store without local paths for.
/// </summary>
internal static class ScanWorkloads
{
    private const int Files = 8;

    // As DuckDB writes them.
    private const int SmallRowGroupRows = 122_880;

    private static readonly Schema Columns = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "qty", IcebergTypes.Int, false),
        new NestedField(3, "price", new IcebergType.Decimal(12, 2), false),
        new NestedField(4, "shipmode", IcebergTypes.String, false),
        new NestedField(5, "comment", IcebergTypes.String, false),
        new NestedField(6, "shipdate", IcebergTypes.Date, false),
        new NestedField(7, "ts", IcebergTypes.Timestamp, false),
    ]);

    public static async Task RunScanAsync(WorkloadOptions options)
    {
        var table = await CreateAsync("scan", options, ParquetWriterOptions.Default);
        await ReportAsync("scan", "all-columns", table, Columns.Fields, null, "", options);
        await ReportAsync("scan", "2-columns", table, [Columns.Fields[0], Columns.Fields[2]], null, "", options);
    }

    public static async Task RunFilteredAsync(WorkloadOptions options)
    {
        var table = await CreateAsync("filtered-scan", options, ParquetWriterOptions.Default with { RowGroupRowsMax = SmallRowGroupRows });
        await ReportClusteredAsync("", table, options);

        var scattered = Compare(ScalarFunctions.Equals, 5, 9000);
        await ReportAsync("filtered-scan", "not-clustered", table, Columns.Fields, scattered, "WHERE shipdate = DATE '1970-01-01' + 9000", options);
        await ReportClusteredAsync("large-row-groups-", await CreateAsync("filtered-scan", options, ParquetWriterOptions.Default), options);
    }

    private static async Task ReportClusteredAsync(string prefix, ScannedTable table, WorkloadOptions options)
    {
        foreach (var share in (int[])[10, 100])
        {
            var (from, to) = (table.Rows * 3 / 10, (table.Rows * 3 / 10) + (table.Rows / share));
            var filter = ScalarFunctions.And.Bind([Compare(ScalarFunctions.GreaterThanOrEqual, 0, from), Compare(ScalarFunctions.LessThan, 0, to)]);
            await ReportAsync("filtered-scan", $"{prefix}clustered-{100 / share}-percent", table, Columns.Fields, filter, $"WHERE id >= {from} AND id < {to}", options);
        }
    }

    private static async Task ReportAsync(string workload, string variant, ScannedTable table, IReadOnlyList<NestedField> columns, Expression? filter, string where, WorkloadOptions options)
    {
        TableScan Scan(IObjectStore store, int readers)
        {
            var scan = new TableScan(store, table.Table.Metadata) { ReadersMax = readers, Order = ScanOrder.Any }.Select(columns);
            return filter is null ? scan : scan.Where(filter);
        }

        var select = "SELECT " + string.Join(", ", columns.Select(c => c.Name));
        foreach (var threads in (int[])[1, 2])
        {
            using var duck = new DuckParquet(threads, table.Paths);
            var sums = await SumsAsync(Scan(table.Table.Store, threads));
            var expected = duck.Numbers("SELECT " + string.Join(", ", columns.Select(SumOf).Prepend("count(*)")), where, sums.Length);
            if (!sums.SequenceEqual(expected))
            {
                throw new InvalidOperationException($"Count and sums are {string.Join(", ", sums)}; DuckDB says {string.Join(", ", expected)}.");
            }

            await Measurement.ReportAsync(
                workload, $"{variant}-{threads}-threads", sums[0], options.Runs, () => CountAsync(Scan(table.Table.Store, threads), sums[0]), "DuckDB", () => Task.FromResult(duck.CountRows(select, where, columns.Count)), byCpu: threads == 1);
        }

        await ReportBytesAsync(workload, variant, table, Scan, columns, filter);
    }

    // What is asked of a store that is not the local file system, beside the chosen columns' chunks of the row groups whose ids the filter leaves.
    private static async Task ReportBytesAsync(string workload, string variant, ScannedTable table, Func<IObjectStore, int, TableScan> scanOf, IReadOnlyList<NestedField> columns, Expression? filter)
    {
        var counting = new CountingObjectStore(table.Table.Store);
        var scan = scanOf(counting, 2);
        var planned = (await scan.PlanAsync(default)).Tasks;
        var predicate = new PredicateBuilder(Columns).Build(filter);
        long chunks = 0, footers = 0;
        foreach (var task in planned)
        {
            await using var reader = await table.Table.Store.OpenReadAsync(task.File.FilePath, default);
            var source = await ParquetSource.OpenAsync(reader, task.File.FilePath, default);
            var footer = source.Footer;
            footers += Math.Min(reader.Size, 64 * 1024);
            var parts = await new RowGroupPruner(source, ParquetFileFields.Of(footer.Root), predicate, Columns).PruneAsync([.. Enumerable.Range(0, footer.RowGroups.Count)], default);
            chunks += parts.Select(p => footer.RowGroups[p.RowGroup]).Sum(g => footer.Leaves.Zip(g.Columns).Where(c => columns.Any(w => w.Id == c.First.FieldId)).Sum(c => c.Second.CompressedSize));
        }

        counting.Reset();
        await using var files = scan.CreateReader();
        await foreach (var batch in files.ReadAsync(planned, default))
        {
            batch.Dispose();
        }

        Measurement.Print(new Dictionary<string, object?>
        {
            ["workload"] = workload,
            ["variant"] = variant + "-bytes",
            ["files"] = planned.Count,
            ["requests"] = counting.Reads,
            ["bytes_requested"] = counting.BytesRead,
            ["chunk_bytes"] = chunks,
            ["footer_bytes"] = footers,
            ["ratio"] = Measurement.Round((double)counting.BytesRead / (chunks + footers)),
        });
    }

    private static async Task<string?> CountAsync(TableScan scan, long expected)
    {
        long rows = 0;
        await foreach (var batch in scan.ReadAsync(default))
        {
            rows += batch.RowCount;
            batch.Dispose();
        }

        return rows == expected ? $"{rows} rows" : throw new InvalidOperationException($"{rows} rows instead of {expected}.");
    }

    private static string SumOf(NestedField column) => column.Type switch
    {
        IcebergType.String => $"CAST(sum(strlen({column.Name})) AS BIGINT)",
        IcebergType.Date => $"CAST(sum({column.Name} - DATE '1970-01-01') AS BIGINT)",
        IcebergType.Timestamp => $"CAST(sum(epoch_us({column.Name}) % 1000000007) AS BIGINT)",
        IcebergType.Decimal => $"CAST(sum({column.Name} * 100) AS BIGINT)",
        _ => $"CAST(sum({column.Name}) AS BIGINT)",
    };

    private static async Task<long[]> SumsAsync(TableScan scan)
    {
        var sums = new long[1 + scan.Columns.Count];
        await foreach (var batch in scan.ReadAsync(default))
        {
            using (batch)
            {
                using var compact = batch.Compact();
                sums[0] += compact.RowCount;
                for (var i = 0; i < compact.Columns.Count; i++)
                {
                    sums[i + 1] += SumOf(compact.Columns[i].ToDense());
                }
            }
        }

        return sums;
    }

    private static long SumOf(Column column)
    {
        long sum = 0;
        switch (column)
        {
            case FixedColumn<int> c:
                foreach (var value in c.Values)
                {
                    sum += value;
                }

                break;
            case FixedColumn<long> c when c.Type is DataType.Timestamp:
                foreach (var value in c.Values)
                {
                    sum += value % 1_000_000_007;
                }

                break;
            case FixedColumn<long> c:
                foreach (var value in c.Values)
                {
                    sum += value;
                }

                break;
            case FixedColumn<Int128> c:
                foreach (var value in c.Values)
                {
                    sum += (long)value;
                }

                break;
            case BytesColumn c:
                sum = c.Offsets[c.Length] - c.Offsets[0];
                break;
            default:
                throw new InvalidOperationException(column.GetType().Name);
        }

        return sum;
    }

    private static Expression Compare(ScalarFunction comparison, int column, long value)
    {
        var type = TypeMapping.ToField(Columns.Fields[column]).Type;
        Expression.Literal literal = type is DataType.Date ? new((int)value, DataTypes.Date.AsNotNull()) : new(value, DataTypes.BigInt.AsNotNull());
        return comparison.Bind([new Expression.ColumnReference(column, Columns.Fields[column].Name, type), literal]);
    }

    private static async Task<ScannedTable> CreateAsync(string name, WorkloadOptions options, ParquetWriterOptions parquet)
    {
        var rows = options.Rows ?? 4_000_000;
        var folder = options.FreshFolder(name);
        var catalog = new FileSystemCatalog("bench", folder, new LocalObjectStore(), new CommitEnvironment(TimeProvider.System, new Random(1)));
        var identifier = TableIdentifier.Parse("bench.items");
        await catalog.CreateNamespaceAsync(identifier.Namespace, new Dictionary<string, string>(), default);
        var table = await catalog.CreateTableAsync(identifier, new TableCreation { Schema = Columns }, default);
        var files = new List<DataFile>();
        var batches = LineItems.Inserts(rows);
        foreach (var part in batches.Chunk((batches.Count + Files - 1) / Files))
        {
            var path = Path.Combine(folder, $"part-{files.Count}.parquet");
            await using var writer = new DataFileWriter(
                new LocalObjectStore(),
                new DataFileRequest { Schema = Columns, Spec = PartitionSpec.Unpartitioned, NextLocation = () => path, Options = DataWriteOptions.Default with { Parquet = parquet } });
            foreach (var batch in part)
            {
                await writer.WriteAsync(batch, default);
            }

            files.AddRange(await writer.CompleteAsync(default));
        }

        var transaction = table.NewTransaction();
        transaction.Append().Add(files);
        return new ScannedTable(await transaction.CommitAsync(default), files.Select(f => f.FilePath).ToArray(), rows);
    }

    private sealed record ScannedTable(IcebergTable Table, string[] Paths, long Rows);
}

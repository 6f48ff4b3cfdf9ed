using System.Diagnostics;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using ParquetSharp;
using NativeReader = ParquetSharp.Arrow.FileReader;
using NativeWriter = ParquetSharp.Arrow.FileWriter;
using ParquetFileReader = Arctic.Storage.Parquet.ParquetFileReader;
using SortOrder = Arctic.Iceberg.Spec.SortOrder;

namespace Arctic.Workloads;

/// <summary>
/// <c>parquet</c>: our data file writer and scan reader beside ParquetSharp on the same batches and files (<c>write</c>, <c>read</c>, <c>read-2-columns</c>), and 10 000
/// files of about 20 KB opened and read (<c>open-small</c>, <c>read-small</c>).
/// </summary>
internal static class ParquetWorkload
{
    private const int BatchRows = 8192;
    private const int SmallFiles = 10_000;

    private static readonly Arctic.Iceberg.Spec.Schema Table = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "qty", IcebergTypes.Int, false),
        new NestedField(3, "price", new IcebergType.Decimal(12, 2), false),
        new NestedField(4, "mode", IcebergTypes.String, false),
        new NestedField(5, "comment", IcebergTypes.String, false),
        new NestedField(6, "day", IcebergTypes.Date, false),
        new NestedField(7, "ts", IcebergTypes.Timestamp, false),
    ]);

    public static async Task RunAsync(WorkloadOptions options)
    {
        var rows = options.Rows ?? 2_000_000;
        var folder = options.FreshFolder("parquet");
        var batches = Batches(rows);
        var (ours, theirs) = (Path.Combine(folder, "ours.parquet"), Path.Combine(folder, "theirs.parquet"));
        await Measurement.ReportAsync(
            "parquet", "write", rows, options.Runs, async () => (await WriteAsync(ours, batches)).RecordCount.ToString(), "ParquetSharp", () => WriteNative(theirs, batches), byCpu: true);
        var file = await WriteAsync(ours, batches);
        await Measurement.ReportAsync("parquet", "read", rows, options.Runs, async () => (await ReadAsync(file, Table.Fields)).ToString(), "ParquetSharp", () => ReadNativeAsync(ours, null), byCpu: true);
        await Measurement.ReportAsync(
            "parquet", "read-2-columns", rows, options.Runs, async () => (await ReadAsync(file, [Table.Fields[0], Table.Fields[2]])).ToString(), "ParquetSharp", () => ReadNativeAsync(ours, [0, 2]), byCpu: true);

        var small = await WriteSmallAsync(folder);
        var paths = small.Select(f => f.FilePath).ToArray();
        await Measurement.ReportAsync("parquet", "open-small", SmallFiles, options.Runs, async () => await OpenAsync(paths), "ParquetSharp", () => OpenNative(paths), byCpu: true);
        await Measurement.ReportAsync("parquet", "read-small", SmallFiles, options.Runs, async () => (await ReadAsync(small, Table.Fields)).ToString(), "ParquetSharp", () => ReadNativeAsync(paths), byCpu: true);
        Directory.Delete(folder, recursive: true);
    }

    private static List<ChangeBatch> Batches(long rows)
    {
        var random = new Random(1);
        var modes = new[] { "AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK" };
        var schema = Table.ToRowSchema();
        var batches = new List<ChangeBatch>();
        for (long start = 0; start < rows; start += BatchRows)
        {
            var builders = schema.Fields.Select(f => ColumnBuilder.Create(f.Type)).ToArray();
            for (var i = start; i < Math.Min(rows, start + BatchRows); i++)
            {
                ((FixedColumnBuilder<long>)builders[0]).Append(i);
                ((FixedColumnBuilder<int>)builders[1]).Append(random.Next(50));
                ((FixedColumnBuilder<Int128>)builders[2]).Append(random.Next(10_000_000));
                ((BytesColumnBuilder)builders[3]).Append(modes[random.Next(7)]);
                ((BytesColumnBuilder)builders[4]).Append(Comment(random));
                ((FixedColumnBuilder<int>)builders[5]).Append(8000 + random.Next(2500));
                ((FixedColumnBuilder<long>)builders[6]).Append(1_600_000_000_000_000 + (i * 1000));
            }

            var columns = builders.Select(b => b.Build()).ToArray();
            batches.Add(new ChangeBatch(schema, columns, columns[0].Length));
        }

        return batches;
    }

    private static string Comment(Random random)
    {
        var text = new StringBuilder(40);
        for (var length = random.Next(20, 40); text.Length < length;)
        {
            text.Append((char)('a' + random.Next(26)));
        }

        return text.ToString();
    }

    private static async Task<DataFile> WriteAsync(string path, IEnumerable<ChangeBatch> batches)
    {
        await using var writer = new DataFileWriter(new LocalObjectStore(), new DataFileRequest { Schema = Table, Spec = PartitionSpec.Unpartitioned, NextLocation = () => path });
        foreach (var batch in batches)
        {
            await writer.WriteAsync(batch, default);
        }

        return (await writer.CompleteAsync(default))[0];
    }

    private static Task WriteNative(string path, IEnumerable<ChangeBatch> batches)
    {
        var schema = ParquetArrowSchema.ToArrow(ParquetSchemas.Of(Table.Fields));
        using var builder = new WriterPropertiesBuilder();
        using var properties = builder.Compression(Compression.Zstd).CompressionLevel(3).EnableStoreDecimalAsInteger().Build();
        using var writer = new NativeWriter(path, schema, properties);
        writer.NewBufferedRowGroup();
        foreach (var batch in batches)
        {
            writer.WriteBufferedRecordBatch(ArrowExport.ToRecordBatch(batch, schema));
        }

        writer.Close();
        return Task.CompletedTask;
    }

    private static Task<long> ReadAsync(DataFile file, IReadOnlyList<NestedField> columns) => ReadAsync([file], columns);

    private static async Task<long> ReadAsync(IReadOnlyList<DataFile> files, IReadOnlyList<NestedField> columns)
    {
        var metadata = new TableMetadata
        {
            FormatVersion = 2,
            TableUuid = Guid.Empty,
            Location = "file:///t",
            LastUpdatedMs = 0,
            LastColumnId = 7,
            Schemas = [Table],
            CurrentSchemaId = 0,
            PartitionSpecs = [PartitionSpec.Unpartitioned],
            DefaultSpecId = 0,
            LastPartitionId = 999,
            SortOrders = [SortOrder.Unsorted],
            DefaultSortOrderId = 0,
        };
        await using var reader = new ScanReader(new LocalObjectStore(), metadata, new ScanReadRequest { Schema = Table, Columns = columns });
        long rows = 0;
        await foreach (var batch in reader.ReadAsync(files.Select(f => new FileScanTask(f, 1, PartitionSpec.Unpartitioned, [])), default))
        {
            rows += batch.RowCount;
            batch.Dispose();
        }

        return rows;
    }

    private static async Task ReadNativeAsync(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            await ReadNativeAsync(path, null);
        }
    }

    private static async Task ReadNativeAsync(string path, int[]? leaves)
    {
        using var properties = ParquetSharp.Arrow.ArrowReaderProperties.GetDefault();
        properties.BatchSize = 32768;
        properties.PreBuffer = false;
        properties.UseThreads = false;
        using var reader = new NativeReader(path, null!, properties);
        using var stream = reader.GetRecordBatchReader(null!, leaves!);
        while (await stream.ReadNextRecordBatchAsync() is { } batch)
        {
            batch.Dispose();
        }
    }

    private static async Task<List<DataFile>> WriteSmallAsync(string folder)
    {
        var batch = Batches(500);
        var files = new List<DataFile>();
        for (var i = 0; i < SmallFiles; i++)
        {
            files.Add(await WriteAsync(Path.Combine(folder, $"small-{i}.parquet"), batch));
        }

        Measurement.Print(new Dictionary<string, object?> { ["workload"] = "parquet", ["variant"] = "small-file-bytes", ["rows"] = 500, ["bytes"] = files[0].FileSizeBytes });
        return files;
    }

    private static async Task<string?> OpenAsync(string[] paths)
    {
        var store = new LocalObjectStore();
        await using var bridge = new NativeBridge("bench");
        long rows = 0;
        foreach (var path in paths)
        {
            await using var reader = await store.OpenReadAsync(path, default);
            await using var file = await ParquetFileReader.OpenAsync(reader, path, bridge, 32768, default);
            rows += file.RowCount;
        }

        return $"{rows} rows, rss {Process.GetCurrentProcess().WorkingSet64 >> 20} MB";
    }

    private static Task OpenNative(string[] paths)
    {
        foreach (var path in paths)
        {
            using var reader = new NativeReader(path, null!, null!);
            _ = reader.NumRowGroups;
        }

        return Task.CompletedTask;
    }
}

using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg.Writing;

public sealed class DataFileWriterTests
{
    private static readonly Schema Table = new(0,
    [
        new NestedField(1, "id", IcebergTypes.Long, true),
        new NestedField(2, "name", IcebergTypes.String, false),
        new NestedField(3, "price", new IcebergType.Decimal(9, 2), false),
        new NestedField(4, "ratio", IcebergTypes.Double, false),
        new NestedField(5, "point", new IcebergType.Struct([new NestedField(6, "x", IcebergTypes.Float, false)]), false),
        new NestedField(7, "tags", new IcebergType.List(8, IcebergTypes.String, false), false),
        new NestedField(9, "empty", IcebergTypes.Int, false),
    ]);

    private readonly MemoryObjectStore _store = new(new FakeTimeProvider());
    private int _files;

    [Fact]
    public void Metrics_are_kept_of_shallow_columns_first_and_of_sorted_ones_always()
    {
        var schema = new Schema(0,
        [
            new NestedField(1, "s", new IcebergType.Struct([new NestedField(4, "x", IcebergTypes.Int, false)]), false), new NestedField(2, "a", IcebergTypes.Int, false), new NestedField(3, "b", IcebergTypes.Int, false),
        ]);
        var properties = new Dictionary<string, string> { ["write.metadata.metrics.max-inferred-column-defaults"] = "2" };
        var metadata = Arctic.Iceberg.Catalog.TableMetadataBuilder.Create(
            new Arctic.Iceberg.Catalog.TableCreation
            {
                Schema = schema,
                SortOrder = new SortOrder(0, [new SortField([4], new Transform.Identity(), SortDirection.Ascending, NullOrder.NullsFirst)]),
                Properties = new Dictionary<string, string> { ["write.metadata.metrics.default"] = "counts", ["write.metadata.metrics.column.a"] = "none" },
            },
            "memory:///t", Guid.Empty, 0).Current;

        var limited = MetricsConfig.Of(schema, properties);
        var sorted = MetricsConfig.Of(metadata);

        Assert.Equal([new MetricsMode.Truncate(16), new MetricsMode.Truncate(16), new MetricsMode.None()], new[] { 2, 3, 4 }.Select(limited.Of));
        Assert.Equal([new MetricsMode.None(), new MetricsMode.Counts(), new MetricsMode.Truncate(16)], new[] { 2, 3, 4 }.Select(sorted.Of));
    }

    [Fact]
    public async Task A_file_is_described_as_a_manifest_lists_it()
    {
        var rows = Enumerable.Range(0, 300).Select(i => new object?[]
        {
            (long)i, i % 3 == 0 ? null : $"name-{i:0000000000000000}", (Int128)(i - 150), i % 50 == 0 ? double.NaN : i == 1 ? -0.0 : i == 2 ? 0.0 : (double)i % 2, i % 4 == 0 ? null : new object?[] { i % 10 == 1 ? float.NaN : (float)i },
            new object?[] { "a", null }, null,
        }).ToList();

        var file = (await WriteAsync(Request(), Batch(rows)))[0];

        Assert.Equal((FileContent.Data, FileFormat.Parquet, 300L, 0), (file.Content, file.Format, file.RecordCount, file.SortOrderId));
        var reader = await _store.OpenReadAsync(file.FilePath, default);
        Assert.Equal(reader.Size, file.FileSizeBytes);
        Assert.Equal([4L], file.SplitOffsets!);
        Assert.Equal([1, 2, 3, 4, 6, 8, 9], file.ColumnSizes!.Ids.ToArray());
        Assert.Equal([300L, 300, 300, 300, 300, 600, 300], file.ValueCounts!.Values.ToArray());
        Assert.Equal([0L, 100, 0, 0, 75, 300, 300], file.NullValueCounts!.Values.ToArray());
        Assert.Equal([4, 6], file.NanValueCounts!.Ids.ToArray());
        Assert.Equal([6L, rows.Count(r => r[4] is object?[] { Length: 1 } p && p[0] is float.NaN)], file.NanValueCounts.Values.ToArray());
        Assert.Equal([1, 2, 3, 4, 6], file.LowerBounds!.Ids.ToArray());
        Assert.Equal("name-00000000000", Encoding.UTF8.GetString(Bound(file.LowerBounds, 2)));
        Assert.Equal("name-00000000001", Encoding.UTF8.GetString(Bound(file.UpperBounds!, 2)));
        Assert.Equal([0xFF, 0x6A], Bound(file.LowerBounds, 3));
        Assert.Equal(BitConverter.GetBytes(-0.0), Bound(file.LowerBounds, 4));
        Assert.Equal(BitConverter.GetBytes(299L), Bound(file.UpperBounds!, 1));
        var footer = await ParquetFooter.ReadAsync(reader, file.FilePath, default);
        Assert.Equal(Arctic.Iceberg.Spec.Json.SchemaJson.ToText(Table), footer.KeyValues["iceberg.schema"]);
    }

    [Fact]
    public async Task Metrics_modes_decide_what_is_kept()
    {
        var properties = new Dictionary<string, string>
        {
            ["write.metadata.metrics.default"] = "counts",
            ["write.metadata.metrics.column.name"] = "full",
            ["write.metadata.metrics.column.point.x"] = "none",
        };
        var rows = new List<object?[]> { new object?[] { 1L, new string('z', 100), null, 1.0, new object?[] { 1f }, null, 2 } };

        var file = (await WriteAsync(Request() with { Metrics = MetricsConfig.Of(Table, properties) }, Batch(rows)))[0];

        Assert.Equal([2], file.LowerBounds!.Ids.ToArray());
        Assert.Equal(100, Bound(file.UpperBounds!, 2).Length);
        Assert.Equal([1, 2, 3, 4, 8, 9], file.ValueCounts!.Ids.ToArray());
        Assert.Equal([1, 2, 3, 4, 6, 8, 9], file.ColumnSizes!.Ids.ToArray());
    }

    [Fact]
    public async Task Extra_columns_are_stored_after_the_tables_with_metrics()
    {
        var extra = new NestedField(2147482645, "_file_offset", IcebergTypes.Long, false);
        var schema = new Schema(0, [new NestedField(1, "id", IcebergTypes.Long, true)]);
        using var batch = TestRows.Batch(
            new RowSchema(new Field("id", DataTypes.BigInt.AsNotNull()), new Field("_file_offset", DataTypes.BigInt)), [[1L, 7L], [2L, 8L]]);

        var file = (await WriteAsync(Request() with { Schema = schema, ExtraColumns = [extra] }, batch))[0];

        Assert.Equal(BitConverter.GetBytes(8L), Bound(file.UpperBounds!, 2147482645));
        var rows = await ReadAsync(file.FilePath);
        Assert.Equal(["1|7", "2|8"], rows);
    }

    [Fact]
    public async Task Narrow_types_are_widened_and_nanoseconds_become_microseconds()
    {
        var schema = new Schema(0, [new NestedField(1, "a", IcebergTypes.Int, false), new NestedField(2, "t", IcebergTypes.Timestamp, false)]);
        using var batch = TestRows.Batch(new RowSchema(new Field("a", DataTypes.TinyInt), new Field("t", DataTypes.Timestamp(9))), [[(sbyte)-5, -1L], [null, 1999L]]);

        var file = (await WriteAsync(Request() with { Schema = schema }, batch))[0];

        Assert.Equal(["-5|-1", "NULL|1"], await ReadAsync(file.FilePath));
    }

    [Fact]
    public async Task A_new_file_starts_when_one_is_full()
    {
        var options = DataWriteOptions.Default with { FileBytesTarget = 20_000, Parquet = ParquetWriterOptions.Default with { RowGroupRowsMax = 5000 } };
        var random = new Random(3);
        var batches = Enumerable.Range(0, 6).Select(_ => Batch(Enumerable.Range(0, 5000).Select(i => new object?[] { random.NextInt64(), "n", null, null, null, null, null }).ToList())).ToArray();

        var files = await WriteAsync(Request() with { Options = options }, batches);

        Assert.Equal(6, files.Count);
        Assert.Equal(30_000, files.Sum(f => f.RecordCount));
        Assert.Equal(files.Count, files.Select(f => f.FilePath).Distinct().Count());
    }

    [Fact]
    public async Task Partitions_go_to_files_of_their_own_and_open_files_are_bounded()
    {
        var schema = new Schema(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "p", IcebergTypes.Int, false)]);
        var spec = new PartitionSpec(3, [new PartitionField(2, 1000, "p", new Transform.Identity())]);
        var request = Request() with { Schema = schema, Spec = spec, Options = DataWriteOptions.Default with { OpenFilesMax = 2 } };
        await using var writer = new PartitionedWriter(_store, request, tuple => $"memory:///p/{tuple[0] ?? "null"}/{++_files}");
        for (var round = 0; round < 2; round++)
        {
            using var batch = TestRows.Batch(schema.ToRowSchema(), Enumerable.Range(0, 90).Select(i => new object?[] { (long)i, i % 3 == 2 ? null : i % 3 }).ToList());
            await writer.WriteAsync(batch, default);
        }

        var files = await writer.CompleteAsync(default);

        // Of three partitions and two open files, each round closes files: more files than partitions, no row lost.
        Assert.True(files.Count > 3);
        Assert.All(files, f => Assert.Equal(3, f.SpecId));
        Assert.Equal(
            [("(0)", 60L), ("(1)", 60L), ("(null)", 60L)],
            files.GroupBy(f => f.Partition).Select(g => (g.Key.ToString(), g.Sum(f => f.RecordCount))).Order());
        foreach (var file in files)
        {
            Assert.All(await ReadAsync(file.FilePath), row => Assert.EndsWith(file.Partition[0]?.ToString() ?? "NULL", row, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Position_deletes_name_one_file_with_whole_equal_bounds()
    {
        var path = "file:/very/" + new string('x', 6000) + "/data.parquet";
        var data = new DataFile { FilePath = path, Format = FileFormat.Parquet, SpecId = 0, RecordCount = 100, FileSizeBytes = 1 };
        var positions = Enumerable.Range(0, 40_000).Select(i => i * 2L).ToArray();

        var file = await PositionDeleteWriter.WriteAsync(_store, "memory:///d", PartitionSpec.Unpartitioned, data, positions, DataWriteOptions.Default, default);

        Assert.Equal((FileContent.PositionDeletes, 40_000L, null), (file.Content, file.RecordCount, file.SortOrderId));
        Assert.Equal(path, Encoding.UTF8.GetString(Bound(file.LowerBounds!, PositionDeleteWriter.FilePathId)));
        Assert.Equal(path, Encoding.UTF8.GetString(Bound(file.UpperBounds!, PositionDeleteWriter.FilePathId)));
        Assert.Equal(BitConverter.GetBytes(79_998L), Bound(file.UpperBounds!, PositionDeleteWriter.PositionId));
        Assert.Null(file.ValueCounts);
        var footer = await ParquetFooter.ReadAsync(await _store.OpenReadAsync("memory:///d", default), "memory:///d", default);
        Assert.Equal("position", footer.KeyValues["delete-type"]);
        Assert.Equal(["file_path", "pos"], footer.Leaves.Select(l => l.Name));
        Assert.Equal(positions.Select(p => $"{path}|{p}"), await ReadAsync("memory:///d"));
    }

    [Fact]
    public async Task A_required_column_refuses_null_and_leaves_no_file()
    {
        var request = Request();
        await using (var writer = new DataFileWriter(_store, request))
        {
            using var batch = Batch([[null, "a", null, null, null, null, null]]);
            var error = await Assert.ThrowsAsync<ArcticException>(async () =>
            {
                await writer.WriteAsync(batch, default);
                await writer.CompleteAsync(default);
            });
            Assert.Contains("'id'", error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(await _store.ListAsync("memory:///", default).ToListAsync());
    }

    [Theory]
    [InlineData("abc", 16, "abc", "abc")]
    [InlineData("aaaaaaaaaaaaaaaaaaa", 4, "aaaa", "aaab")]
    [InlineData("ab\U0010FFFF\U0010FFFFx", 4, "ab\U0010FFFF\U0010FFFF", "ac")]
    [InlineData("\U0010FFFF\U0010FFFFx", 2, "\U0010FFFF\U0010FFFF", null)]
    [InlineData("a\uD7FFx", 2, "a\uD7FF", "a\uE000")]
    public void Text_bounds_stay_bounds_when_cut(string text, int length, string lower, string? upper)
    {
        Assert.Equal(lower, BoundTruncation.LowerText(text, length));
        Assert.Equal(upper, BoundTruncation.UpperText(text, length));
    }

    [Fact]
    public void Byte_bounds_stay_bounds_when_cut()
    {
        Assert.Equal([1, 3], BoundTruncation.UpperBytes([1, 2, 9], 2));
        Assert.Equal([2], BoundTruncation.UpperBytes([1, 0xFF, 9], 2));
        Assert.Null(BoundTruncation.UpperBytes([0xFF, 0xFF, 9], 2));
        Assert.Equal([1, 2], BoundTruncation.LowerBytes([1, 2, 9], 2));
    }

    [Theory]
    [InlineData("Breed Name", "Breed_x20Name")]
    [InlineData("9x", "_9x")]
    [InlineData("a_1", "a_1")]
    [InlineData("ä", "_xE4")]
    public void Names_are_written_as_the_original_writes_them(string name, string expected) => Assert.Equal(expected, ParquetSchemas.SafeName(name));

    private static byte[] Bound(FieldIdMap<ReadOnlyMemory<byte>> bounds, int id) => bounds.TryGet(id, out var value) ? value.ToArray() : [];

    private static ChangeBatch Batch(List<object?[]> rows)
    {
        // Required only by the file: the batch itself may hold NULL.
        var schema = new RowSchema(Table.ToRowSchema().Fields.Select(f => f with { Type = f.Type.AsNullable() }));
        return TestRows.Batch(schema, rows);
    }

    private DataFileRequest Request() => new() { Schema = Table, Spec = PartitionSpec.Unpartitioned, NextLocation = () => $"memory:///t/{++_files}.parquet" };

    private async Task<IReadOnlyList<DataFile>> WriteAsync(DataFileRequest request, params ChangeBatch[] batches)
    {
        await using var writer = new DataFileWriter(_store, request);
        foreach (var batch in batches)
        {
            await writer.WriteAsync(batch, default);
        }

        return await writer.CompleteAsync(default);
    }

    private async Task<List<string>> ReadAsync(string location)
    {
        await using var reader = await _store.OpenReadAsync(location, default);
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, location, bridge, 1000, default);
        return (await TestRows.ReadAsync(file.ReadAsync(null, null, default).Select(b => b.Batch))).Select(TestRows.Text).ToList();
    }
}

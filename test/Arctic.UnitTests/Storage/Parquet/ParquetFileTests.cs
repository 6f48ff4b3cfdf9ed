using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Arctic.UnitTests.Columnar;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.Parquet;

public sealed class ParquetFileTests
{
    private static readonly ParquetWriterOptions SmallGroups = ParquetWriterOptions.Default with
    {
        RowGroupRowsMax = 100,
        KeyValues = new Dictionary<string, string> { ["iceberg.schema"] = "{\"type\":\"struct\"}", ["ä"] = "" },
    };

    [Theory]
    [InlineData("memory:///t/a.parquet")]
    [InlineData("file")]
    public async Task Every_type_comes_back_with_ids_and_annotations(string location)
    {
        using var folder = new TemporaryFolder();
        location = location == "file" ? folder.Path + "/a.parquet" : location;
        IObjectStore store = location.StartsWith("memory", StringComparison.Ordinal) ? new MemoryObjectStore(new FakeTimeProvider()) : new LocalObjectStore();
        var fields = WithIds(FileField.Of(SampleColumns.Schema));
        using var batch = SampleColumns.Batch(250, seed: 1);

        var written = await WriteAsync(store, location, fields, SmallGroups, batch);
        await using var reader = await store.OpenReadAsync(location, default);
        var footer = await ParquetFooter.ReadAsync(reader, location, default);
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, location, bridge, 64, default);
        var rows = new List<string>();
        await foreach (var part in file.ReadAsync(null, null, default))
        {
            Assert.Equal(rows.Count, part.FirstRow);
            rows.AddRange(SampleColumns.Text(part.Batch));
            part.Dispose();
        }

        Assert.Equal(SampleColumns.Text(batch), rows);
        Assert.Equal(SampleColumns.Schema.Fields.Select(f => f.Type), file.Fields.Select(f => f.Type));
        Assert.Equal(Flatten(fields).Select(f => (f.Name, f.FieldId)), Flatten(file.Fields).Select(f => (f.Name, f.FieldId)));
        Assert.Equal([100L, 100, 50], file.RowGroupRows);
        Assert.Equal(reader.Size, written.Size);
        Assert.Equal(written.Footer.RowCount, footer.RowCount);
        Assert.Equal(SmallGroups.KeyValues, footer.KeyValues);
    }

    [Fact]
    public async Task Types_are_stored_as_the_iceberg_spec_says()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        using var batch = SampleColumns.Batch(10, seed: 2);

        var (footer, _) = await WriteAsync(store, "memory:///a", WithIds(FileField.Of(SampleColumns.Schema)), SmallGroups, batch);

        var text = footer.Leaves.Select(n => $"{n.FieldId} {n.Name} {n.PhysicalType} {n.TypeLength} {n.Logical.Kind} {n.Logical.Precision},{n.Logical.Scale} {n.Logical.IsAdjustedToUtc} {n.Logical.Unit}").ToList();
        Assert.Equal(
            [
                "1 flag Boolean 0 None 0,0 False 0", "2 i Int32 0 None 0,0 False 0", "3 l Int64 0 None 0,0 False 0", "4 f Float 0 None 0,0 False 0",
                "5 d Double 0 None 0,0 False 0", "6 d9 Int32 0 Decimal 9,2 False Micros", "7 d18 Int64 0 Decimal 18,3 False Micros",
                "8 d38 FixedLengthByteArray 16 Decimal 38,10 False Micros", "9 day Int32 0 Date 0,0 False Micros", "10 time Int64 0 Time 0,0 False Micros",
                "11 ts Int64 0 Timestamp 0,0 False Micros", "12 tz Int64 0 Timestamp 0,0 True Micros", "13 ns Int64 0 Timestamp 0,0 False Nanos",
                "14 s ByteArray 0 String 0,0 False Micros", "15 u FixedLengthByteArray 16 Uuid 0,0 False Micros", "16 fx FixedLengthByteArray 5 None 0,0 False 0",
                "17 b ByteArray 0 None 0,0 False 0", "19 element Int32 0 None 0,0 False 0", "21 x Int32 0 None 0,0 False 0", "22 y ByteArray 0 String 0,0 False Micros",
                "24 key ByteArray 0 String 0,0 False Micros", "25 value Int64 0 None 0,0 False 0", "28 p Double 0 None 0,0 False 0", "30 element ByteArray 0 String 0,0 False Micros",
            ],
            text);
        Assert.Equal(ParquetRepetition.Required, footer.Root.Children[2].Repetition);
        Assert.Equal("list", footer.Root.Children[17].Children[0].Name);
        Assert.Equal("key_value", footer.Root.Children[19].Children[0].Name);
    }

    [Fact]
    public async Task The_footer_tells_sizes_counts_bounds_and_offsets()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        var schema = new RowSchema(new Field("a", DataTypes.Int), new Field("s", DataTypes.String));
        using var batch = TestRows.Batch(schema, Enumerable.Range(0, 150).Select(i => new object?[] { i % 10 == 3 ? null : i, i == 149 ? new string('z', 9000) : $"v{i:000}" }).ToList());

        var (footer, _) = await WriteAsync(store, "memory:///a", FileField.Of(schema), SmallGroups, batch);

        Assert.Equal([100L, 50], footer.RowGroups.Select(g => g.RowCount));
        var (first, second) = (footer.RowGroups[0], footer.RowGroups[1]);
        Assert.Equal(4, first.StartOffset);
        Assert.Equal(first.StartOffset + first.Columns.Sum(c => c.CompressedSize), second.StartOffset);
        Assert.Equal((100, 10L), (first.Columns[0].ValueCount, first.Columns[0].NullCount!.Value));
        Assert.Equal(BitConverter.GetBytes(100), second.Columns[0].Min!.Value.ToArray());
        Assert.Equal(BitConverter.GetBytes(149), second.Columns[0].Max!.Value.ToArray());
        Assert.Equal("v000"u8.ToArray(), first.Columns[1].Min!.Value.ToArray());

        // A value longer than the limit leaves its chunk without bounds, not with empty ones.
        Assert.Null(second.Columns[1].Max);
    }

    [Fact]
    public async Task Chosen_columns_and_row_groups_are_read_with_their_positions()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        using var batch = SampleColumns.Batch(450, seed: 3);
        await WriteAsync(store, "memory:///a", WithIds(FileField.Of(SampleColumns.Schema)), SmallGroups, batch);
        await using var reader = await store.OpenReadAsync("memory:///a", default);
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 1000, default);

        var leaves = ParquetProjection.LeavesOf(file.Fields, new HashSet<int> { 2, 20, 22, 23 });
        var parts = new List<(long First, int Count)>();
        await foreach (var part in file.ReadAsync(leaves, [0, 2, 3], default))
        {
            Assert.Equal(["i", "row", "map"], part.Fields.Select(f => f.Name));
            Assert.Equal(["y"], part.Fields[1].Children.Select(f => f.Name));
            for (var i = 0; i < part.Batch.RowCount; i++)
            {
                Assert.Equal(TestRows.Value(batch.Columns[1], (int)part.FirstRow + i), TestRows.Value(part.Batch.Columns[0], i));
                Assert.Equal(TestRows.Value(batch.Columns[19], (int)part.FirstRow + i), TestRows.Value(part.Batch.Columns[2], i));
            }

            parts.Add((part.FirstRow, part.Batch.RowCount));
            part.Dispose();
        }

        Assert.Equal([(0, 100), (200, 200)], parts);
    }

    [Fact]
    public async Task Stopping_early_gives_everything_back()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        using var batch = SampleColumns.Batch(500, seed: 4);
        await WriteAsync(store, "memory:///a", WithIds(FileField.Of(SampleColumns.Schema)), SmallGroups, batch);
        await using var reader = await store.OpenReadAsync("memory:///a", default);
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 10, default);

        ChangeBatch? kept = null;
        await foreach (var part in file.ReadAsync([1], null, default))
        {
            kept = part.Batch;
            break;
        }

        Assert.Equal(10, kept!.RowCount);
        kept.Dispose();
        Assert.Equal(0, kept.Lease.HolderCount);
    }

    [Fact]
    public async Task A_null_in_a_required_column_is_refused_by_name()
    {
        var schema = new RowSchema(new Field("id", DataTypes.BigInt));
        using var batch = TestRows.Batch(schema, [[null]]);
        var store = new MemoryObjectStore(new FakeTimeProvider());

        var error = await Assert.ThrowsAsync<ArcticException>(
            () => WriteAsync(store, "memory:///a", [new FileField("id", DataTypes.BigInt.AsNotNull(), 1)], SmallGroups, batch));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
        Assert.Contains("'id'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    public async Task A_failing_output_is_reported_as_what_it_was(int bytesFree)
    {
        var schema = new RowSchema(new Field("id", DataTypes.BigInt));
        using var batch = TestRows.Batch(schema, Enumerable.Range(0, 10).Select(i => new object?[] { (long)i }).ToList());
        using var full = new FullDisk(bytesFree);
        using var writer = new ParquetFileWriter(full, FileField.Of(schema), ParquetWriterOptions.Default);

        writer.Write(batch);
        var error = Assert.Throws<ArcticException>(writer.Close);

        Assert.Equal(ErrorCodes.StorageFailed, error.Code);
        Assert.Contains("No space left", error.Message, StringComparison.Ordinal);
        await Task.CompletedTask;
    }

    [Fact]
    public async Task An_empty_file_has_a_schema_and_no_rows()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        var (footer, _) = await WriteAsync(store, "memory:///a", FileField.Of(SampleColumns.Schema), ParquetWriterOptions.Default);

        Assert.Equal(0, footer.RowCount);
        Assert.Empty(footer.RowGroups);
        Assert.Equal(24, footer.Leaves.Count);
    }

    [Fact]
    public async Task Damaged_files_are_named_and_never_crash()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        using var batch = SampleColumns.Batch(20, seed: 5);
        await WriteAsync(store, "memory:///a", WithIds(FileField.Of(SampleColumns.Schema)), SmallGroups, batch);
        await using var reader = await store.OpenReadAsync("memory:///a", default);
        var good = new byte[reader.Size];
        await reader.ReadAsync(0, good, default);
        var random = new Random(6);
        for (var round = 0; round < 2000; round++)
        {
            var bad = good.ToArray();
            if (round % 2 == 0)
            {
                bad = bad[random.Next(bad.Length)..];
            }

            for (var flips = random.Next(8); flips > 0 && bad.Length > 8; flips--)
            {
                bad[bad.Length - 9 - random.Next(Math.Min(bad.Length - 8, 4000))] ^= (byte)(1 << random.Next(8));
            }

            await store.PutAsync("memory:///bad", bad, default);
            await using var damaged = await store.OpenReadAsync("memory:///bad", default);
            try
            {
                await ParquetFooter.ReadAsync(damaged, "memory:///bad", default);
            }
            catch (ArcticException e)
            {
                Assert.Contains("memory:///bad", e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static async Task<(ParquetFooter Footer, long Size)> WriteAsync(
        IObjectStore store, string location, IReadOnlyList<FileField> fields, ParquetWriterOptions options, params ChangeBatch[] batches)
    {
        await using var output = await store.CreateAsync(location, default);
        using var writer = new ParquetFileWriter(output.Stream, fields, options);
        foreach (var batch in batches)
        {
            writer.Write(batch);
        }

        var footer = writer.Close();
        await output.CompleteAsync(default);
        return (footer, writer.BytesWritten);
    }

    private static IReadOnlyList<FileField> WithIds(IReadOnlyList<FileField> fields)
    {
        var next = 0;
        FileField Give(FileField field)
        {
            var id = ++next;
            return field with { FieldId = id, IsUuid = field.Name == "u", Children = new EquatableList<FileField>(field.Children.Select(Give)) };
        }

        return fields.Select(Give).ToArray();
    }

    private static IEnumerable<FileField> Flatten(IEnumerable<FileField> fields) => fields.SelectMany(f => Flatten(f.Children).Prepend(f));

    private sealed class FullDisk(int bytesFree) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length + buffer.Length > bytesFree)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer.ToArray(), 0, buffer.Length);
        }
    }
}

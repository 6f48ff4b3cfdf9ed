using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Spec;

public sealed class ManifestTests
{
    private const string Path = "memory:///t/metadata/m0.avro";

    private static readonly IReadOnlyList<(string Name, IcebergType Type, Gen<object> Values)> PartitionTypes =
    [
        ("b", IcebergTypes.Boolean, Gen.Bool.Select(v => (object)v)),
        ("i", IcebergTypes.Int, Gen.Int.Select(v => (object)v)),
        ("l", IcebergTypes.Long, Gen.Long.Select(v => (object)v)),
        ("f", IcebergTypes.Float, Gen.Float.Select(v => (object)v)),
        ("d", IcebergTypes.Double, Gen.Double.Select(v => (object)v)),
        ("date", IcebergTypes.Date, Gen.Int.Select(v => (object)v)),
        ("time", IcebergTypes.Time, Gen.Long.Select(v => (object)v)),
        ("ts", IcebergTypes.Timestamp, Gen.Long.Select(v => (object)v)),
        ("tz", IcebergTypes.TimestampTz, Gen.Long.Select(v => (object)v)),
        ("dec a", new IcebergType.Decimal(9, 2), Gen.Int[-999_999_999, 999_999_999].Select(v => (object)(Int128)v)),
        ("dec-b", new IcebergType.Decimal(9, 2), Gen.Int[-999_999_999, 999_999_999].Select(v => (object)(Int128)v)),
        ("big", new IcebergType.Decimal(38, 0), Gen.Long.Select(v => (object)((Int128)v * 1_000_000))),
        ("s", IcebergTypes.String, Gen.String.Where(s => !s.Any(char.IsSurrogate)).Select(v => (object)v)),
        ("1u", IcebergTypes.Uuid, Gen.Byte.Array[16].Select(v => (object)v)),
        ("fx", new IcebergType.Fixed(3), Gen.Byte.Array[3].Select(v => (object)v)),
        ("bin", IcebergTypes.Binary, Gen.Byte.Array.Select(v => (object)v)),
    ];

    private static readonly Schema Columns = new(0, PartitionTypes.Select((t, i) => new NestedField(i + 1, t.Name, t.Type, false)));

    private static readonly PartitionSpec Spec =
        new(0, PartitionTypes.Select((t, i) => new PartitionField(i + 1, 1000 + i, t.Name, new Transform.Identity())).ToEquatableList());

    private static readonly Gen<DataFile> Files = Gen.Select(
        PartitionTypes.Select(t => Gen.OneOf(t.Values, t.Values, Gen.Const(() => (object)null!))).Aggregate(
            Gen.Const(Array.Empty<object?>()), (all, one) => Gen.Select(all, one, (a, v) => (object?[])[.. a, v])),
        Gen.Select(Gen.Long[0, 1_000_000], Gen.Select(Gen.Int[1, 500], Gen.Long).List[0, 5], Gen.Select(Gen.Int[1, 500], Gen.Byte.Array).List[0, 5], Gen.Bool),
        (partition, rest) => new DataFile
        {
            FilePath = $"memory:///t/data/{rest.Item1}.parquet",
            Format = FileFormat.Parquet,
            SpecId = 0,
            Partition = new PartitionTuple(partition),
            RecordCount = rest.Item1,
            FileSizeBytes = rest.Item1 * 3,
            ValueCounts = rest.Item4 ? null : MapOf(rest.Item2),
            NanValueCounts = MapOf(rest.Item2),
            LowerBounds = rest.Item4 ? null : MapOf(rest.Item3.ConvertAll(p => (p.Item1, (ReadOnlyMemory<byte>)p.Item2))),
            SplitOffsets = rest.Item4 ? [4, rest.Item1] : null,
            SortOrderId = rest.Item4 ? 0 : null,
            KeyMetadata = rest.Item4 ? null : [1, 2, 3],
        });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Entries_survive_a_manifest(int version)
    {
        var metadata = MetadataOf(version);
        Files.List[1, 20].Sample(
            files => RoundTripAsync(metadata, files).AsTask().GetAwaiter().GetResult(),
            iter: 200);
    }

    [Fact]
    public async Task Apache_Avro_reads_our_manifest_and_finds_ids_and_maps()
    {
        var store = new MemoryObjectStore(TimeProvider.System);

        // Apache.Avro knows uuids as texts only.
        var known = MetadataOf(2) with { PartitionSpecs = [Spec with { Fields = Spec.Fields.Where(f => f.Name != "1u").ToEquatableList() }] };
        var file = TableFixture.File("a.parquet") with { SpecId = 0, Partition = new PartitionTuple(new object?[PartitionTypes.Count - 1]) };
        await WriteAsync(store, known, ManifestContent.Data, w => w.AddNew(file, null));
        var bytes = (await store.ReadAllAsync(Path, 1 << 20, Token)).ToArray();

        using var reader = global::Avro.File.DataFileReader<global::Avro.Generic.GenericRecord>.OpenReader(new MemoryStream(bytes));
        var entry = reader.Next();
        var data = (global::Avro.Generic.GenericRecord)entry["data_file"];

        Assert.Equal(1, entry["status"]);
        Assert.Null(entry["sequence_number"]);
        Assert.Equal("PARQUET", data["file_format"]);
        Assert.Equal(file.RecordCount, data["record_count"]);
        var sizes = ((object[])data["column_sizes"]).Cast<global::Avro.Generic.GenericRecord>().Select(p => ((int)p["key"], (long)p["value"]));
        Assert.Equal([(1, 80L), (2, 200L)], sizes);
        Assert.Equal("data", reader.GetMetaString("content"));
        Assert.Equal("2", reader.GetMetaString("format-version"));
        Assert.Equal("0", reader.GetMetaString("partition-spec-id"));
        Assert.StartsWith("[{\"name\":\"b\",\"transform\":\"identity\"", reader.GetMetaString("partition-spec"));
        Assert.StartsWith("{\"type\":\"struct\",\"schema-id\":0", reader.GetMetaString("schema"));
        var header = System.Text.Encoding.UTF8.GetString(bytes);
        Assert.Contains("\"logicalType\":\"map\"", header);
        Assert.Contains("\"element-id\":133", header);
        Assert.Contains("\"name\":\"dec_x2Db\"", header);
        Assert.Contains("\"iceberg-field-name\":\"dec-b\"", header);
    }

    [Fact]
    public async Task Apache_Avro_reads_our_manifest_list()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var manifest = await WriteAsync(store, MetadataOf(3), ManifestContent.Data, w => w.AddNew(FileOf("a.parquet", 1), null));
        var request = new ManifestListWriteRequest
        {
            Path = "memory:///t/metadata/snap.avro",
            FormatVersion = 3,
            SnapshotId = 77,
            ParentSnapshotId = null,
            SequenceNumber = 5,
            NextRowId = 100,
            Random = new Random(1),
        };

        var nextRowId = await ManifestListWriter.WriteAsync(store, request, [manifest], Token);

        Assert.Equal(110, nextRowId);
        var bytes = (await store.ReadAllAsync(request.Path, 1 << 20, Token)).ToArray();
        using var reader = global::Avro.File.DataFileReader<global::Avro.Generic.GenericRecord>.OpenReader(new MemoryStream(bytes));
        var row = reader.Next();
        Assert.Equal(Path, row["manifest_path"]);
        Assert.Equal(5L, row["sequence_number"]);
        Assert.Equal(5L, row["min_sequence_number"]);
        Assert.Equal(100L, row["first_row_id"]);
        Assert.Equal("null", reader.GetMetaString("parent-snapshot-id"));
        Assert.Equal("3", reader.GetMetaString("format-version"));

        var read = Assert.Single(await ManifestListReader.ReadListAsync(store, request.Path, Token));
        Assert.Equal(manifest with { SequenceNumber = 5, MinSequenceNumber = 5, FirstRowId = 100, Partitions = read.Partitions }, read);
        Assert.Equal(manifest.Partitions!.Count, read.Partitions!.Count);
    }

    [Fact]
    public async Task Added_entries_inherit_numbers_and_explicit_ones_stay()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var written = await WriteAsync(store, MetadataOf(2), ManifestContent.Data, w =>
        {
            w.AddNew(FileOf("new", 1), null);
            w.AddNew(FileOf("rewritten", 1), 3);
            w.AddExisting(new ManifestEntry(EntryStatus.Added, 4, 4, 4, FileOf("old", 1)));
            w.AddDeleted(new ManifestEntry(EntryStatus.Existing, 2, 2, 2, FileOf("gone", 1)));
        });
        Assert.Equal(3, written.MinSequenceNumber);
        var listed = ManifestListWriter.WithSequence(written, 9);

        var entries = await ManifestReader.ReadAllAsync(store, listed, MetadataOf(2), ManifestReadOptions.All, Token);

        Assert.Equal(
            [
                (EntryStatus.Added, 77L, 9L, 9L), (EntryStatus.Added, 77, 3, 9), (EntryStatus.Existing, 4, 4, 4), (EntryStatus.Deleted, 77, 2, 2),
            ],
            entries.Select(e => (e.Status, e.SnapshotId!.Value, e.SequenceNumber!.Value, e.FileSequenceNumber!.Value)));
        Assert.Equal((2, 1, 1), (written.AddedFilesCount, written.ExistingFilesCount, written.DeletedFilesCount));
    }

    [Fact]
    public async Task Row_ids_are_given_in_file_order_to_live_entries_that_have_none()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var manifest = await WriteAsync(store, MetadataOf(3), ManifestContent.Data, w =>
        {
            w.AddNew(FileOf("a", 1), null);
            w.AddExisting(new ManifestEntry(EntryStatus.Existing, 2, 2, 2, FileOf("b", 1) with { FirstRowId = 7 }));
            w.AddDeleted(new ManifestEntry(EntryStatus.Existing, 2, 2, 2, FileOf("c", 1)));
            w.AddExisting(new ManifestEntry(EntryStatus.Existing, 2, 2, 2, FileOf("d", 1)));
        });

        var with = await ManifestReader.ReadAllAsync(store, manifest with { SequenceNumber = 5, FirstRowId = 100 }, MetadataOf(3), ManifestReadOptions.All, Token);
        var without = await ManifestReader.ReadAllAsync(store, manifest with { SequenceNumber = 5 }, MetadataOf(3), ManifestReadOptions.All, Token);

        Assert.Equal([100L, 7L, null, 110L], with.Select(e => e.File.FirstRowId));
        Assert.All(without, e => Assert.Null(e.File.FirstRowId));
    }

    [Fact]
    public async Task Metrics_are_read_for_the_fields_that_are_asked_for()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var manifest = ManifestListWriter.WithSequence(await WriteAsync(store, MetadataOf(2), ManifestContent.Data, w => w.AddNew(FileOf("a", 1), null)), 1);

        var one = Assert.Single(await ManifestReader.ReadAllAsync(store, manifest, MetadataOf(2), new ManifestReadOptions { MetricFieldIds = new HashSet<int> { 2 } }, Token)).File;
        var none = Assert.Single(await ManifestReader.ReadAllAsync(store, manifest, MetadataOf(2), ManifestReadOptions.WithoutMetrics, Token)).File;

        Assert.Equal([2], one.ColumnSizes!.Ids.ToArray());
        Assert.Equal(0, one.LowerBounds!.Count);
        Assert.Null(none.ColumnSizes);
        Assert.Equal(10, none.RecordCount);
    }

    [Fact]
    public async Task Data_and_delete_files_do_not_mix()
    {
        var store = new MemoryObjectStore(TimeProvider.System);

        await Assert.ThrowsAsync<ArgumentException>(async () => await WriteAsync(store, MetadataOf(2), ManifestContent.Deletes, w => w.AddNew(FileOf("a", 1), null)));
    }

    [Fact]
    public async Task Cut_manifests_are_corrupt_with_their_name()
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var manifest = await WriteAsync(store, MetadataOf(2), ManifestContent.Data, w => w.AddNew(FileOf("a", 1), null));
        var bytes = await store.ReadAllAsync(Path, 1 << 20, Token);
        await store.PutAsync(Path, bytes[..^20], Token);

        var error = await Assert.ThrowsAsync<ArcticException>(
            async () => await ManifestReader.ReadAllAsync(store, manifest with { SequenceNumber = 1 }, MetadataOf(2), ManifestReadOptions.All, Token));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains(Path, error.Message);
    }

    private static DataFile FileOf(string name, int number) =>
        TableFixture.File(name) with { Partition = new PartitionTuple([true, number, .. new object?[PartitionTypes.Count - 2]]) };

    private static TableMetadata MetadataOf(int version) =>
        TableMetadataBuilder.Create(
            new TableCreation { Schema = Columns, PartitionSpec = Spec, Properties = new Dictionary<string, string> { ["format-version"] = version.ToString() } },
            "memory:///t",
            Guid.NewGuid(),
            1).Current;

    private static async ValueTask<ManifestFile> WriteAsync(IObjectStore store, TableMetadata metadata, ManifestContent content, Action<ManifestWriter> write)
    {
        var request = new ManifestWriteRequest
        {
            Path = Path,
            Metadata = metadata,
            Spec = metadata.DefaultSpec,
            Content = content,
            SnapshotId = 77,
            Codec = AvroCodec.Deflate,
            Random = new Random(1),
        };
        await using var writer = await ManifestWriter.CreateAsync(store, request, Token);
        write(writer);
        var manifest = await writer.CompleteAsync(Token);
        Assert.Equal((await store.FindAsync(Path, Token))!.Size, manifest.Length);
        return manifest;
    }

    private static async ValueTask<bool> RoundTripAsync(TableMetadata metadata, List<DataFile> files)
    {
        var store = new MemoryObjectStore(TimeProvider.System);
        var manifest = await WriteAsync(store, metadata, ManifestContent.Data, w => files.ForEach(f => w.AddNew(f, null)));
        var read = await ManifestReader.ReadAllAsync(store, ManifestListWriter.WithSequence(manifest, metadata.FormatVersion == 1 ? 0 : 4), metadata, ManifestReadOptions.All, Token);
        Assert.Equal(files.Count, read.Count);
        for (var i = 0; i < files.Count; i++)
        {
            AssertEqual(files[i], read[i].File);
        }

        return true;
    }

    private static void AssertEqual(DataFile expected, DataFile found)
    {
        Assert.Equal(expected.FilePath, found.FilePath);
        Assert.Equal(expected.Partition, found.Partition);
        Assert.Equal((expected.RecordCount, expected.FileSizeBytes, expected.SortOrderId), (found.RecordCount, found.FileSizeBytes, found.SortOrderId));
        Assert.Equal(expected.ValueCounts?.Ids.ToArray(), found.ValueCounts?.Ids.ToArray());
        Assert.Equal(expected.ValueCounts?.Values.ToArray(), found.ValueCounts?.Values.ToArray());
        Assert.Equal(expected.NanValueCounts?.Values.ToArray(), found.NanValueCounts?.Values.ToArray());
        Assert.Equal(expected.LowerBounds?.Values.ToArray().Select(m => m.ToArray()), found.LowerBounds?.Values.ToArray().Select(m => m.ToArray()));
        Assert.Null(found.UpperBounds);
        Assert.Equal(expected.SplitOffsets, found.SplitOffsets);
        Assert.Equal(expected.KeyMetadata, found.KeyMetadata);
    }

    private static FieldIdMap<T> MapOf<T>(IEnumerable<(int Id, T Value)> pairs) => new(pairs.DistinctBy(p => p.Id).Select(p => KeyValuePair.Create(p.Id, p.Value)));
}

using System.Text;
using System.Text.Json;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Spec;

/// <summary>Every member of metadata, in every version, survives its JSON.</summary>
public sealed class MetadataRoundTripTests
{
    private static readonly Gen<string> Texts = Gen.OneOf(Gen.String[Gen.Char[' ', '~'], 0, 12], OneOf("ä", "\"quoted\"", "a.b", "日本", "\u0001", "s3://b/t/x.avro"));

    private static readonly Gen<IReadOnlyDictionary<string, string>> TextMaps =
        Gen.Select(Texts, Texts).Array[0, 4].Select(pairs => (IReadOnlyDictionary<string, string>)pairs.DistinctBy(p => p.Item1).ToDictionary(p => p.Item1, p => p.Item2));

    private static readonly Gen<long> Ids = Gen.Long[1, long.MaxValue];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Metadata_is_what_it_was(int version) => MetadataOf(version).Sample(
        metadata =>
        {
            foreach (var codec in Enum.GetValues<MetadataCodec>())
            {
                var read = TableMetadataReader.Read(TableMetadataWriter.Write(metadata, codec), "x.metadata.json");
                Assert.Equal(DeepText.Of(metadata), DeepText.Of(read));
            }
        },
        iter: 300);

    [Fact]
    public void Members_that_are_unknown_at_any_depth_are_read_over()
    {
        MetadataOf(3).Select(m => m with { OtherMembers = new Dictionary<string, string>() }).Sample(
            metadata =>
            {
                var json = Encoding.UTF8.GetString(TableMetadataWriter.Write(metadata).Span);
                var strewn = Strewn(JsonDocument.Parse(json).RootElement, isTop: true);

                Assert.Equal(DeepText.Of(metadata), DeepText.Of(TableMetadataReader.Read(Encoding.UTF8.GetBytes(strewn), "x.metadata.json")));
            },
            iter: 50);
    }

    [Fact]
    public void V1_says_schema_and_partitions_in_both_forms_and_no_sequence_numbers() => MetadataOf(1).Sample(
        metadata =>
        {
            using var document = JsonDocument.Parse(TableMetadataWriter.Write(metadata));
            var root = document.RootElement;

            Assert.True(metadata.CurrentSchema.SameAs(SchemaJson.Read(new MetadataJson(root.GetProperty("schema"), "x", ""))));
            Assert.Equal(metadata.DefaultSpec.Fields.Count, root.GetProperty("partition-spec").GetArrayLength());
            Assert.Equal(metadata.Schemas.Count, root.GetProperty("schemas").GetArrayLength());
            Assert.Equal(metadata.PartitionSpecs.Count, root.GetProperty("partition-specs").GetArrayLength());
            Assert.False(root.TryGetProperty("last-sequence-number", out _));
            Assert.False(root.TryGetProperty("next-row-id", out _));
            Assert.All(root.GetProperty("snapshots").EnumerateArray(), s => Assert.False(s.TryGetProperty("sequence-number", out _)));
        },
        iter: 50);

    private static string Strewn(JsonElement json, bool isTop) => json.ValueKind switch
    {
        // Maps of texts are data: whatever they hold means something.
        JsonValueKind.Object when json.EnumerateObject().Any(m => m.Value.ValueKind != JsonValueKind.String) || json.EnumerateObject().Any(m => m.Name is "type" or "transform") =>
            "{" + string.Join(",", json.EnumerateObject().Select(m => $"{JsonSerializer.Serialize(m.Name)}:{(m.Name is "refs" ? m.Value.GetRawText() : Strewn(m.Value, false))}").Concat(isTop ? [] : ["\"later-version\":{\"a\":[1]}"])) + "}",
        JsonValueKind.Array => "[" + string.Join(",", json.EnumerateArray().Select(e => Strewn(e, false))) + "]",
        _ => json.GetRawText(),
    };

    private static Gen<TableMetadata> MetadataOf(int version) =>
        from schemas in SchemaOf(version).Array[1, 3]
        from specs in SpecOf(version).Array[1, 3]
        from orders in Gen.Select(Gen.Int[1, 9], Gen.Bool, Gen.Bool, TransformOf).Array[0, 3].Array[0, 2]
        from snapshots in SnapshotOf(version).Array[0, 4]
        from numbers in Gen.Long[0, long.MaxValue].Array[6]
        from maps in TextMaps.Array[3]
        from text in Texts
        from flags in Gen.Bool.Array[6]
        select Assemble(version, schemas, specs, orders, snapshots.DistinctBy(s => s.SnapshotId).ToArray(), numbers, maps, text, flags);

    private static TableMetadata Assemble(
        int version, Schema[] schemas, PartitionSpec[] specs, (int Source, bool IsDescending, bool AreNullsLast, Transform Transform)[][] orders, Snapshot[] snapshots, long[] numbers,
        IReadOnlyDictionary<string, string>[] maps, string text, bool[] flags)
    {
        var current = snapshots.Length > 0 && flags[0] ? snapshots[^1].SnapshotId : (long?)null;
        var refs = new Dictionary<string, SnapshotRef>();
        if (current is { } id)
        {
            refs["main"] = new SnapshotRef(id, SnapshotRefType.Branch) { MinSnapshotsToKeep = flags[1] ? 3 : null };
        }

        if (snapshots.Length > 1)
        {
            refs["b " + text] = new SnapshotRef(snapshots[0].SnapshotId, flags[2] ? SnapshotRefType.Branch : SnapshotRefType.Tag) { MaxRefAgeMs = numbers[0], MaxSnapshotAgeMs = flags[3] ? numbers[1] : null };
        }

        return new TableMetadata
        {
            FormatVersion = version,
            TableUuid = version == 1 && flags[4] ? null : Guid.NewGuid(),
            Location = "s3://bucket/" + Math.Abs(numbers[0]),
            LastSequenceNumber = version == 1 ? 0 : long.MaxValue,
            LastUpdatedMs = numbers[2],
            LastColumnId = 1000,
            Schemas = schemas.Select((s, i) => s.WithSchemaId(i)).ToEquatableList(),
            CurrentSchemaId = schemas.Length - 1,
            PartitionSpecs = specs.Select((s, i) => s with { SpecId = i }).ToEquatableList(),
            DefaultSpecId = 0,
            LastPartitionId = 1010,
            SortOrders =
            [
                SortOrder.Unsorted,
                .. orders.Where(o => o.Length > 0).Select((o, i) => new SortOrder(i + 1, o.Select(f => new SortField(
                    version == 3 && f.Source == 1 ? [1, 2] : [f.Source], f.Transform, f.IsDescending ? SortDirection.Descending : SortDirection.Ascending, f.AreNullsLast ? NullOrder.NullsLast : NullOrder.NullsFirst)).ToEquatableList())),
            ],
            DefaultSortOrderId = 0,
            Properties = maps[0],
            CurrentSnapshotId = current,
            Snapshots = snapshots.ToEquatableList(),
            SnapshotLog = snapshots.Select((s, i) => new SnapshotLogEntry(i, s.SnapshotId)).ToEquatableList(),
            MetadataLog = flags[5] ? [new MetadataLogEntry(numbers[3], text)] : [],
            Refs = refs,
            Statistics = snapshots.Select(s => new StatisticsFile(s.SnapshotId, text, numbers[4], 7, [new StatisticsBlob("t", s.SnapshotId, 3, [1, 2]) { Properties = maps[1] }])
            {
                KeyMetadata = flags[1] ? "a2V5" : null,
            }).ToEquatableList(),
            PartitionStatistics = snapshots.Take(1).Select(s => new PartitionStatisticsFile(s.SnapshotId, text, numbers[5])).ToEquatableList(),
            NextRowId = version == 3 ? numbers[5] : 0,
            EncryptionKeys = version == 3 && flags[2] ? [new EncryptionKey("k1", "AAAA") { EncryptedById = flags[3] ? "k0" : null, Properties = flags[4] ? maps[2] : null }] : [],
            OtherMembers = flags[3] ? new Dictionary<string, string> { ["later-member"] = "{\"x\":[1,null]}" } : new Dictionary<string, string>(),
        };
    }

    private static Gen<Snapshot> SnapshotOf(int version) =>
        from id in Ids
        from parent in Ids
        from numbers in Gen.Long[0, long.MaxValue].Array[4]
        from summary in TextMaps
        from flags in Gen.Bool.Array[4]
        select new Snapshot
        {
            SnapshotId = id,
            ParentSnapshotId = flags[0] ? parent : null,
            SequenceNumber = version == 1 ? 0 : numbers[0],
            TimestampMs = numbers[1],
            ManifestList = version == 1 && flags[1] ? null : "s3://b/list.avro",
            Manifests = version == 1 && flags[1] ? ["s3://b/m1.avro", "s3://b/m2.avro"] : null,
            Summary = summary,
            SchemaId = flags[2] ? 0 : null,
            FirstRowId = version == 3 && flags[3] ? numbers[2] : null,
            AddedRows = version == 3 && flags[3] ? numbers[3] : null,
            KeyId = version == 3 && flags[1] ? "k1" : null,
        };

    private static Gen<PartitionSpec> SpecOf(int version) =>
        Gen.Select(Gen.Int[1, 5], TransformOf, Texts, Gen.Bool).Array[0, 3].Select(fields => new PartitionSpec(
            0, fields.Select((f, i) => new PartitionField(version == 3 && f.Item4 ? [f.Item1, 9] : [f.Item1], 1000 + i, $"{i}{f.Item3}", f.Item2)).ToEquatableList()));

    private static readonly Gen<Transform> TransformOf = Gen.OneOf(
        OneOf<Transform>(new Transform.Identity(), new Transform.Year(), new Transform.Month(), new Transform.Day(), new Transform.Hour(), new Transform.Void(), new Transform.Unknown("zorder")),
        Gen.Int[1, 99].Select(n => (Transform)new Transform.Bucket(n)), Gen.Int[1, 99].Select(n => (Transform)new Transform.Truncate(n)));

    private static Gen<Schema> SchemaOf(int version) =>
        from types in TypeOf(version, 2).Array[1, 5]
        from values in ValueSeeds
        from doc in Texts
        from flags in Gen.Bool.Array[3]
        select MakeSchema(version, types, values, doc, flags);

    private static readonly Gen<int> ValueSeeds = Gen.Int[0, int.MaxValue - 1];

    private static Schema MakeSchema(int version, IcebergType[] types, int seed, string doc, bool[] flags)
    {
        var next = types.Length;
        var random = new Random(seed);
        var fields = types.Select((type, i) =>
        {
            var hasDefault = version == 3 && type.IsPrimitive && type is not (IcebergType.Unknown or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography);
            return new NestedField(i + 1, $"c{i}", SchemaTree.WithFreshIds(type, () => ++next), flags[0])
            {
                Doc = flags[1] ? doc : null,
                InitialDefault = hasDefault && random.Next(2) == 0 ? ValueOf(type, random) : null,
                WriteDefault = hasDefault && random.Next(2) == 0 ? ValueOf(type, random) : null,
            };
        }).ToArray();
        return new Schema(0, fields, flags[2] ? [1] : []);
    }

    private static Gen<IcebergType> TypeOf(int version, int depth)
    {
        IcebergType[] primitives =
        [
            IcebergTypes.Boolean, IcebergTypes.Int, IcebergTypes.Long, IcebergTypes.Float, IcebergTypes.Double, new IcebergType.Decimal(38, 0), new IcebergType.Decimal(9, 9), IcebergTypes.Date,
            IcebergTypes.Time, IcebergTypes.Timestamp, IcebergTypes.TimestampTz, IcebergTypes.String, IcebergTypes.Uuid, new IcebergType.Fixed(5), IcebergTypes.Binary,
        ];
        IcebergType[] later = [IcebergTypes.TimestampNs, IcebergTypes.TimestampTzNs, IcebergTypes.Unknown, IcebergTypes.Variant, new IcebergType.Geometry("srid:4326"), new IcebergType.Geometry(null), new IcebergType.Geography("OGC:CRS84, spherical")];
        var primitive = OneOf<IcebergType>(version == 3 ? [.. primitives, .. later] : primitives);
        if (depth == 0)
        {
            return primitive;
        }

        var inner = TypeOf(version, depth - 1);
        return Gen.Frequency(
            (4, primitive),
            (1, Gen.Select(inner, Gen.Bool, (t, r) => (IcebergType)new IcebergType.List(0, t, r))),
            (1, Gen.Select(primitive, inner, Gen.Bool, (k, v, r) => (IcebergType)new IcebergType.Map(0, k, 0, v, r))),
            (1, Gen.Select(inner, Gen.Bool).Array[1, 3].Select(m => (IcebergType)new IcebergType.Struct(m.Select((t, i) => new NestedField(i, $"m{i}", t.Item1, t.Item2)).ToEquatableList()))));
    }

    private static object ValueOf(IcebergType type, Random random) => type switch
    {
        IcebergType.Boolean => random.Next(2) == 0,
        IcebergType.Int => random.Next(),
        IcebergType.Date => random.Next(-700_000, 2_000_000),
        IcebergType.Long => random.NextInt64(long.MinValue, long.MaxValue),
        IcebergType.Time => random.NextInt64(86_400_000_000),
        IcebergType.Timestamp or IcebergType.TimestampTz => random.NextInt64(-60_000_000_000_000_000, 200_000_000_000_000_000),
        IcebergType.TimestampNs or IcebergType.TimestampTzNs => random.NextInt64(long.MinValue, long.MaxValue),
        IcebergType.Float => BitConverter.Int32BitsToSingle(random.Next(0x7F000000)),
        IcebergType.Double => BitConverter.Int64BitsToDouble(random.NextInt64(0x7FE0000000000000)),
        IcebergType.Decimal => (Int128)random.NextInt64(-999_999_999, 1_000_000_000),
        IcebergType.String => "t\"ä" + random.Next(),
        IcebergType.Uuid => Bytes(random, 16),
        IcebergType.Fixed f => Bytes(random, f.Length),
        _ => Bytes(random, random.Next(9)),
    };

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static byte[] Bytes(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}

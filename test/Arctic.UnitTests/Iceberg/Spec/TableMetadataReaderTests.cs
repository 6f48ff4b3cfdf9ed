using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.UnitTests.Iceberg.Spec;

public sealed class TableMetadataReaderTests
{
    private const string Minimal = """
        {"format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"s3://b/t","last-sequence-number":3,"last-updated-ms":5,"last-column-id":1,
         "current-schema-id":0,"schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]}],
         "default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[]}],"last-partition-id":999,"default-sort-order-id":0,"sort-orders":[{"order-id":0,"fields":[]}],
         "properties":{},"current-snapshot-id":7,"snapshots":[{"snapshot-id":7,"sequence-number":3,"timestamp-ms":5,"manifest-list":"s3://b/t/l.avro","summary":{"operation":"append"}}],
         "snapshot-log":[{"timestamp-ms":5,"snapshot-id":7}]}
        """;

    [Theory]
    [InlineData("TableMetadataV1Valid.json", 1)]
    [InlineData("TableMetadataV1Compat.json", 1)]
    [InlineData("TableMetadataV1PartitionSpecsWithoutDefaultId.json", 1)]
    [InlineData("TableMetadataV1SchemasWithoutCurrentId.json", 1)]
    [InlineData("TableMetadataV2Valid.json", 2)]
    [InlineData("TableMetadataV2ValidMinimal.json", 2)]
    [InlineData("TableMetadataV3ValidMinimal.json", 3)]
    [InlineData("TableMetadataV3ValidEncryption.json", 3)]
    public void Valid_files_of_the_format_are_read(string name, int version)
    {
        var metadata = ReadGolden(name);

        Assert.Equal(version, metadata.FormatVersion);
        Assert.NotNull(metadata.CurrentSchema);
        Assert.NotNull(metadata.DefaultSpec);
    }

    [Theory]
    [InlineData("TableMetadataUnsupportedVersion.json", "TABLE_CORRUPT", "schemas")]
    [InlineData("TableMetadataV1NoValidSchema.json", "TABLE_CORRUPT", "schema")]
    [InlineData("TableMetadataV2CurrentSchemaNotFound.json", "TABLE_CORRUPT", "current-schema-id")]
    [InlineData("TableMetadataV2MissingLastPartitionId.json", "TABLE_CORRUPT", "last-partition-id")]
    [InlineData("TableMetadataV2MissingPartitionSpecs.json", "TABLE_CORRUPT", "partition-specs")]
    [InlineData("TableMetadataV2MissingSchemas.json", "TABLE_CORRUPT", "schemas")]
    [InlineData("TableMetadataV2MissingSortOrder.json", "TABLE_CORRUPT", "sort-orders")]
    public void Invalid_files_of_the_format_are_refused_by_name_and_member(string name, string code, string member)
    {
        var error = Assert.Throws<ArcticException>(() => ReadGolden(name));

        Assert.Equal(code, error.Code.Name);
        Assert.Contains(name, error.Message);
        Assert.Contains(member, error.Message);
    }

    [Theory]
    [InlineData("\"snapshot-id\":7,\"seq", "\"snapshot-id\":9876543210123456789,\"seq", "9876543210123456789")]
    [InlineData("\"current-snapshot-id\":7", "\"current-snapshot-id\":8", "current-snapshot-id")]
    [InlineData("\"sequence-number\":3,\"timestamp", "\"sequence-number\":4,\"timestamp", "sequence number 4")]
    [InlineData("\"manifest-list\":\"s3://b/t/l.avro\",", "", "manifest-list")]
    [InlineData("\"id\":1,\"name\":\"x\"", "\"id\":1.5,\"name\":\"x\"", "schemas[0].fields[0].id")]
    [InlineData("\"type\":\"long\"", "\"type\":\"decimal(39,2)\"", "decimal(39,2)")]
    [InlineData("{\"format-version\"", "[{\"format-version\"", "JSON")]
    public void Contradictions_are_refused_with_their_place(string found, string replacement, string expected)
    {
        var json = Minimal.Replace(found, replacement, StringComparison.Ordinal);
        Assert.NotEqual(Minimal, json);

        var error = Assert.Throws<ArcticException>(() => Read(json));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void A_newer_format_version_is_unsupported()
    {
        var error = Assert.Throws<ArcticException>(() => Read(Minimal.Replace("\"format-version\":2", "\"format-version\":4", StringComparison.Ordinal)));

        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
        Assert.Contains("version 4", error.Message);
    }

    [Fact]
    public void An_unknown_type_is_unsupported_and_not_corrupt()
    {
        var error = Assert.Throws<ArcticException>(() => Read(Minimal.Replace("\"long\"", "\"quaternion\"", StringComparison.Ordinal)));

        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
        Assert.Contains("quaternion", error.Message);
    }

    [Fact]
    public void Unknown_members_survive_a_rewrite()
    {
        var metadata = Read(Minimal.Replace("\"properties\":{}", "\"properties\":{},\"new-thing\":{\"a\":[1,9007199254740993]}", StringComparison.Ordinal));

        var text = Encoding.UTF8.GetString(TableMetadataWriter.Write(metadata).Span);

        Assert.Contains("\"new-thing\":{\"a\":[1,9007199254740993]}", text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\u001f\u008b garbage")]
    public void Damaged_files_are_corrupt(string content)
    {
        var error = Assert.Throws<ArcticException>(() => TableMetadataReader.Read(Encoding.Latin1.GetBytes(content), "damaged.json"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("damaged.json", error.Message);
    }

    [Fact]
    public void Every_prefix_of_a_file_is_refused_or_read_but_never_breaks()
    {
        var bytes = Encoding.UTF8.GetBytes(Minimal);
        for (var length = 0; length < bytes.Length - 1; length++)
        {
            Assert.Throws<ArcticException>(() => TableMetadataReader.Read(bytes.AsMemory(0, length), "cut.json"));
        }
    }

    [Fact]
    public void An_empty_table_says_minus_one_in_v2_and_nothing_in_v3()
    {
        var empty = Read(Minimal) with { CurrentSnapshotId = null, Snapshots = [], SnapshotLog = [], Refs = new Dictionary<string, SnapshotRef>() };

        Assert.Contains("\"current-snapshot-id\":-1", Encoding.UTF8.GetString(TableMetadataWriter.Write(empty).Span));
        Assert.DoesNotContain("current-snapshot-id", Encoding.UTF8.GetString(TableMetadataWriter.Write(empty with { FormatVersion = 3 }).Span));
    }

    private static TableMetadata Read(string json) => TableMetadataReader.Read(Encoding.UTF8.GetBytes(json), "test.metadata.json");

    private static TableMetadata ReadGolden(string name)
    {
        var path = Golden.Find("_format/manifests/" + name);
        Assert.SkipWhen(path is null, "The golden files are not on this machine.");
        return TableMetadataReader.Read(File.ReadAllBytes(path), path);
    }
}

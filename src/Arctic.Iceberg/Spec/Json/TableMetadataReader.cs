using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Reads metadata files of v1, v2 and v3, gzipped or not.</summary>
internal static class TableMetadataReader
{
    /// <summary>The greatest size of a metadata file, unpacked.</summary>
    public const int BytesMax = 1024 * 1024 * 1024;

    // Java logs snapshots of clocks that drift a little.
    private const long LogToleranceMs = 60_000;

    private static readonly HashSet<string> KnownMembers =
    [
        "format-version", "table-uuid", "location", "last-sequence-number", "last-updated-ms", "last-column-id", "schema", "schemas", "current-schema-id",
        "partition-spec", "partition-specs", "default-spec-id", "last-partition-id", "sort-orders", "default-sort-order-id", "properties", "current-snapshot-id",
        "snapshots", "snapshot-log", "metadata-log", "refs", "statistics", "partition-statistics", "next-row-id", "encryption-keys",
    ];

    /// <summary>Reads a metadata file.</summary>
    /// <param name="file">Its name for messages.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not JSON, a member is missing or contradicts another; <c>FORMAT_UNSUPPORTED</c>: a newer format version or an unknown type.</exception>
    public static TableMetadata Read(ReadOnlyMemory<byte> content, string file) =>
        JsonText.Read(Unpacked(content, file), file, json => Read(new MetadataJson(json, file, "")));

    /// <summary>Reads metadata that stands inside of another document.</summary>
    public static TableMetadata Read(MetadataJson json)
    {
        var version = json.RequiredInt("format-version");
        if (version is < 1 or > TableMetadata.MaxFormatVersion)
        {
            throw new ArcticException(
                ErrorCodes.FormatUnsupported, $"Cannot read '{json.File}': it has format version {version}; versions 1 to {TableMetadata.MaxFormatVersion} are supported.");
        }

        var (schemas, currentSchemaId) = ReadSchemas(json, version);
        var (specs, defaultSpecId) = ReadSpecs(json, version);
        var (orders, defaultOrderId) = ReadSortOrders(json, version);
        var currentSnapshotId = json.FindLong("current-snapshot-id") is { } id && id != -1 ? id : (long?)null;
        var metadata = new TableMetadata
        {
            FormatVersion = version,
            TableUuid = ReadUuid(json, version),
            Location = json.RequiredText("location").TrimEnd('/'),
            LastSequenceNumber = version == 1 ? 0 : json.RequiredLong("last-sequence-number"),
            LastUpdatedMs = json.RequiredLong("last-updated-ms"),
            LastColumnId = json.RequiredInt("last-column-id"),
            Schemas = schemas,
            CurrentSchemaId = currentSchemaId,
            PartitionSpecs = specs,
            DefaultSpecId = defaultSpecId,
            LastPartitionId = version == 1 ? json.FindInt("last-partition-id") ?? specs.Max(s => s.HighestFieldId) : json.RequiredInt("last-partition-id"),
            SortOrders = orders,
            DefaultSortOrderId = defaultOrderId,
            Properties = json.FindTextMap("properties") ?? new Dictionary<string, string>(),
            CurrentSnapshotId = currentSnapshotId,
            Snapshots = (json.FindObjects("snapshots") ?? []).Select(s => SnapshotJson.Read(s, version)).ToEquatableList(),
            SnapshotLog = (json.FindObjects("snapshot-log") ?? []).Select(e => new SnapshotLogEntry(e.RequiredLong("timestamp-ms"), e.RequiredLong("snapshot-id"))).ToEquatableList(),
            MetadataLog = (json.FindObjects("metadata-log") ?? []).Select(e => new MetadataLogEntry(e.RequiredLong("timestamp-ms"), e.RequiredText("metadata-file"))).ToEquatableList(),
            Refs = ReadRefs(json, currentSnapshotId),
            Statistics = (json.FindObjects("statistics") ?? []).Select(StatisticsJson.Read).ToEquatableList(),
            PartitionStatistics = (json.FindObjects("partition-statistics") ?? []).Select(StatisticsJson.ReadPartitionStatistics).ToEquatableList(),
            NextRowId = version < 3 ? 0 : json.RequiredLong("next-row-id"),
            EncryptionKeys = (json.FindObjects("encryption-keys") ?? []).Select(ReadKey).ToEquatableList(),
            OtherMembers = json.Element.EnumerateObject().Where(m => !KnownMembers.Contains(m.Name)).ToDictionary(m => m.Name, m => m.Value.GetRawText()),
        };
        Validate(metadata, json);
        return metadata;
    }

    private static (EquatableList<Schema> Schemas, int Current) ReadSchemas(MetadataJson json, int version)
    {
        var schemas = json.FindObjects("schemas")?.Select(SchemaJson.Read).ToEquatableList();
        var current = json.FindInt("current-schema-id");
        if (version == 1 && (schemas is null || current is null))
        {
            // v1 metadata of old writers: the single form says what is current.
            var single = SchemaJson.Read(json.RequiredObject("schema"));
            return schemas?.FirstOrDefault(s => s.SameAs(single)) is { } same ? (schemas, same.SchemaId) : ([single], single.SchemaId);
        }

        if (schemas is null)
        {
            throw json.Corrupt("'schemas' is missing");
        }

        var id = current ?? json.RequiredInt("current-schema-id");
        return schemas.Any(s => s.SchemaId == id) ? (schemas, id) : throw json.Corrupt($"'current-schema-id' is {id}, and 'schemas' has no such schema");
    }

    private static (EquatableList<PartitionSpec> Specs, int Default) ReadSpecs(MetadataJson json, int version)
    {
        var specs = json.FindObjects("partition-specs")?.Select(PartitionSpecJson.Read).ToEquatableList();
        if (version == 1 && specs is null)
        {
            return ([PartitionSpecJson.ReadFieldList(0, json.RequiredObjects("partition-spec"))], 0);
        }

        if (specs is null or { Count: 0 })
        {
            throw json.Corrupt("'partition-specs' is missing or empty");
        }

        var id = json.FindInt("default-spec-id") ?? (version == 1 ? specs.Max(s => s.SpecId) : json.RequiredInt("default-spec-id"));
        return specs.Any(s => s.SpecId == id) ? (specs, id) : throw json.Corrupt($"'default-spec-id' is {id}, and 'partition-specs' has no such spec");
    }

    private static (EquatableList<SortOrder> Orders, int Default) ReadSortOrders(MetadataJson json, int version)
    {
        var orders = json.FindObjects("sort-orders")?.Select(SortOrderJson.Read).ToEquatableList();
        if (orders is null)
        {
            return version == 1 ? ([SortOrder.Unsorted], 0) : throw json.Corrupt("'sort-orders' is missing");
        }

        var id = version == 1 ? json.FindInt("default-sort-order-id") ?? 0 : json.RequiredInt("default-sort-order-id");
        if (orders.Any(o => o.OrderId == id))
        {
            return (orders, id);
        }

        // Order 0 is unsorted by definition, listed or not.
        return id == 0 ? ([.. orders, SortOrder.Unsorted], 0) : throw json.Corrupt($"'default-sort-order-id' is {id}, and 'sort-orders' has no such order");
    }

    private static Dictionary<string, SnapshotRef> ReadRefs(MetadataJson json, long? currentSnapshotId)
    {
        var refs = new Dictionary<string, SnapshotRef>(StringComparer.Ordinal);
        if (json.FindObject("refs") is { } map)
        {
            foreach (var member in map.Element.EnumerateObject())
            {
                refs.Add(member.Name, SnapshotJson.ReadRef(new MetadataJson(member.Value, json.File, map.PathOf(member.Name))));
            }
        }

        if (currentSnapshotId is { } id)
        {
            refs.TryAdd(SnapshotRef.MainBranch, new SnapshotRef(id, SnapshotRefType.Branch));
        }

        return refs;
    }

    private static Guid? ReadUuid(MetadataJson json, int version) =>
        json.FindText("table-uuid") is { } text
            ? Guid.TryParse(text, out var uuid) ? uuid : throw json.Corrupt($"'table-uuid' is '{text}', which is not a UUID")
            : version == 1 ? null : throw json.Corrupt("'table-uuid' is missing");

    private static EncryptionKey ReadKey(MetadataJson json) => new(json.RequiredText("key-id"), json.RequiredText("encrypted-key-metadata"))
    {
        EncryptedById = json.FindText("encrypted-by-id"),
        Properties = json.FindTextMap("properties"),
    };

    private static void Validate(TableMetadata metadata, MetadataJson json)
    {
        var ids = metadata.Snapshots.Select(s => s.SnapshotId).ToHashSet();
        if (metadata.CurrentSnapshotId is { } current && !ids.Contains(current))
        {
            throw json.Corrupt($"'current-snapshot-id' is {current}, and 'snapshots' has no such snapshot");
        }

        foreach (var (name, reference) in metadata.Refs)
        {
            if (!ids.Contains(reference.SnapshotId))
            {
                throw json.Corrupt($"the reference '{name}' names snapshot {reference.SnapshotId}, and 'snapshots' has no such snapshot");
            }
        }

        if (metadata.Refs.TryGetValue(SnapshotRef.MainBranch, out var main) && main.SnapshotId != metadata.CurrentSnapshotId)
        {
            throw json.Corrupt($"the branch 'main' names snapshot {main.SnapshotId}, and 'current-snapshot-id' is {metadata.CurrentSnapshotId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}");
        }

        if (metadata.FormatVersion > 1 && metadata.Snapshots.FirstOrDefault(s => s.SequenceNumber > metadata.LastSequenceNumber) is { } ahead)
        {
            throw json.Corrupt($"snapshot {ahead.SnapshotId} has sequence number {ahead.SequenceNumber}, above 'last-sequence-number' {metadata.LastSequenceNumber}");
        }

        for (var i = 1; i < metadata.SnapshotLog.Count; i++)
        {
            if (metadata.SnapshotLog[i - 1].TimestampMs - metadata.SnapshotLog[i].TimestampMs > LogToleranceMs)
            {
                throw json.Corrupt($"'snapshot-log' is not ordered by time at entry {i}");
            }
        }
    }

    private static ReadOnlyMemory<byte> Unpacked(ReadOnlyMemory<byte> content, string file)
    {
        // The name does not always tell: look at gzip's magic.
        if (content.Length < 2 || content.Span[0] != 0x1F || content.Span[1] != 0x8B)
        {
            return content.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? content[3..] : content;
        }

        var output = new ArrayBufferWriter<byte>(content.Length * 4);
        try
        {
            using var gzip = new GZipStream(new MemoryStream(content.ToArray(), writable: false), CompressionMode.Decompress);
            int read;
            while ((read = gzip.Read(output.GetSpan(64 * 1024))) > 0)
            {
                output.Advance(read);
                if (output.WrittenCount > BytesMax)
                {
                    throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': it unpacks to more than {BytesMax} bytes.");
                }
            }
        }
        catch (InvalidDataException e)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': it is damaged gzip: {e.Message}", e);
        }

        return output.WrittenMemory;
    }
}

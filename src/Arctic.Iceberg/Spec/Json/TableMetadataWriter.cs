using System.IO.Compression;
using System.Text.Json;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Writes metadata files of v1, v2 and v3.</summary>
internal static class TableMetadataWriter
{
    /// <summary>The JSON of a metadata file.</summary>
    public static ReadOnlyMemory<byte> Write(TableMetadata metadata) => JsonText.BytesOf(writer => Write(writer, metadata));

    /// <summary>The content of a metadata file in a codec.</summary>
    public static ReadOnlyMemory<byte> Write(TableMetadata metadata, MetadataCodec codec)
    {
        var json = Write(metadata);
        if (codec == MetadataCodec.None)
        {
            return json;
        }

        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(json.Span);
        }

        return packed.GetBuffer().AsMemory(0, (int)packed.Length);
    }

    private static void Write(Utf8JsonWriter writer, TableMetadata metadata)
    {
        writer.WriteStartObject();
        writer.WriteNumber("format-version", metadata.FormatVersion);
        if (metadata.TableUuid is { } uuid)
        {
            writer.WriteString("table-uuid", uuid.ToString("D"));
        }

        writer.WriteString("location", metadata.Location);
        if (metadata.FormatVersion > 1)
        {
            writer.WriteNumber("last-sequence-number", metadata.LastSequenceNumber);
        }

        writer.WriteNumber("last-updated-ms", metadata.LastUpdatedMs);
        writer.WriteNumber("last-column-id", metadata.LastColumnId);
        WriteSchemas(writer, metadata);
        WriteSpecs(writer, metadata);
        writer.WriteNumber("default-sort-order-id", metadata.DefaultSortOrderId);
        WriteList(writer, "sort-orders", metadata.SortOrders, SortOrderJson.Write);
        writer.WritePropertyName("properties");
        SnapshotJson.WriteTextMap(writer, metadata.Properties);
        WriteSnapshots(writer, metadata);
        foreach (var (name, json) in metadata.OtherMembers)
        {
            writer.WritePropertyName(name);
            // Read from a document, which was checked then; a check here would know only shallow nesting.
            writer.WriteRawValue(json, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }

    private static void WriteSchemas(Utf8JsonWriter writer, TableMetadata metadata)
    {
        if (metadata.FormatVersion == 1)
        {
            writer.WritePropertyName("schema");
            SchemaJson.Write(writer, metadata.CurrentSchema);
        }

        writer.WriteNumber("current-schema-id", metadata.CurrentSchemaId);
        WriteList(writer, "schemas", metadata.Schemas, SchemaJson.Write);
    }

    private static void WriteSpecs(Utf8JsonWriter writer, TableMetadata metadata)
    {
        if (metadata.FormatVersion == 1)
        {
            writer.WritePropertyName("partition-spec");
            PartitionSpecJson.WriteFieldList(writer, metadata.DefaultSpec);
        }

        writer.WriteNumber("default-spec-id", metadata.DefaultSpecId);
        WriteList(writer, "partition-specs", metadata.PartitionSpecs, PartitionSpecJson.Write);
        writer.WriteNumber("last-partition-id", metadata.LastPartitionId);
    }

    private static void WriteSnapshots(Utf8JsonWriter writer, TableMetadata metadata)
    {
        // An empty table: readers of v1 and v2 know -1, v3 leaves the member out.
        if (metadata.CurrentSnapshotId is not null || metadata.FormatVersion < 3)
        {
            writer.WriteNumber("current-snapshot-id", metadata.CurrentSnapshotId ?? -1);
        }

        if (metadata.FormatVersion > 2)
        {
            writer.WriteNumber("next-row-id", metadata.NextRowId);
            if (metadata.EncryptionKeys.Count > 0)
            {
                WriteList(writer, "encryption-keys", metadata.EncryptionKeys, WriteKey);
            }
        }

        writer.WriteStartObject("refs");
        foreach (var (name, reference) in metadata.Refs)
        {
            writer.WritePropertyName(name);
            SnapshotJson.WriteRef(writer, reference);
        }

        writer.WriteEndObject();
        WriteList(writer, "snapshots", metadata.Snapshots, (w, s) => SnapshotJson.Write(w, s, metadata.FormatVersion));
        WriteList(writer, "statistics", metadata.Statistics, StatisticsJson.Write);
        WriteList(writer, "partition-statistics", metadata.PartitionStatistics, StatisticsJson.Write);
        WriteList(writer, "snapshot-log", metadata.SnapshotLog, (w, e) =>
        {
            w.WriteStartObject();
            w.WriteNumber("timestamp-ms", e.TimestampMs);
            w.WriteNumber("snapshot-id", e.SnapshotId);
            w.WriteEndObject();
        });
        WriteList(writer, "metadata-log", metadata.MetadataLog, (w, e) =>
        {
            w.WriteStartObject();
            w.WriteNumber("timestamp-ms", e.TimestampMs);
            w.WriteString("metadata-file", e.MetadataFile);
            w.WriteEndObject();
        });
    }

    /// <summary>Writes an encryption key.</summary>
    public static void WriteKey(Utf8JsonWriter writer, EncryptionKey key)
    {
        writer.WriteStartObject();
        writer.WriteString("key-id", key.KeyId);
        writer.WriteString("encrypted-key-metadata", key.EncryptedKeyMetadata);
        if (key.EncryptedById is { } by)
        {
            writer.WriteString("encrypted-by-id", by);
        }

        if (key.Properties is { } properties)
        {
            writer.WritePropertyName("properties");
            SnapshotJson.WriteTextMap(writer, properties);
        }

        writer.WriteEndObject();
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            write(writer, item);
        }

        writer.WriteEndArray();
    }
}

/// <summary>How metadata files are packed.</summary>
internal enum MetadataCodec
{
    None,
    Gzip,
}

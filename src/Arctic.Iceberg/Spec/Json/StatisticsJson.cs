using System.Text.Json;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Statistics files from and to JSON.</summary>
internal static class StatisticsJson
{
    public static StatisticsFile Read(MetadataJson json) => new(
        json.RequiredLong("snapshot-id"),
        json.RequiredText("statistics-path"),
        json.RequiredLong("file-size-in-bytes"),
        json.RequiredLong("file-footer-size-in-bytes"),
        json.RequiredObjects("blob-metadata").Select(ReadBlob).ToEquatableList())
    {
        KeyMetadata = json.FindText("key-metadata"),
    };

    public static void Write(Utf8JsonWriter writer, StatisticsFile file)
    {
        writer.WriteStartObject();
        writer.WriteNumber("snapshot-id", file.SnapshotId);
        writer.WriteString("statistics-path", file.StatisticsPath);
        writer.WriteNumber("file-size-in-bytes", file.FileSizeBytes);
        writer.WriteNumber("file-footer-size-in-bytes", file.FileFooterSizeBytes);
        if (file.KeyMetadata is { } key)
        {
            writer.WriteString("key-metadata", key);
        }

        writer.WriteStartArray("blob-metadata");
        foreach (var blob in file.Blobs)
        {
            WriteBlob(writer, blob);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static PartitionStatisticsFile ReadPartitionStatistics(MetadataJson json) =>
        new(json.RequiredLong("snapshot-id"), json.RequiredText("statistics-path"), json.RequiredLong("file-size-in-bytes"));

    public static void Write(Utf8JsonWriter writer, PartitionStatisticsFile file)
    {
        writer.WriteStartObject();
        writer.WriteNumber("snapshot-id", file.SnapshotId);
        writer.WriteString("statistics-path", file.StatisticsPath);
        writer.WriteNumber("file-size-in-bytes", file.FileSizeBytes);
        writer.WriteEndObject();
    }

    private static StatisticsBlob ReadBlob(MetadataJson json) => new(
        json.RequiredText("type"), json.RequiredLong("snapshot-id"), json.RequiredLong("sequence-number"), (json.FindInts("fields") ?? []).ToEquatableList())
    {
        Properties = json.FindTextMap("properties") ?? new Dictionary<string, string>(),
    };

    private static void WriteBlob(Utf8JsonWriter writer, StatisticsBlob blob)
    {
        writer.WriteStartObject();
        writer.WriteString("type", blob.Type);
        writer.WriteNumber("snapshot-id", blob.SnapshotId);
        writer.WriteNumber("sequence-number", blob.SequenceNumber);
        writer.WriteStartArray("fields");
        foreach (var field in blob.Fields)
        {
            writer.WriteNumberValue(field);
        }

        writer.WriteEndArray();
        if (blob.Properties.Count > 0)
        {
            writer.WritePropertyName("properties");
            SnapshotJson.WriteTextMap(writer, blob.Properties);
        }

        writer.WriteEndObject();
    }
}

using System.Buffers.Binary;
using System.Text.Json;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Puffin;

/// <summary>Writes Puffin files with uncompressed blobs and footer.</summary>
internal static class PuffinWriter
{
    /// <summary>Writes a file in one go.</summary>
    /// <param name="properties">Of the file, such as <see cref="PuffinFooter.CreatedBy"/>.</param>
    /// <returns>What was written, with each blob's place, and the size of the file.</returns>
    public static async ValueTask<(PuffinFooter Footer, long FileSizeBytes)> WriteAsync(
        IObjectStore store, string location, IReadOnlyList<PuffinBlob> blobs, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        var target = await store.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        await using var _ = target.ConfigureAwait(false);
        var stream = target.Stream;
        await stream.WriteAsync(PuffinFormat.Magic.ToArray(), cancellationToken).ConfigureAwait(false);
        long offset = PuffinFormat.MagicBytes;
        var written = new List<PuffinBlobMetadata>(blobs.Count);
        foreach (var blob in blobs)
        {
            await stream.WriteAsync(blob.Content, cancellationToken).ConfigureAwait(false);
            written.Add(new PuffinBlobMetadata(blob.Type, blob.Fields, blob.SnapshotId, blob.SequenceNumber, offset, blob.Content.Length) { Properties = blob.Properties });
            offset += blob.Content.Length;
        }

        var footer = FooterBytes(written, properties);
        await stream.WriteAsync(footer, cancellationToken).ConfigureAwait(false);
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return (new PuffinFooter(written.ToEquatableList(), properties, footer.Length), offset + footer.Length);
    }

    /// <summary>Writes a file of statistics of one snapshot, as table metadata names it.</summary>
    public static async ValueTask<StatisticsFile> WriteStatisticsAsync(
        IObjectStore store, string location, long snapshotId, IReadOnlyList<PuffinBlob> blobs, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        var (footer, size) = await WriteAsync(store, location, blobs, properties, cancellationToken).ConfigureAwait(false);
        return new StatisticsFile(
            snapshotId,
            location,
            size,
            footer.FooterSizeBytes,
            footer.Blobs.Select(b => new StatisticsBlob(b.Type, b.SnapshotId, b.SequenceNumber, b.Fields) { Properties = b.Properties }).ToEquatableList());
    }

    private static byte[] FooterBytes(List<PuffinBlobMetadata> blobs, IReadOnlyDictionary<string, string> properties)
    {
        var json = JsonText.BytesOf(writer => WriteFooter(writer, blobs, properties));
        var footer = new byte[PuffinFormat.MagicBytes + json.Length + PuffinFormat.TrailerBytes];
        PuffinFormat.Magic.CopyTo(footer);
        json.Span.CopyTo(footer.AsSpan(PuffinFormat.MagicBytes));

        // Payload size, four flag bytes of zero, magic.
        var trailer = footer.AsSpan(PuffinFormat.MagicBytes + json.Length);
        BinaryPrimitives.WriteInt32LittleEndian(trailer, json.Length);
        PuffinFormat.Magic.CopyTo(trailer[8..]);
        return footer;
    }

    private static void WriteFooter(Utf8JsonWriter writer, List<PuffinBlobMetadata> blobs, IReadOnlyDictionary<string, string> properties)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("blobs");
        foreach (var blob in blobs)
        {
            writer.WriteStartObject();
            writer.WriteString("type", blob.Type);
            writer.WriteStartArray("fields");
            foreach (var field in blob.Fields)
            {
                writer.WriteNumberValue(field);
            }

            writer.WriteEndArray();
            writer.WriteNumber("snapshot-id", blob.SnapshotId);
            writer.WriteNumber("sequence-number", blob.SequenceNumber);
            writer.WriteNumber("offset", blob.Offset);
            writer.WriteNumber("length", blob.Length);
            WriteProperties(writer, blob.Properties);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteProperties(writer, properties);
        writer.WriteEndObject();
    }

    private static void WriteProperties(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> properties)
    {
        if (properties.Count > 0)
        {
            writer.WritePropertyName("properties");
            SnapshotJson.WriteTextMap(writer, properties);
        }
    }
}

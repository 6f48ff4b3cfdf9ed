using System.Buffers.Binary;
using System.Text.Json;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Puffin;

/// <summary>Writes one Puffin file blob by blob, nothing compressed. Disposing it without completion leaves nothing behind.</summary>
internal sealed class PuffinWriter : IAsyncDisposable
{
    private readonly ObjectWriter _target;
    private readonly List<PuffinBlobMetadata> _written = [];

    private PuffinWriter(ObjectWriter target) => _target = target;

    /// <summary>The bytes written so far.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Starts a file.</summary>
    public static async ValueTask<PuffinWriter> CreateAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        var writer = new PuffinWriter(await store.CreateAsync(location, cancellationToken).ConfigureAwait(false));
        try
        {
            await writer.WriteAsync(PuffinFormat.Magic.ToArray(), cancellationToken).ConfigureAwait(false);
            return writer;
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Writes a whole file in one go.</summary>
    /// <param name="properties">Of the file, such as <see cref="PuffinFooter.CreatedBy"/>.</param>
    /// <returns>What was written, with each blob's place, and the size of the file.</returns>
    public static async ValueTask<(PuffinFooter Footer, long FileSizeBytes)> WriteAsync(
        IObjectStore store, string location, IReadOnlyList<PuffinBlob> blobs, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        var writer = await CreateAsync(store, location, cancellationToken).ConfigureAwait(false);
        await using var _ = writer.ConfigureAwait(false);
        foreach (var blob in blobs)
        {
            await writer.AddAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        return await writer.CompleteAsync(properties, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Adds a blob.</summary>
    /// <returns>Where it lies.</returns>
    public async ValueTask<PuffinBlobMetadata> AddAsync(PuffinBlob blob, CancellationToken cancellationToken)
    {
        var written = new PuffinBlobMetadata(blob.Type, blob.Fields, blob.SnapshotId, blob.SequenceNumber, BytesWritten, blob.Content.Length) { Properties = blob.Properties };
        await WriteAsync(blob.Content, cancellationToken).ConfigureAwait(false);
        _written.Add(written);
        return written;
    }

    /// <summary>Makes the file durable.</summary>
    public async ValueTask<(PuffinFooter Footer, long FileSizeBytes)> CompleteAsync(IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        var footer = FooterBytes(_written, properties);
        await WriteAsync(footer, cancellationToken).ConfigureAwait(false);
        await _target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return (new PuffinFooter(_written.ToEquatableList(), properties, footer.Length), BytesWritten);
    }

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _target.Stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        BytesWritten += bytes.Length;
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

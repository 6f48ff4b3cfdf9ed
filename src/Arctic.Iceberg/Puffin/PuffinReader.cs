using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Puffin;

/// <summary>Reads Puffin files: the footer first, then blobs. Dispose it.</summary>
internal sealed class PuffinReader : IAsyncDisposable
{
    /// <summary>The greatest size of a footer.</summary>
    public const int FooterBytesMax = 64 * 1024 * 1024;

    /// <summary>The greatest size of a blob, packed or unpacked.</summary>
    public const int BlobBytesMax = 1024 * 1024 * 1024;

    private readonly IObjectReader _reader;
    private readonly string _file;

    private PuffinReader(IObjectReader reader, string file)
    {
        _reader = reader;
        _file = file;
    }

    public PuffinFooter Footer { get; private set; } = null!;

    /// <summary>Opens a file and reads its footer.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>; <c>FORMAT_UNSUPPORTED</c> when the footer is compressed.</exception>
    public static async ValueTask<PuffinReader> OpenAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        var puffin = new PuffinReader(await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false), location);
        try
        {
            puffin.Footer = await puffin.ReadFooterAsync(cancellationToken).ConfigureAwait(false);
            return puffin;
        }
        catch
        {
            await puffin.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Reads and unpacks a blob.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>; <c>FORMAT_UNSUPPORTED</c> for compressions other than zstd.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBlobAsync(PuffinBlobMetadata blob, CancellationToken cancellationToken)
    {
        if (blob.Offset < PuffinFormat.MagicBytes || blob.Length < 0 || blob.Length > BlobBytesMax || blob.Offset > _reader.Size - Footer.FooterSizeBytes - blob.Length)
        {
            throw Corrupt($"the blob '{blob.Type}' of {blob.Length} bytes at {blob.Offset} does not lie in the file");
        }

        var content = new byte[blob.Length];
        await _reader.ReadAsync(blob.Offset, content, cancellationToken).ConfigureAwait(false);
        switch (blob.CompressionCodec)
        {
            case null:
                return content;
            case "zstd":
                var unpacked = new ArrayBufferWriter<byte>();
                AvroCodecs.Decompress(AvroCodec.Zstandard, content, unpacked, BlobBytesMax, _file);
                return unpacked.WrittenMemory;
            default:
                throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read the blob '{blob.Type}' of '{_file}': its compression '{blob.CompressionCodec}' is not supported; zstd is.");
        }
    }

    public ValueTask DisposeAsync() => _reader.DisposeAsync();

    private async ValueTask<PuffinFooter> ReadFooterAsync(CancellationToken cancellationToken)
    {
        var smallest = PuffinFormat.MagicBytes + PuffinFormat.MagicBytes + PuffinFormat.TrailerBytes;
        if (_reader.Size < smallest)
        {
            throw Corrupt($"it has {_reader.Size} bytes, and the shortest such file has {smallest}");
        }

        var trailer = new byte[PuffinFormat.TrailerBytes];
        await _reader.ReadAsync(_reader.Size - trailer.Length, trailer, cancellationToken).ConfigureAwait(false);
        var payloadSize = BinaryPrimitives.ReadInt32LittleEndian(trailer);
        if (!trailer.AsSpan(8).SequenceEqual(PuffinFormat.Magic) || payloadSize < 0 || payloadSize > FooterBytesMax || payloadSize > _reader.Size - smallest)
        {
            throw Corrupt("it does not end as a Puffin file does");
        }

        CheckFlags(trailer.AsSpan(4, 4));
        var footerSize = PuffinFormat.MagicBytes + payloadSize + PuffinFormat.TrailerBytes;
        var footer = new byte[PuffinFormat.MagicBytes + payloadSize];
        await _reader.ReadAsync(_reader.Size - footerSize, footer, cancellationToken).ConfigureAwait(false);
        var head = new byte[PuffinFormat.MagicBytes];
        await _reader.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        if (!head.AsSpan().SequenceEqual(PuffinFormat.Magic) || !footer.AsSpan().StartsWith(PuffinFormat.Magic))
        {
            throw Corrupt("its head or its footer does not begin as those of a Puffin file do");
        }

        return Parse(footer.AsMemory(PuffinFormat.MagicBytes), footerSize);
    }

    private void CheckFlags(ReadOnlySpan<byte> flags)
    {
        if (flags[0] == PuffinFormat.CompressedFooterFlag && flags[1..].IndexOfAnyExcept((byte)0) < 0)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{_file}': its footer is compressed with LZ4, which is not supported.");
        }

        if (flags.IndexOfAnyExcept((byte)0) >= 0)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{_file}': its footer has the unknown flags {Convert.ToHexStringLower(flags)}.");
        }
    }

    private PuffinFooter Parse(ReadOnlyMemory<byte> payload, long footerSize) => JsonText.Read(payload, _file, json =>
    {
        var root = new MetadataJson(json, _file, "");
        return new PuffinFooter(root.RequiredObjects("blobs").Select(ParseBlob).ToEquatableList(), root.FindTextMap("properties") ?? new Dictionary<string, string>(), footerSize);
    });

    private static PuffinBlobMetadata ParseBlob(MetadataJson json) => new(
        json.RequiredText("type"),
        (json.FindInts("fields") ?? throw json.Corrupt($"'{json.PathOf("fields")}' is missing")).ToEquatableList(),
        json.RequiredLong("snapshot-id"),
        json.RequiredLong("sequence-number"),
        json.RequiredLong("offset"),
        json.RequiredLong("length"))
    {
        CompressionCodec = json.FindText("compression-codec"),
        Properties = json.FindTextMap("properties") ?? new Dictionary<string, string>(),
    };

    private ArcticException Corrupt(string what, Exception? cause = null) => new(ErrorCodes.TableCorrupt, $"Cannot read the Puffin file '{_file}': {what}.", cause);
}

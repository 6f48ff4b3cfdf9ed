using System.Buffers;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Avro;

/// <summary>
/// Reads an Avro object container file block by block: open, then <see cref="ReadBlockAsync"/> until false, decoding <see cref="Block"/> each time.
/// Memory is bounded by two blocks and some read-ahead. Not thread-safe.
/// </summary>
internal sealed class AvroFileReader : IAsyncDisposable
{
    /// <summary>The greatest size of a block, packed or unpacked; and of the header.</summary>
    public const int BlockBytesMax = 512 * 1024 * 1024;

    private const int HeaderBytesMax = 64 * 1024 * 1024;
    private const int HeaderEntriesMax = 10_000;

    // A record without fields takes no bytes; no block has many of those.
    private const int EmptyRecordsMax = 1_000_000;
    private const int ReadAheadBytesFirst = 256 * 1024;
    private const int ReadAheadBytesMax = 8 * 1024 * 1024;
    private const int SyncLength = 16;
    private static readonly byte[] Magic = "Obj\u0001"u8.ToArray();

    private readonly IObjectReader _reader;
    private readonly string _file;
    private readonly Dictionary<string, byte[]> _metadata = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _unpacked = new();
    private byte[] _window = [];
    private int _start;
    private int _end;
    private long _nextOffset;
    private int _readAheadBytes = ReadAheadBytesFirst;
    private byte[] _sync = [];
    private AvroCodec _codec;

    private AvroFileReader(IObjectReader reader, string file)
    {
        _reader = reader;
        _file = file;
    }

    /// <summary>The schema that the records were written with.</summary>
    public AvroSchema Schema { get; private set; } = null!;

    /// <summary>The bytes of the current block, unpacked; valid until the next one is read.</summary>
    public ReadOnlySpan<byte> Block => _unpacked.WrittenSpan;

    /// <summary>The records in the current block.</summary>
    public long BlockRecordCount { get; private set; }

    /// <summary>Opens a file and reads its header; owns the reader from then on.</summary>
    /// <param name="file">The name for messages.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>, <c>FORMAT_UNSUPPORTED</c>.</exception>
    public static async ValueTask<AvroFileReader> OpenAsync(IObjectReader reader, string file, CancellationToken cancellationToken)
    {
        var avro = new AvroFileReader(reader, file);
        try
        {
            await avro.ReadHeaderAsync(cancellationToken).ConfigureAwait(false);
            return avro;
        }
        catch
        {
            await avro.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A key-value of the header as text; null when absent.</summary>
    public string? FindMetadata(string key) => _metadata.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    /// <summary>Reads and unpacks the next block.</summary>
    /// <returns>False at the end of the file.</returns>
    public async ValueTask<bool> ReadBlockAsync(CancellationToken cancellationToken)
    {
        _unpacked.ResetWrittenCount();
        BlockRecordCount = 0;
        if (await FillAsync(1, cancellationToken).ConfigureAwait(false) == 0)
        {
            return false;
        }

        BlockRecordCount = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
        var size = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
        if (BlockRecordCount < 0 || size < 0 || size > BlockBytesMax)
        {
            throw Corrupt($"a block claims {BlockRecordCount} records in {size} bytes");
        }

        var packed = await TakeAsync((int)size + SyncLength, cancellationToken).ConfigureAwait(false);
        if (!packed.Span[^SyncLength..].SequenceEqual(_sync))
        {
            throw Corrupt("a block does not end with the file's sync marker");
        }

        AvroCodecs.Decompress(_codec, packed[..^SyncLength], _unpacked, BlockBytesMax, _file);
        return BlockRecordCount <= (long)_unpacked.WrittenCount + EmptyRecordsMax
            ? true
            : throw Corrupt($"a block claims {BlockRecordCount} records in {_unpacked.WrittenCount} bytes");
    }

    public ValueTask DisposeAsync()
    {
        if (_window.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_window);
            _window = [];
        }

        return _reader.DisposeAsync();
    }

    private async ValueTask ReadHeaderAsync(CancellationToken cancellationToken)
    {
        if (_reader.Size < Magic.Length || !(await TakeAsync(Magic.Length, cancellationToken).ConfigureAwait(false)).Span.SequenceEqual(Magic))
        {
            throw Corrupt("it does not begin as an Avro file does");
        }

        long count;
        while ((count = await ReadLongAsync(cancellationToken).ConfigureAwait(false)) != 0)
        {
            if (count < 0)
            {
                await ReadLongAsync(cancellationToken).ConfigureAwait(false);
                count = -count;
            }

            if (count < 0 || count + _metadata.Count > HeaderEntriesMax)
            {
                throw Corrupt($"its header claims {count} entries");
            }

            for (; count > 0; count--)
            {
                var key = Encoding.UTF8.GetString(await ReadHeaderBytesAsync(cancellationToken).ConfigureAwait(false));
                _metadata[key] = await ReadHeaderBytesAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        _sync = (await TakeAsync(SyncLength, cancellationToken).ConfigureAwait(false)).ToArray();
        _codec = AvroCodecs.Parse(FindMetadata("avro.codec"), _file);
        Schema = _metadata.TryGetValue("avro.schema", out var schema) ? AvroSchemaJson.Parse(schema, _file) : throw Corrupt("its header has no schema");
    }

    private async ValueTask<byte[]> ReadHeaderBytesAsync(CancellationToken cancellationToken)
    {
        var length = await ReadLongAsync(cancellationToken).ConfigureAwait(false);
        return length is >= 0 and <= HeaderBytesMax
            ? (await TakeAsync((int)length, cancellationToken).ConfigureAwait(false)).ToArray()
            : throw Corrupt($"a header entry claims {length} bytes");
    }

    private async ValueTask<long> ReadLongAsync(CancellationToken cancellationToken)
    {
        var available = await FillAsync(10, cancellationToken).ConfigureAwait(false);
        var decoder = new AvroDecoder(_window.AsSpan(_start, Math.Min(10, available)));
        try
        {
            var value = decoder.ReadLong();
            _start += decoder.Position;
            return value;
        }
        catch (ArcticException e)
        {
            throw Corrupt("it ends inside a number", e);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(int length, CancellationToken cancellationToken)
    {
        if (await FillAsync(length, cancellationToken).ConfigureAwait(false) < length)
        {
            throw Corrupt($"it ends after {_reader.Size} bytes, inside a block or its header");
        }

        var taken = _window.AsMemory(_start, length);
        _start += length;
        return taken;
    }

    /// <summary>Has at least <paramref name="length"/> bytes in the window where the file has them, and returns how many there are.</summary>
    private async ValueTask<int> FillAsync(int length, CancellationToken cancellationToken)
    {
        var available = _end - _start;
        var left = _reader.Size - _nextOffset;
        if (available >= length || left <= 0)
        {
            return available;
        }

        // Never allocate for a length that the file does not have.
        var wanted = (int)Math.Min(Math.Max(length, _readAheadBytes), available + left);
        if (wanted > _window.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(wanted);
            _window.AsSpan(_start, available).CopyTo(larger);
            if (_window.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_window);
            }

            _window = larger;
        }
        else
        {
            _window.AsSpan(_start, available).CopyTo(_window);
        }

        _start = 0;
        await _reader.ReadAsync(_nextOffset, _window.AsMemory(available, wanted - available), cancellationToken).ConfigureAwait(false);
        _nextOffset += wanted - available;
        _end = wanted;

        // Each request of a remote object waits for its first byte: who reads on gets more at once.
        _readAheadBytes = _reader.LocalPath is null ? Math.Min(_readAheadBytes * 2, ReadAheadBytesMax) : _readAheadBytes;
        return wanted;
    }

    private ArcticException Corrupt(string what, Exception? cause = null) => new(ErrorCodes.TableCorrupt, $"Cannot read '{_file}': {what}.", cause);
}

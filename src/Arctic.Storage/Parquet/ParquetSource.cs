using System.Buffers.Binary;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>
/// An open Parquet file whose footer has been read: in one read from the end where the footer is not uncommonly long. What that read brought is not asked for again.
/// Thread-safe. Does not own the object.
/// </summary>
internal sealed class ParquetSource
{
    private const int TailLength = 8;

    // A round trip to a remote store costs more than the bytes of a footer; the native reader asks for as many.
    private const int RemoteTailBytes = 64 * 1024;
    private const int LocalTailBytes = 16 * 1024;

    private readonly byte[] _tail;

    private ParquetSource(IObjectReader reader, string location, byte[] tail, ParquetFooter footer)
    {
        (Object, Location, _tail, Footer) = (reader, location, tail, footer);
    }

    /// <summary>The file's bytes.</summary>
    public IObjectReader Object { get; }

    /// <summary>The file, for messages.</summary>
    public string Location { get; }

    /// <summary>What the end of the file says.</summary>
    public ParquetFooter Footer { get; }

    /// <summary>From here on the file's bytes are in memory.</summary>
    public long TailStart => Object.Size - _tail.Length;

    /// <summary>Reads the footer.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: it is no Parquet file, or damaged; <c>FORMAT_UNSUPPORTED</c>: it is encrypted.</exception>
    public static async ValueTask<ParquetSource> OpenAsync(IObjectReader reader, string location, CancellationToken cancellationToken)
    {
        var tail = GC.AllocateUninitializedArray<byte>((int)Math.Min(reader.Size, reader.LocalPath is null ? RemoteTailBytes : LocalTailBytes));
        await reader.ReadAsync(reader.Size - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        var length = MetadataLength(tail, reader.Size, location);
        if (length + TailLength > tail.Length)
        {
            var missing = length + TailLength - tail.Length;
            var longer = GC.AllocateUninitializedArray<byte>(length + TailLength);
            tail.CopyTo(longer.AsSpan(missing));
            await reader.ReadAsync(reader.Size - longer.Length, longer.AsMemory(0, missing), cancellationToken).ConfigureAwait(false);
            tail = longer;
        }

        try
        {
            return new ParquetSource(reader, location, tail, ParquetFooterParser.Parse(tail.AsSpan(tail.Length - TailLength - length, length)));
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"'{location}' is damaged. {e.Message}", e);
        }
    }

    /// <summary>Copies what the tail has of the bytes from an offset on.</summary>
    /// <returns>How many; 0 when the offset lies before the tail.</returns>
    public int CopyTail(long offset, Span<byte> target)
    {
        if (offset < TailStart || offset >= Object.Size)
        {
            return 0;
        }

        var available = _tail.AsSpan((int)(offset - TailStart));
        var count = Math.Min(available.Length, target.Length);
        available[..count].CopyTo(target);
        return count;
    }

    /// <summary>Reads bytes that the footer names.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: they do not lie within the file.</exception>
    public async ValueTask<byte[]> ReadAsync(long offset, int length, CancellationToken cancellationToken)
    {
        RequireWithin(offset, length);
        var bytes = GC.AllocateUninitializedArray<byte>(length);
        if (CopyTail(offset, bytes) < length)
        {
            await Object.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        }

        return bytes;
    }

    /// <summary>Refuses a stretch that the file does not have, before anything is allocated for it.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>.</exception>
    public void RequireWithin(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Object.Size - length)
        {
            throw new ArcticException(
                ErrorCodes.TableCorrupt, $"'{Location}' is damaged: its footer names {length:N0} bytes at offset {offset:N0} in a file of {Object.Size:N0}.");
        }
    }

    // The last eight bytes are the metadata's length and the magic.
    private static int MetadataLength(ReadOnlySpan<byte> tail, long size, string location)
    {
        if (tail.Length >= TailLength && tail[^4..].SequenceEqual("PARE"u8))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{location}': its Parquet footer is encrypted.");
        }

        if (tail.Length < TailLength || !tail[^4..].SequenceEqual(ParquetFooter.Magic))
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"'{location}' ({size:N0} bytes) is not a Parquet file: it does not end with 'PAR1'.");
        }

        var length = BinaryPrimitives.ReadUInt32LittleEndian(tail[^8..]);
        return length <= size - TailLength - ParquetFooter.Magic.Length
            ? (int)length
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"'{location}' is damaged: its Parquet footer claims {length:N0} bytes in a file of {size:N0}.");
    }
}

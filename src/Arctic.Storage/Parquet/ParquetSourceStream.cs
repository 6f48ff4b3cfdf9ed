using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>
/// A seekable, synchronous view of a Parquet file for the native reader. What was fetched ahead, and the tail, come from memory; what the footer did not announce is
/// asked for while the reader waits, which no usual file makes it do.
/// </summary>
internal sealed class ParquetSourceStream(ParquetSource source) : Stream
{
    /// <summary>The failure of the store; the native library reports it as a text only.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The bytes that are in memory beside the tail.</summary>
    public FetchedRanges? Fetched { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => source.Object.Size;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, Math.Max(0, Length - Position));
        for (var read = 0; read < wanted;)
        {
            var rest = buffer[read..wanted];
            var count = source.CopyTail(Position, rest);
            count = count > 0 ? count : Fetched?.Copy(Position, rest) ?? 0;
            count = count > 0 ? count : ReadUnannounced(rest);
            read += count;
            Position += count;
        }

        return wanted;
    }

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadUnannounced(Span<byte> buffer)
    {
        var bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            source.Object.ReadAsync(Position, bytes.AsMemory(0, buffer.Length), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            bytes.AsSpan(0, buffer.Length).CopyTo(buffer);
            return buffer.Length;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}

using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>A seekable, synchronous view of an object for native readers; every read waits, so it is used on a <see cref="Formats.NativeBridge"/> only.</summary>
internal sealed class ObjectReadStream(IObjectReader reader) : Stream
{
    /// <summary>The failure of the store; the native library reports it as a text only.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => reader.Size;

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var length = (int)Math.Min(count, Math.Max(0, reader.Size - Position));
        if (length == 0)
        {
            return 0;
        }

        try
        {
            reader.ReadAsync(Position, buffer.AsMemory(offset, length), CancellationToken.None).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }

        Position += length;
        return length;
    }

    public override int Read(Span<byte> buffer)
    {
        var array = System.Buffers.ArrayPool<byte>.Shared.Rent(buffer.Length);
        try
        {
            var read = Read(array, 0, buffer.Length);
            array.AsSpan(0, read).CopyTo(buffer);
            return read;
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(array);
        }
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
}

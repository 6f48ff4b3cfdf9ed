namespace Arctic.Storage.S3;

/// <summary>
/// Cuts what is written into parts. Full ones are sent by the asynchronous calls, which wait while too many are on their way; a synchronous write never waits for the store, and its parts
/// stay in memory until the next <see cref="FlushAsync(CancellationToken)"/>.
/// </summary>
internal sealed class S3PartStream(S3MultipartUpload upload, int partBytes) : Stream
{
    private readonly Queue<S3Part> _full = [];
    private S3Part _part = new(partBytes);

    public long BytesWritten { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => BytesWritten;

    public override long Position
    {
        get => BytesWritten;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_part.IsFull)
            {
                _full.Enqueue(TakeRest());
            }

            buffer = buffer[Take(buffer)..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            if (_part.IsFull)
            {
                _full.Enqueue(TakeRest());
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }

            buffer = buffer[Take(buffer.Span)..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The part under way, of which nothing has been sent; the caller disposes it.</summary>
    public S3Part TakeRest()
    {
        var rest = _part;
        _part = new S3Part(partBytes);
        return rest;
    }

    /// <summary>Sends the parts that are full: the store takes no smaller ones but the last.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_full.TryDequeue(out var part))
        {
            await upload.AddPartAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    public override void Flush()
    {
        // Nothing here may wait for the store.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _part.Dispose();
        while (_full.TryDequeue(out var part))
        {
            part.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Take(ReadOnlySpan<byte> buffer)
    {
        var taken = _part.Append(buffer);
        BytesWritten += taken;
        return taken;
    }
}

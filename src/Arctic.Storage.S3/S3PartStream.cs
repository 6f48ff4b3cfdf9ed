namespace Arctic.Storage.S3;

/// <summary>Cuts what is written into parts and sends each that is full. A write waits only while too many parts are on their way.</summary>
internal sealed class S3PartStream(S3MultipartUpload upload, int partBytes) : Stream
{
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
                // Writers are told that writes may block (ObjectWriter.Stream).
                SendAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
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
                await SendAsync(cancellationToken).ConfigureAwait(false);
            }

            buffer = buffer[Take(buffer.Span)..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>What has not been sent; the caller disposes it.</summary>
    public S3Part TakeRest()
    {
        var rest = _part;
        _part = new S3Part(partBytes);
        return rest;
    }

    public override void Flush()
    {
        // A part is sent when it is full: the store takes no smaller ones but the last.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _part.Dispose();
        base.Dispose(disposing);
    }

    private int Take(ReadOnlySpan<byte> buffer)
    {
        var taken = _part.Append(buffer);
        BytesWritten += taken;
        return taken;
    }

    private ValueTask SendAsync(CancellationToken cancellationToken) => upload.AddPartAsync(TakeRest(), cancellationToken);
}

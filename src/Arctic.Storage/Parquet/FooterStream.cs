using System.Buffers.Binary;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>
/// The stream that the native writer writes to. Passes bytes on and counts them; from <see cref="HoldBack"/> on keeps the last three writes,
/// which the native library makes footer, length and magic, so that the footer can be completed with key-values and read without
/// reading the object again. (The library itself stores key-values only together with a serialized Arrow schema, half of a small file.)
/// </summary>
internal sealed class FooterStream(Stream output) : Stream
{
    private const int WritesHeld = 3;

    private readonly Queue<byte[]> _held = [];
    private bool _isHolding;

    /// <summary>The bytes that have reached the output.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>The failure of the output; the native library reports it as a text only.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => BytesWritten;

    // The native library asks for its position.
    public override long Position
    {
        get => BytesWritten + _held.Sum(b => (long)b.Length);
        set => throw new NotSupportedException();
    }

    /// <summary>From now on the last three writes wait.</summary>
    public void HoldBack() => _isHolding = true;

    /// <summary>Writes the held footer with key-values added, and its end.</summary>
    /// <returns>The footer's metadata as it stands in the file.</returns>
    public byte[] FinishFooter(IReadOnlyDictionary<string, string> keyValues)
    {
        var held = _held.ToArray();
        if (held.Length != WritesHeld || !held[2].AsSpan().SequenceEqual(ParquetFooter.Magic)
            || held[1].Length != 4 || BinaryPrimitives.ReadInt32LittleEndian(held[1]) != held[0].Length)
        {
            throw new ArcticException(ErrorCodes.Internal, "The native Parquet writer did not end its file with footer, length and magic in three writes.");
        }

        var metadata = keyValues.Count == 0 ? held[0] : ParquetFooterRewriter.AddKeyValues(held[0], keyValues);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, metadata.Length);
        _held.Clear();
        Pass(metadata);
        Pass(length);
        Pass(held[2]);
        return metadata;
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (!_isHolding)
        {
            Pass(buffer);
            return;
        }

        if (buffer.IsEmpty)
        {
            return;
        }

        _held.Enqueue(buffer.ToArray());
        if (_held.Count > WritesHeld)
        {
            Pass(_held.Dequeue());
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Waits until the output has taken what was passed on to it.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    // Durability is the object writer's, at its completion.
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        try
        {
            output.Write(bytes);
            BytesWritten += bytes.Length;
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }
}

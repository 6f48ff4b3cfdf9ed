using System.Buffers;

namespace Arctic.Storage.S3;

/// <summary>The bytes of one part, in rented memory that grows as they come: a small file must not take the memory of a whole part.</summary>
internal sealed class S3Part(int bytesMax) : IDisposable
{
    private const int BytesFirst = 64 * 1024;
    private byte[] _buffer = [];
    private int _count;

    public bool IsFull => _count == bytesMax;

    public ReadOnlyMemory<byte> Content => _buffer.AsMemory(0, _count);

    /// <summary>Takes what fits.</summary>
    /// <returns>How much that was.</returns>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(bytes.Length, bytesMax - _count);
        if (_count + taken > _buffer.Length)
        {
            Grow(_count + taken);
        }

        bytes[..taken].CopyTo(_buffer.AsSpan(_count));
        _count += taken;
        return taken;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _count) = ([], 0);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(bytesMax, Math.Max(needed, Math.Max(BytesFirst, _buffer.Length * 2))));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}

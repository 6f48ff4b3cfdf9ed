using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Arctic.Columnar.Columns;

/// <summary>Shows an array of values as the bytes it consists of.</summary>
internal sealed class ArrayMemory<T> : MemoryManager<byte>
    where T : unmanaged
{
    private readonly T[] _values;

    private ArrayMemory(T[] values) => _values = values;

    /// <summary>The bytes of <paramref name="values"/>, without a copy.</summary>
    public static ReadOnlyMemory<byte> Of(T[] values) =>
        values.Length == 0 ? ReadOnlyMemory<byte>.Empty
        : typeof(T) == typeof(byte) ? Unsafe.As<byte[]>(values)
        : new ArrayMemory<T>(values).Memory;

    public override Span<byte> GetSpan() => MemoryMarshal.AsBytes(_values.AsSpan());

    public override unsafe MemoryHandle Pin(int elementIndex = 0)
    {
        var handle = GCHandle.Alloc(_values, GCHandleType.Pinned);
        return new MemoryHandle((byte*)handle.AddrOfPinnedObject() + elementIndex, handle, this);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;

namespace Arctic.Columnar.Arrow;

/// <summary>
/// The memory of a record batch as columns see it. It lives as long as any column does: Apache.Arrow releases a buffer's native memory when the buffer's handle is
/// collected, whoever still has a <see cref="Memory{T}"/> of it, so each column's memory holds the whole batch. A use after the release is an error, not a crash.
/// </summary>
/// <param name="batch">Taken over.</param>
internal sealed class ImportedMemory(RecordBatch batch) : IDisposable
{
    private volatile bool _isReleased;

    /// <summary>The array of a column of the batch, with its buffers under guard.</summary>
    public ArrayData ColumnAt(int index) => Guard(batch.Column(index).Data);

    /// <summary>Releases the memory at once.</summary>
    public void Dispose()
    {
        _isReleased = true;
        batch.Dispose();
    }

    private ArrayData Guard(ArrayData array) => new(
        array.DataType,
        array.Length,
        array.NullCount,
        array.Offset,
        System.Array.ConvertAll(array.Buffers, Guard),
        array.Children is { } children ? System.Array.ConvertAll(children, Guard) : null,
        array.Dictionary is { } dictionary ? Guard(dictionary) : null);

    private ArrowBuffer Guard(ArrowBuffer buffer) =>
        buffer.IsEmpty || MemoryMarshal.TryGetArray(buffer.Memory, out _) ? buffer : new ArrowBuffer(new Block(this, buffer.Memory).Memory);

    private sealed class Block(ImportedMemory owner, ReadOnlyMemory<byte> memory) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => MemoryMarshal.AsMemory(Checked()).Span;

        public override MemoryHandle Pin(int elementIndex = 0) => Checked()[elementIndex..].Pin();

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }

        private ReadOnlyMemory<byte> Checked()
        {
            ObjectDisposedException.ThrowIf(owner._isReleased, owner);
            return memory;
        }
    }
}

using System.Buffers;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;

namespace Arctic.UnitTests.Columnar.Memory;

/// <summary>Gives native memory out and knows how much of it is still there; memory that is used after its release is an error instead of a crash.</summary>
internal sealed class CountingAllocator
{
    private long _live;
    private int _finalized;

    /// <summary>The blocks that are not released.</summary>
    public long Live => Interlocked.Read(ref _live);

    /// <summary>The blocks that only the garbage collector released.</summary>
    public int Finalized => Volatile.Read(ref _finalized);

    /// <summary>A batch of one INT column in native memory, with a lease on it.</summary>
    /// <param name="owner">Whether the memory frees itself when it is collected.</param>
    public ChangeBatch Batch(int[] values, OwnerKind owner = OwnerKind.Finalizable)
    {
        MemoryManager<byte> block = owner == OwnerKind.Finalizable ? new FinalizableBlock(this, values.Length * sizeof(int)) : new Block(this, values.Length * sizeof(int));
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(block.GetSpan());
        var schema = new RowSchema(new Field("n", DataTypes.Int));
        return new ChangeBatch(schema, [new FixedColumn<int>(DataTypes.Int, values.Length, block.Memory, Bitmap.AllSet)], values.Length, lease: MemoryLease.Of(block));
    }

    private unsafe class Block : MemoryManager<byte>
    {
        private readonly CountingAllocator _allocator;
        private readonly int _size;
        private void* _memory;

        public Block(CountingAllocator allocator, int size)
        {
            (_allocator, _size) = (allocator, size);
            _memory = NativeMemory.Alloc((nuint)size);
            Interlocked.Increment(ref allocator._live);
        }

        public override Span<byte> GetSpan() => _memory is null ? throw new ObjectDisposedException(nameof(Block)) : new Span<byte>(_memory, _size);

        public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_memory + elementIndex, default, this);

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (_memory is not null)
            {
                NativeMemory.Free(_memory);
                _memory = null;
                Interlocked.Decrement(ref _allocator._live);
                if (!disposing)
                {
                    Interlocked.Increment(ref _allocator._finalized);
                }
            }
        }
    }

    // As Arrow's own native memory does. The rule's warning is part of the experiment: a span does not keep the block alive.
#pragma warning disable CA2015
    private sealed class FinalizableBlock(CountingAllocator allocator, int size) : Block(allocator, size)
    {
        ~FinalizableBlock() => Dispose(disposing: false);
    }
#pragma warning restore CA2015
}

/// <summary>What becomes of memory whose lease is forgotten.</summary>
internal enum OwnerKind
{
    /// <summary>It is freed when the last column that points into it has been collected.</summary>
    Finalizable,

    /// <summary>It stays.</summary>
    Plain,
}

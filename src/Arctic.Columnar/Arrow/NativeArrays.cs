using System.Buffers;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Column = Arctic.Columnar.Columns.Column;

namespace Arctic.Columnar.Arrow;

/// <summary>An array of Arrow's C data interface: its binary layout.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativeArray
{
    public long Length;
    public long NullCount;
    public long Offset;
    public long BufferCount;
    public long ChildCount;
    public byte** Buffers;
    public NativeArray** Children;
    public NativeArray* Dictionary;
    public delegate* unmanaged<NativeArray*, void> Release;
    public void* PrivateData;
}

/// <summary>
/// The memory of a batch of native arrays as columns see it, as <see cref="ImportedMemory"/> is for one that Apache.Arrow imported, which announces every buffer to the garbage collector: that made a full
/// collection for every four megabytes that a scan decodes. Here only what comes while much memory is unreleased is announced, so that forgotten batches are still collected.
/// Each column's memory holds the whole batch; a use after the release is an error, not a crash.
/// </summary>
internal sealed unsafe class NativeArrays : IDisposable
{
    // Scans that dispose their batches stay below.
    private const long UnannouncedBytesMax = 64 << 20;

    private static long _unreleasedBytes;

    private NativeArray _array;
    private int _isReleased;
    private long _bytes;
    private long _announcedBytes;

    private NativeArrays(NativeArray* array) => _array = *array;

    /// <summary>Releases what was forgotten: no column refers to it any more.</summary>
    ~NativeArrays() => Dispose();

    /// <summary>The bytes that native batches hold at the moment. For tests.</summary>
    internal static long UnreleasedBytes => Interlocked.Read(ref _unreleasedBytes);

    /// <summary>Whether arrays of a type can be imported here.</summary>
    public static bool CanImport(IArrowType type) => type switch
    {
        BooleanType or StringType or BinaryType or FixedSizeBinaryType => true,
        Int8Type or Int16Type or Int32Type or Int64Type or UInt8Type or UInt16Type or UInt32Type or UInt64Type or FloatType or DoubleType or HalfFloatType => true,
        Date32Type or Date64Type or Time32Type or Time64Type or TimestampType or Decimal128Type => true,
        StructType t => t.Fields.All(f => CanImport(f.DataType)),
        ListType t => CanImport(t.ValueDataType),
        MapType t => CanImport(t.KeyField.DataType) && CanImport(t.ValueField.DataType),
        _ => false,
    };

    /// <summary>The rows of a batch.</summary>
    /// <param name="batch">A struct array with a child for each column. Taken over: it is released with the last holder of the result, or with the last column that was forgotten.</param>
    /// <param name="types">The columns' types, each one that <see cref="CanImport"/>.</param>
    /// <param name="schema">The schema of the result, with the types of <see cref="ArrowTypes.FromArrow(Apache.Arrow.Schema)"/>.</param>
    public static ChangeBatch ToChangeBatch(NativeArray* batch, IReadOnlyList<IArrowType> types, RowSchema schema)
    {
        var owner = new NativeArrays(batch);
        try
        {
            var columns = new Column[types.Count];
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = ArrowImport.ToColumn(owner.Import(owner._array.Children[i], types[i]), schema[i].Type);
            }

            owner.Announce();
            return new ChangeBatch(schema, columns, checked((int)owner._array.Length), lease: MemoryLease.Of(owner));
        }
        catch
        {
            owner.Dispose();
            throw;
        }
    }

    /// <summary>Releases the memory at once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReleased, 1) == 1)
        {
            return;
        }

        GC.SuppressFinalize(this);
        fixed (NativeArray* array = &_array)
        {
            array->Release(array);
        }

        if (_announcedBytes > 0)
        {
            GC.RemoveMemoryPressure(_announcedBytes);
        }

        Interlocked.Add(ref _unreleasedBytes, -_bytes);
    }

    private void Announce()
    {
        if (Interlocked.Add(ref _unreleasedBytes, _bytes) > UnannouncedBytesMax && _bytes > 0)
        {
            _announcedBytes = _bytes;
            GC.AddMemoryPressure(_bytes);
        }
    }

    private ArrayData Import(NativeArray* array, IArrowType type)
    {
        var rows = checked(array->Offset + array->Length);
        ArrowBuffer[] buffers = type switch
        {
            StructType => [Validity(array, rows)],
            ListType or MapType => [Validity(array, rows), Buffer(array, 1, (rows + 1) * sizeof(int))],
            StringType or BinaryType => [Validity(array, rows), Buffer(array, 1, (rows + 1) * sizeof(int)), Buffer(array, 2, array->Buffers[1] is null ? 0 : ((int*)array->Buffers[1])[rows])],
            _ => [Validity(array, rows), Buffer(array, 1, BytesOf(((FixedWidthType)type).BitWidth * rows))],
        };
        ArrayData[]? children = type switch
        {
            StructType t => [.. t.Fields.Select((f, i) => Import(array->Children[i], f.DataType))],
            ListType t => [Import(array->Children[0], t.ValueDataType)],
            MapType t => [Import(array->Children[0], t.KeyValueType)],
            _ => null,
        };
        return new ArrayData(type, checked((int)array->Length), checked((int)array->NullCount), checked((int)array->Offset), buffers, children);
    }

    private ArrowBuffer Validity(NativeArray* array, long rows) => Buffer(array, 0, BytesOf(rows));

    private ArrowBuffer Buffer(NativeArray* array, int index, long bytes)
    {
        if (array->Buffers[index] is null || bytes == 0)
        {
            return ArrowBuffer.Empty;
        }

        _bytes += bytes;
        return new ArrowBuffer(new Block(this, array->Buffers[index], checked((int)bytes)).Memory);
    }

    private static long BytesOf(long bits) => (bits + 7) / 8;

    private sealed class Block(NativeArrays owner, byte* start, int length) : MemoryManager<byte>
    {
        // The length is known without a look at the memory.
        public override Memory<byte> Memory => CreateMemory(length);

        public override Span<byte> GetSpan()
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref owner._isReleased) == 1, owner);
            return new Span<byte>(start, length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref owner._isReleased) == 1, owner);
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length);
            return new MemoryHandle(start + elementIndex, pinnable: this);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}

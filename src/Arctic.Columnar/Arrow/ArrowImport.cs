using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Column = Arctic.Columnar.Columns.Column;

namespace Arctic.Columnar.Arrow;

/// <summary>
/// Shows Arrow arrays as columns, without a copy where the layouts agree. Units and widths that no SQL type has (milliseconds, unsigned,
/// 64-bit offsets, dictionaries, views) are converted.
/// </summary>
internal static class ArrowImport
{
    /// <summary>The rows of a record batch; takes it over: it is disposed with the last holder of the result.</summary>
    /// <param name="batch">Arrays in native or managed memory.</param>
    /// <param name="schema">The schema of the result, with the types of <see cref="ArrowTypes.FromArrow(Apache.Arrow.Schema)"/>; null derives it.</param>
    public static ChangeBatch ToChangeBatch(RecordBatch batch, RowSchema? schema = null)
    {
        schema ??= ArrowTypes.FromArrow(batch.Schema);
        var memory = new ImportedMemory(batch);
        var columns = new Column[batch.ColumnCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ToColumn(memory.ColumnAt(i), schema[i].Type);
        }

        return new ChangeBatch(schema, columns, batch.Length, lease: MemoryLease.Of(memory));
    }

    /// <summary>A view of the rows of a record batch, which stays the caller's and must outlive every holder of the result.</summary>
    public static ChangeBatch View(RecordBatch batch)
    {
        var schema = ArrowTypes.FromArrow(batch.Schema);
        var columns = new Column[batch.ColumnCount];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ToColumn(batch.Column(i).Data, schema[i].Type);
        }

        return new ChangeBatch(schema, columns, batch.Length);
    }

    /// <summary>An array as a column of <paramref name="type"/>, which is the type that <see cref="ArrowTypes"/> reads it as, nullability aside.</summary>
    public static Column ToColumn(ArrayData array, DataType type)
    {
        var validity = array.DataType is NullType || array.Buffers.Length == 0 || array.Buffers[0].IsEmpty || array.NullCount == 0
            ? Bitmap.AllSet
            : new Bitmap(array.Buffers[0].Memory, array.Offset);
        return array.DataType switch
        {
            NullType => new NullColumn(array.Length),
            BooleanType => new BooleanColumn(type, array.Length, new Bitmap(array.Buffers[1].Memory, array.Offset), validity),
            Int8Type => Fixed<sbyte>(array, type, validity),
            Int16Type => Fixed<short>(array, type, validity),
            Int32Type or Date32Type or IntervalType => Fixed<int>(array, type, validity),
            Int64Type => Fixed<long>(array, type, validity),
            FloatType => Fixed<float>(array, type, validity),
            DoubleType => Fixed<double>(array, type, validity),
            Decimal128Type => Fixed<Int128>(array, type, validity),
            UInt8Type => Widen<byte, short>(array, type, validity),
            UInt16Type => Widen<ushort, int>(array, type, validity),
            UInt32Type => Widen<uint, long>(array, type, validity),
            UInt64Type => Widen<ulong, Int128>(array, type, validity),
            HalfFloatType => Widen<Half, float>(array, type, validity),
            Decimal32Type => Widen<int, Int128>(array, type, validity),
            Decimal64Type => Widen<long, Int128>(array, type, validity),
            Date64Type => Days(array, type, validity),
            Time32Type t => Rescale(Widen<int, long>(array, type, validity), MicrosPer(t.Unit), 1),
            Time64Type t => t.Unit == TimeUnit.Nanosecond ? Rescale(Fixed<long>(array, type, validity), 1, 1000) : Fixed<long>(array, type, validity),
            TimestampType { Unit: TimeUnit.Second or TimeUnit.Millisecond } t => Rescale(Fixed<long>(array, type, validity), MicrosPer(t.Unit), 1),
            TimestampType => Fixed<long>(array, type, validity),
            DurationType t => Rescale(Fixed<long>(array, type, validity), t.Unit == TimeUnit.Second ? 1000 : 1, DivisorToMillis(t.Unit)),
            StringType or BinaryType => new BytesColumn(type, array.Length, Offsets(array), array.Buffers[2].Memory, validity),
            LargeStringType or LargeBinaryType => new BytesColumn(type, array.Length, NarrowOffsets(array), array.Buffers[2].Memory, validity),
            StringViewType or BinaryViewType => Views(array, type, validity),
            FixedSizeBinaryType t => FixedBytes(array, t.ByteWidth, type, validity),
            ListType => new ListColumn(type, array.Length, Offsets(array), ToColumn(array.Children[0], ElementOf(type)), validity),
            LargeListType => new ListColumn(type, array.Length, NarrowOffsets(array), ToColumn(array.Children[0], ElementOf(type)), validity),
            FixedSizeListType t => FixedList(array, t.ListSize, type, validity),
            MapType => Map(array, (DataType.Map)type, validity),
            StructType => new RowColumn(type, array.Length, Children(array, (DataType.Row)type), validity),
            DictionaryType t => Dictionary(array, t, type, validity),
            Apache.Arrow.ExtensionType t => ToColumn(new ArrayData(t.StorageType, array.Length, array.NullCount, array.Offset, array.Buffers, array.Children, array.Dictionary), type),
            _ => throw new UnreachableException($"Arrow type {array.DataType.Name} passed the schema"),
        };
    }

    private static unsafe FixedColumn<T> Fixed<T>(ArrayData array, DataType type, Bitmap validity)
        where T : unmanaged =>
        new(type, array.Length, array.Buffers[1].Memory.Slice(array.Offset * sizeof(T), array.Length * sizeof(T)), validity);

    private static FixedColumn<TTo> Widen<TFrom, TTo>(ArrayData array, DataType type, Bitmap validity)
        where TFrom : unmanaged, INumber<TFrom>
        where TTo : unmanaged, INumber<TTo>
    {
        var source = MemoryMarshal.Cast<byte, TFrom>(array.Buffers[1].Span).Slice(array.Offset, array.Length);
        var target = GC.AllocateUninitializedArray<TTo>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = TTo.CreateTruncating(source[i]);
        }

        return new FixedColumn<TTo>(type, target, validity);
    }

    private static FixedColumn<long> Rescale(FixedColumn<long> column, long factor, long divisor)
    {
        if (factor == 1 && divisor == 1)
        {
            return column;
        }

        var source = column.Values;
        var target = GC.AllocateUninitializedArray<long>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            // Values of NULL rows are undefined, so an overflow there must not be an error.
            target[i] = divisor == 1 ? unchecked(source[i] * factor) : FloorDivide(source[i], divisor);
        }

        return new FixedColumn<long>(column.Type, target, column.Validity);
    }

    private static FixedColumn<int> Days(ArrayData array, DataType type, Bitmap validity)
    {
        var source = MemoryMarshal.Cast<byte, long>(array.Buffers[1].Span).Slice(array.Offset, array.Length);
        var target = GC.AllocateUninitializedArray<int>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = (int)FloorDivide(source[i], 86_400_000);
        }

        return new FixedColumn<int>(type, target, validity);
    }

    private static long FloorDivide(long value, long divisor) => (value - (((value % divisor) + divisor) % divisor)) / divisor;

    private static long MicrosPer(TimeUnit unit) => unit == TimeUnit.Second ? 1_000_000 : unit == TimeUnit.Millisecond ? 1000 : 1;

    private static long DivisorToMillis(TimeUnit unit) => unit == TimeUnit.Nanosecond ? 1_000_000 : unit == TimeUnit.Microsecond ? 1000 : 1;

    private static DataType ElementOf(DataType type) => ((DataType.Array)type).Element;

    // An empty array may come without an offsets buffer.
    private static ReadOnlyMemory<byte> Offsets(ArrayData array) =>
        array.Buffers[1].IsEmpty ? new byte[sizeof(int)] : array.Buffers[1].Memory.Slice(array.Offset * sizeof(int), (array.Length + 1) * sizeof(int));

    private static ReadOnlyMemory<byte> NarrowOffsets(ArrayData array)
    {
        var target = new int[array.Length + 1];
        if (!array.Buffers[1].IsEmpty)
        {
            var source = MemoryMarshal.Cast<byte, long>(array.Buffers[1].Span).Slice(array.Offset, array.Length + 1);
            if (source[^1] > int.MaxValue)
            {
                throw new ArcticException(
                    ErrorCodes.FormatUnsupported, $"Cannot read a batch with {source[^1]:N0} bytes or elements in one column; the most is {int.MaxValue:N0}. Read smaller batches.");
            }

            for (var i = 0; i < target.Length; i++)
            {
                target[i] = (int)source[i];
            }
        }

        return ArrayMemory<int>.Of(target);
    }

    private static BytesColumn Views(ArrayData array, DataType type, Bitmap validity)
    {
        var views = new BinaryViewArray(array.DataType.TypeId, array);
        var builder = new BytesColumnBuilder(type);
        for (var i = 0; i < array.Length; i++)
        {
            builder.Append(views.GetBytes(i));
        }

        var bytes = (BytesColumn)builder.Build();
        return new BytesColumn(type, array.Length, bytes.OffsetBytes, bytes.Data, validity);
    }

    private static BytesColumn FixedBytes(ArrayData array, int width, DataType type, Bitmap validity)
    {
        var offsets = Steps(array.Length, width);
        return new BytesColumn(type, array.Length, ArrayMemory<int>.Of(offsets), array.Buffers[1].Memory.Slice(array.Offset * width, array.Length * width), validity);
    }

    private static ListColumn FixedList(ArrayData array, int size, DataType type, Bitmap validity)
    {
        var elements = ToColumn(array.Children[0], ElementOf(type)).Slice(array.Offset * size, array.Length * size);
        return new ListColumn(type, array.Length, ArrayMemory<int>.Of(Steps(array.Length, size)), elements, validity);
    }

    private static int[] Steps(int length, int width)
    {
        var offsets = new int[length + 1];
        for (var i = 1; i < offsets.Length; i++)
        {
            offsets[i] = i * width;
        }

        return offsets;
    }

    private static MapColumn Map(ArrayData array, DataType.Map type, Bitmap validity)
    {
        var entries = array.Children[0];
        var keys = ToColumn(entries.Children[0], type.Key);
        var values = ToColumn(entries.Children[1], type.Value);
        if (entries.Offset != 0 || keys.Length != entries.Length)
        {
            keys = keys.Slice(entries.Offset, entries.Length);
            values = values.Slice(entries.Offset, entries.Length);
        }

        return new MapColumn(type, array.Length, Offsets(array), keys, values, validity);
    }

    private static Column[] Children(ArrayData array, DataType.Row type)
    {
        var children = new Column[array.Children.Length];
        for (var i = 0; i < children.Length; i++)
        {
            var child = ToColumn(array.Children[i], type.Fields[i].Type);
            children[i] = array.Offset == 0 && child.Length == array.Length ? child : child.Slice(array.Offset, array.Length);
        }

        return children;
    }

    private static Column Dictionary(ArrayData array, DictionaryType dictionary, DataType type, Bitmap validity)
    {
        var values = ToColumn(array.Dictionary, type);
        var indices = new int[array.Length];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = validity[i] ? IndexAt(array, dictionary.IndexType, i) : -1;
        }

        return values.Gather(indices);
    }

    private static int IndexAt(ArrayData array, IArrowType indexType, int row)
    {
        var bytes = array.Buffers[1].Span;
        var at = array.Offset + row;
        return indexType switch
        {
            Int8Type or UInt8Type => bytes[at],
            Int16Type or UInt16Type => MemoryMarshal.Cast<byte, ushort>(bytes)[at],
            Int32Type or UInt32Type => MemoryMarshal.Cast<byte, int>(bytes)[at],
            _ => checked((int)MemoryMarshal.Cast<byte, long>(bytes)[at]),
        };
    }
}

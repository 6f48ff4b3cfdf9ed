using System.Diagnostics;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.DuckDb.Native;

namespace Arctic.DuckDb.Scanning;

/// <summary>Copies rows of our columns into the vectors of a DuckDB chunk.</summary>
internal static unsafe class VectorWriter
{
    /// <summary>Fills a vector with the rows <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> - 1 of a batch.</summary>
    /// <param name="vector">Fresh, of at least <paramref name="count"/> rows, of the type that <see cref="DuckColumnType"/> gives.</param>
    /// <param name="batch">The batch whose selection the rows count in.</param>
    /// <param name="column">One of the batch's columns.</param>
    public static void Write(nint vector, ChangeBatch batch, Column column, int start, int count)
    {
        Debug.Assert((ulong)count <= DuckNative.VectorSize(), "A chunk has room for one vector's rows.");
        if (column is ConstantColumn)
        {
            column = column.ToDense();
        }

        var rows = batch.Selection is { } selection ? selection.Span.Slice(start, count) : default;
        if (rows.IsEmpty)
        {
            column = column.Slice(start, count);
        }

        var data = DuckNative.VectorGetData(vector);
        switch (column)
        {
            case FixedColumn<sbyte> c:
                Copy(c.Values, rows, new Span<sbyte>(data, count));
                break;
            case FixedColumn<short> c:
                Copy(c.Values, rows, new Span<short>(data, count));
                break;
            case FixedColumn<int> c:
                Copy(c.Values, rows, new Span<int>(data, count));
                break;
            case FixedColumn<long> c:
                Copy(c.Values, rows, new Span<long>(data, count));
                break;
            case FixedColumn<Int128> c:
                // Both are two little-endian words, the lower first.
                Copy(c.Values, rows, new Span<Int128>(data, count));
                break;
            case FixedColumn<float> c:
                CopyFloats(c.Values, rows, new Span<int>(data, count));
                break;
            case FixedColumn<double> c:
                CopyDoubles(c.Values, rows, new Span<long>(data, count));
                break;
            case BooleanColumn c:
                CopyBits(c.Bits, rows, new Span<byte>(data, count));
                break;
            case BytesColumn c:
                CopyBytes(c, rows, vector, new Span<DuckString>(data, count));
                break;
            case NullColumn:
                break;
            default:
                throw new UnreachableException($"Column class {column.GetType()}");
        }

        if (column.HasNulls)
        {
            WriteValidity(vector, column, rows, count);
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> source, ReadOnlySpan<int> rows, Span<T> target)
    {
        if (rows.IsEmpty)
        {
            source.CopyTo(target);
            return;
        }

        for (var i = 0; i < rows.Length; i++)
        {
            target[i] = source[rows[i]];
        }
    }

    private static void CopyFloats(ReadOnlySpan<float> source, ReadOnlySpan<int> rows, Span<int> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = FloatOrder.ToInt(source[rows.IsEmpty ? i : rows[i]]);
        }
    }

    private static void CopyDoubles(ReadOnlySpan<double> source, ReadOnlySpan<int> rows, Span<long> target)
    {
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = FloatOrder.ToLong(source[rows.IsEmpty ? i : rows[i]]);
        }
    }

    private static void CopyBits(Bitmap source, ReadOnlySpan<int> rows, Span<byte> target)
    {
        var bits = source.Bytes.Span;
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = Bitmap.IsSet(bits, source.Offset + (rows.IsEmpty ? i : rows[i])) ? (byte)1 : (byte)0;
        }
    }

    private static void CopyBytes(BytesColumn source, ReadOnlySpan<int> rows, nint vector, Span<DuckString> target)
    {
        var offsets = source.Offsets;
        var data = source.Data.Span;
        var mayHaveNulls = source.HasNulls;
        for (var i = 0; i < target.Length; i++)
        {
            var row = rows.IsEmpty ? i : rows[i];
            var length = offsets[row + 1] - offsets[row];
            var bytes = data.Slice(offsets[row], length);
            if (length <= DuckString.InlineMax)
            {
                target[i] = new DuckString(bytes);
            }
            else if (mayHaveNulls && source.IsNull(row))
            {
                target[i] = default;
            }
            else
            {
                // DuckDB copies long ones into the vector's own heap.
                fixed (byte* pointer = bytes)
                {
                    DuckNative.VectorAssignStringElementLength(vector, (ulong)i, pointer, (ulong)length);
                }
            }
        }
    }

    private static void WriteValidity(nint vector, Column column, ReadOnlySpan<int> rows, int count)
    {
        DuckNative.VectorEnsureValidityWritable(vector);
        var words = new Span<ulong>(DuckNative.VectorGetValidity(vector), (count + 63) >> 6);
        words.Fill(ulong.MaxValue);
        var target = MemoryMarshal.AsBytes(words);
        for (var i = 0; i < count; i++)
        {
            if (column.IsNull(rows.IsEmpty ? i : rows[i]))
            {
                Bitmap.Clear(target, i);
            }
        }
    }
}

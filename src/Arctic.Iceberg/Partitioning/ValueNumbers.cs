using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;

namespace Arctic.Iceberg.Partitioning;

/// <summary>Gives each distinct value of a column a number from 0 up, the same from batch to batch; NULL is a value. Equal as partition tuples are: floats by bits, one NaN.</summary>
internal sealed class ValueNumbers
{
    private readonly Dictionary<long, int> _longs = [];
    private readonly Dictionary<Int128, int> _decimals = [];
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _bytes = new Dictionary<byte[], int>(ByteContent.Comparer).GetAlternateLookup<ReadOnlySpan<byte>>();
    private int _nullNumber = -1;
    private int _next;

    /// <summary>The number of each row's value.</summary>
    public int[] Of(Column column, int length)
    {
        var result = new int[length];
        switch (column.ToDense())
        {
            case FixedColumn<int> c:
                Number(c.Values, c, result);
                break;
            case FixedColumn<long> c:
                Number(c.Values, c, result);
                break;
            case FixedColumn<float> c:
                Number(c.Values, c, result);
                break;
            case FixedColumn<double> c:
                Number(c.Values, c, result);
                break;
            case FixedColumn<Int128> c:
                NumberDecimals(c, result);
                break;
            case BytesColumn c:
                NumberBytes(c, result);
                break;
            case BooleanColumn c:
                NumberBooleans(c, result);
                break;
            default:
                result.AsSpan().Fill(NullNumber());
                break;
        }

        return result;
    }

    private void Number<T>(ReadOnlySpan<T> values, Column column, Span<int> result)
        where T : unmanaged
    {
        long last = 0;
        var lastNumber = -1;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < values.Length; i++)
        {
            if (hasNulls && column.IsNull(i))
            {
                result[i] = NullNumber();
                continue;
            }

            var bits = BitsOf(values[i]);
            if (bits != last || lastNumber < 0)
            {
                (last, lastNumber) = (bits, NumberOf(_longs, bits));
            }

            result[i] = lastNumber;
        }
    }

    private static long BitsOf<T>(T value)
        where T : unmanaged
    {
        // The type tests are resolved when the method is compiled for T.
        if (typeof(T) == typeof(double))
        {
            var real = Unsafe.As<T, double>(ref value);
            return BitConverter.DoubleToInt64Bits(double.IsNaN(real) ? double.NaN : real);
        }

        if (typeof(T) == typeof(float))
        {
            var real = Unsafe.As<T, float>(ref value);
            return BitConverter.SingleToInt32Bits(float.IsNaN(real) ? float.NaN : real);
        }

        return typeof(T) == typeof(int) ? Unsafe.As<T, int>(ref value) : Unsafe.As<T, long>(ref value);
    }

    private void NumberDecimals(FixedColumn<Int128> column, Span<int> result)
    {
        var values = column.Values;
        for (var i = 0; i < values.Length; i++)
        {
            result[i] = column.IsNull(i) ? NullNumber() : NumberOf(_decimals, values[i]);
        }
    }

    private void NumberBytes(BytesColumn column, Span<int> result)
    {
        var offsets = column.Offsets;
        var data = column.Data.Span;
        for (var i = 0; i < result.Length; i++)
        {
            if (column.IsNull(i))
            {
                result[i] = NullNumber();
                continue;
            }

            ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_bytes, data[offsets[i]..offsets[i + 1]], out var isKnown);
            number = isKnown ? number : _next++;
            result[i] = number;
        }
    }

    private void NumberBooleans(BooleanColumn column, Span<int> result)
    {
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = column.IsNull(i) ? NullNumber() : NumberOf(_longs, column.Bits[i] ? 1 : 0);
        }
    }

    private int NumberOf<TKey>(Dictionary<TKey, int> numbers, TKey key)
        where TKey : notnull
    {
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, key, out var isKnown);
        number = isKnown ? number : _next++;
        return number;
    }

    private int NullNumber() => _nullNumber >= 0 ? _nullNumber : _nullNumber = _next++;
}

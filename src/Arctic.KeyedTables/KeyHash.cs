using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.KeyedTables;

/// <summary>
/// The format's hash of a key (spec/arctic.md, A.5): Java's <c>Arrays.hashCode</c> over the key's values in Iceberg's internal representation, made non-negative.
/// It decides which bucket a row lies in, so it is part of the format and must never change.
/// </summary>
internal static class KeyHash
{
    /// <summary>Fills in the hash, never negative, of every row.</summary>
    /// <param name="keyColumns">The key's columns in the order of the PRIMARY KEY clause.</param>
    /// <param name="isUuid">Which of them are UUIDs.</param>
    /// <param name="hashes">One a row.</param>
    public static void Compute(ReadOnlySpan<Column> keyColumns, ReadOnlySpan<bool> isUuid, Span<int> hashes)
    {
        ComputeSigned(keyColumns, isUuid, hashes);
        for (var row = 0; row < hashes.Length; row++)
        {
            hashes[row] = MakePositive(hashes[row]);
        }
    }

    /// <summary>Fills in Java's own hash of every row's values, negative ones too: what a partition's values are spread by.</summary>
    public static void ComputeSigned(ReadOnlySpan<Column> keyColumns, ReadOnlySpan<bool> isUuid, Span<int> hashes)
    {
        var rented = ArrayPool<int>.Shared.Rent(hashes.Length);
        var values = rented.AsSpan(0, hashes.Length);
        hashes.Fill(1);
        for (var i = 0; i < keyColumns.Length; i++)
        {
            HashValues(keyColumns[i], isUuid[i], values);
            for (var row = 0; row < hashes.Length; row++)
            {
                hashes[row] = 31 * hashes[row] + values[row];
            }
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>|hash|, with the one value that has no positive counterpart mapped to the greatest.</summary>
    public static int MakePositive(int hash)
    {
        var sign = hash >> 31;
        var absolute = (hash ^ sign) - sign;
        return absolute - (absolute >>> 31);
    }

    private static void HashValues(Column column, bool isUuid, Span<int> hashes)
    {
        switch (column)
        {
            case NullColumn:
                hashes.Clear();
                return;
            case ConstantColumn c:
                Span<int> one = [0];
                HashValues(c.Value, isUuid, one);
                hashes.Fill(one[0]);
                return;
            case FixedColumn<sbyte> c:
                Widen(c.Values, hashes);
                break;
            case FixedColumn<short> c:
                Widen(c.Values, hashes);
                break;
            case FixedColumn<int> c:
                c.Values.CopyTo(hashes);
                break;
            case FixedColumn<long> c:
                HashInt64(c.Values, hashes);
                break;
            case FixedColumn<float> c:
                HashFloat32(c.Values, hashes);
                break;
            case FixedColumn<double> c:
                HashFloat64(c.Values, hashes);
                break;
            case FixedColumn<Int128> c:
                HashDecimal(c.Values, ((DataType.Decimal)c.Type).Scale, hashes);
                break;
            case BooleanColumn c:
                HashBoolean(c.Bits, hashes);
                break;
            case BytesColumn c when c.Type.IsCharacter():
                HashText(c.Offsets, c.Data.Span, hashes);
                break;
            case BytesColumn c when isUuid:
                HashUuid(c.Offsets, c.Data.Span, hashes);
                break;
            case BytesColumn c:
                HashBinary(c.Offsets, c.Data.Span, hashes);
                break;
            default:
                throw new UnreachableException($"A column of type {column.Type} cannot be part of a key.");
        }

        if (column.HasNulls)
        {
            ClearNulls(column.Validity, hashes);
        }
    }

    private static void ClearNulls(Bitmap validity, Span<int> hashes)
    {
        var bytes = validity.Bytes.Span;
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] &= -(Bitmap.IsSet(bytes, validity.Offset + i) ? 1 : 0);
        }
    }

    private static void Widen(ReadOnlySpan<sbyte> values, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hashes[i] = values[i];
        }
    }

    private static void Widen(ReadOnlySpan<short> values, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hashes[i] = values[i];
        }
    }

    private static void HashInt64(ReadOnlySpan<long> values, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hashes[i] = Fold(values[i]);
        }
    }

    private static void HashFloat32(ReadOnlySpan<float> values, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hashes[i] = float.IsNaN(values[i]) ? 0x7fc00000 : BitConverter.SingleToInt32Bits(values[i]);
        }
    }

    private static void HashFloat64(ReadOnlySpan<double> values, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            hashes[i] = Fold(double.IsNaN(values[i]) ? 0x7ff8000000000000L : BitConverter.DoubleToInt64Bits(values[i]));
        }
    }

    private static void HashBoolean(Bitmap bits, Span<int> hashes)
    {
        var bytes = bits.Bytes.Span;
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = Bitmap.IsSet(bytes, bits.Offset + i) ? 1231 : 1237;
        }
    }

    // BigDecimal: the hash of the unscaled BigInteger (its magnitude's 32-bit words, most significant first; leading zero words change nothing), then the scale.
    private static void HashDecimal(ReadOnlySpan<Int128> values, int scale, Span<int> hashes)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            var magnitude = value < 0 ? UInt128.Zero - (UInt128)value : (UInt128)value;
            var high = (ulong)(magnitude >> 64);
            var low = (ulong)magnitude;
            var hash = (int)(high >> 32);
            hash = 31 * hash + (int)high;
            hash = 31 * hash + (int)(low >> 32);
            hash = 31 * hash + (int)low;
            hashes[i] = 31 * (value < 0 ? -hash : hash) + scale;
        }
    }

    // String: over UTF-16 code units, which are the bytes themselves where the text is ASCII.
    private static void HashText(ReadOnlySpan<int> offsets, ReadOnlySpan<byte> data, Span<int> hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            var text = data[offsets[i]..offsets[i + 1]];
            var hash = 0;
            var at = 0;
            for (; at < text.Length && text[at] < 0x80; at++)
            {
                hash = 31 * hash + text[at];
            }

            hashes[i] = at == text.Length ? hash : HashUtf16(text[at..], hash);
        }
    }

    private static int HashUtf16(ReadOnlySpan<byte> text, int hash)
    {
        while (!text.IsEmpty)
        {
            _ = Rune.DecodeFromUtf8(text, out var rune, out var consumed);
            text = text[consumed..];
            if (rune.IsBmp)
            {
                hash = 31 * hash + rune.Value;
            }
            else
            {
                var above = rune.Value - 0x10000;
                hash = 31 * hash + (0xD800 + (above >> 10));
                hash = 31 * hash + (0xDC00 + (above & 0x3FF));
            }
        }

        return hash;
    }

    // ByteBuffer: signed bytes, the last one first.
    private static void HashBinary(ReadOnlySpan<int> offsets, ReadOnlySpan<byte> data, Span<int> hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            var bytes = data[offsets[i]..offsets[i + 1]];
            var hash = 1;
            for (var at = bytes.Length - 1; at >= 0; at--)
            {
                hash = 31 * hash + (sbyte)bytes[at];
            }

            hashes[i] = hash;
        }
    }

    private static void HashUuid(ReadOnlySpan<int> offsets, ReadOnlySpan<byte> data, Span<int> hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
        {
            var bytes = data[offsets[i]..offsets[i + 1]];
            hashes[i] = bytes.Length < 16 ? 0 : Fold(BinaryPrimitives.ReadInt64BigEndian(bytes) ^ BinaryPrimitives.ReadInt64BigEndian(bytes[8..]));
        }
    }

    private static int Fold(long value) => (int)(value ^ (value >>> 32));
}

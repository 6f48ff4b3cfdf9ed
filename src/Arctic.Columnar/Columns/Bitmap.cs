using System.Numerics;
using System.Runtime.InteropServices;

namespace Arctic.Columnar.Columns;

/// <summary>Bits as Arrow packs them: least significant first. A view of memory that it does not own; the empty bitmap stands for "all set".</summary>
/// <param name="Bytes">The packed bits; empty when every bit is set.</param>
/// <param name="Offset">The bit in <paramref name="Bytes"/> at which index 0 lies.</param>
public readonly record struct Bitmap(ReadOnlyMemory<byte> Bytes, int Offset)
{
    /// <summary>Every bit set, whatever the length.</summary>
    public static readonly Bitmap AllSet = default;

    /// <summary>Whether the bitmap has no bytes, which means that every bit is set.</summary>
    public bool IsAllSet => Bytes.IsEmpty;

    /// <summary>The bit at a 0-based index. For loops take <see cref="Bytes"/>' span once and use <see cref="IsSet"/>.</summary>
    public bool this[int index] => IsAllSet || IsSet(Bytes.Span, Offset + index);

    /// <summary>The bit at a 0-based position in packed bytes.</summary>
    public static bool IsSet(ReadOnlySpan<byte> bytes, int position) => (bytes[position >> 3] >> (position & 7) & 1) != 0;

    /// <summary>Sets the bit at a 0-based position in packed bytes.</summary>
    public static void Set(Span<byte> bytes, int position) => bytes[position >> 3] |= (byte)(1 << (position & 7));

    /// <summary>Clears the bit at a 0-based position in packed bytes.</summary>
    public static void Clear(Span<byte> bytes, int position) => bytes[position >> 3] &= (byte)~(1 << (position & 7));

    /// <summary>The bytes that hold so many bits.</summary>
    public static int BytesFor(int bits) => (bits + 7) >> 3;

    /// <summary>The bitmap from a 0-based index on.</summary>
    public Bitmap Slice(int start) => IsAllSet ? this : new Bitmap(Bytes, Offset + start);

    /// <summary>The number of clear bits among the first <paramref name="length"/>.</summary>
    public int CountClear(int length)
    {
        if (IsAllSet)
        {
            return 0;
        }

        var bytes = Bytes.Span;
        var set = 0;
        var i = 0;
        if ((Offset & 7) == 0)
        {
            var whole = bytes.Slice(Offset >> 3, length >> 3);
            foreach (var word in MemoryMarshal.Cast<byte, ulong>(whole))
            {
                set += BitOperations.PopCount(word);
            }

            foreach (var b in whole[(whole.Length & ~7)..])
            {
                set += BitOperations.PopCount(b);
            }

            i = length & ~7;
        }

        for (; i < length; i++)
        {
            set += IsSet(bytes, Offset + i) ? 1 : 0;
        }

        return length - set;
    }

    /// <summary>The first <paramref name="length"/> bits as fresh bytes that start at bit 0; all ones when this is <see cref="AllSet"/>.</summary>
    public byte[] ToBytes(int length)
    {
        var result = new byte[BytesFor(length)];
        if (IsAllSet)
        {
            result.AsSpan().Fill(0xFF);
            return result;
        }

        var bytes = Bytes.Span;
        if ((Offset & 7) == 0)
        {
            bytes.Slice(Offset >> 3, result.Length).CopyTo(result);
            return result;
        }

        for (var i = 0; i < length; i++)
        {
            if (IsSet(bytes, Offset + i))
            {
                Set(result, i);
            }
        }

        return result;
    }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Arctic.Columnar.Keys;

/// <summary>Single values to and from bytes that sort as they do.</summary>
internal static class KeyBytes
{
    public const byte Null = 0;
    public const byte Present = 1;

    // A zero byte in text is followed by Escaped; the text's end is two zero bytes, which sorts before every continuation.
    private const byte Escaped = 0xFF;

    /// <summary>Big-endian with the sign turned around; floats by their bits, one NaN above all, -0.0 below 0.0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<T>(T value, Span<byte> target)
        where T : unmanaged
    {
        if (typeof(T) == typeof(sbyte))
        {
            target[0] = (byte)((sbyte)(object)value ^ sbyte.MinValue);
        }
        else if (typeof(T) == typeof(short))
        {
            BinaryPrimitives.WriteInt16BigEndian(target, (short)((short)(object)value ^ short.MinValue));
        }
        else if (typeof(T) == typeof(int))
        {
            BinaryPrimitives.WriteInt32BigEndian(target, (int)(object)value ^ int.MinValue);
        }
        else if (typeof(T) == typeof(long))
        {
            BinaryPrimitives.WriteInt64BigEndian(target, (long)(object)value ^ long.MinValue);
        }
        else if (typeof(T) == typeof(Int128))
        {
            BinaryPrimitives.WriteInt128BigEndian(target, (Int128)(object)value ^ Int128.MinValue);
        }
        else if (typeof(T) == typeof(float))
        {
            var number = (float)(object)value;
            var bits = float.IsNaN(number) ? 0x7FC00000 : BitConverter.SingleToInt32Bits(number);
            BinaryPrimitives.WriteInt32BigEndian(target, bits < 0 ? ~bits : bits ^ int.MinValue);
        }
        else
        {
            var number = (double)(object)value;
            var bits = double.IsNaN(number) ? 0x7FF8000000000000 : BitConverter.DoubleToInt64Bits(number);
            BinaryPrimitives.WriteInt64BigEndian(target, bits < 0 ? ~bits : bits ^ long.MinValue);
        }
    }

    /// <summary>The reverse of <see cref="Write"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Read<T>(ReadOnlySpan<byte> source)
        where T : unmanaged
    {
        if (typeof(T) == typeof(sbyte))
        {
            return (T)(object)(sbyte)(source[0] ^ 0x80);
        }

        if (typeof(T) == typeof(short))
        {
            return (T)(object)(short)(BinaryPrimitives.ReadInt16BigEndian(source) ^ short.MinValue);
        }

        if (typeof(T) == typeof(int))
        {
            return (T)(object)(BinaryPrimitives.ReadInt32BigEndian(source) ^ int.MinValue);
        }

        if (typeof(T) == typeof(long))
        {
            return (T)(object)(BinaryPrimitives.ReadInt64BigEndian(source) ^ long.MinValue);
        }

        if (typeof(T) == typeof(Int128))
        {
            return (T)(object)(BinaryPrimitives.ReadInt128BigEndian(source) ^ Int128.MinValue);
        }

        if (typeof(T) == typeof(float))
        {
            var bits = BinaryPrimitives.ReadInt32BigEndian(source);
            return (T)(object)BitConverter.Int32BitsToSingle(bits < 0 ? bits ^ int.MinValue : ~bits);
        }

        var wide = BinaryPrimitives.ReadInt64BigEndian(source);
        return (T)(object)BitConverter.Int64BitsToDouble(wide < 0 ? wide ^ long.MinValue : ~wide);
    }

    /// <summary>The bytes that text takes: itself, one more for each zero byte, two for the end.</summary>
    public static int TextLength(ReadOnlySpan<byte> text) => text.Length + text.Count((byte)0) + 2;

    /// <summary>Writes text; returns the bytes used.</summary>
    public static int WriteText(ReadOnlySpan<byte> text, Span<byte> target)
    {
        var at = 0;
        for (var zero = text.IndexOf((byte)0); zero >= 0; zero = text.IndexOf((byte)0))
        {
            text[..(zero + 1)].CopyTo(target[at..]);
            at += zero + 1;
            target[at++] = Escaped;
            text = text[(zero + 1)..];
        }

        text.CopyTo(target[at..]);
        at += text.Length;
        target[at++] = 0;
        target[at++] = 0;
        return at;
    }

    /// <summary>The length of the text at the start of <paramref name="source"/>, and the bytes that it takes there.</summary>
    public static (int Length, int Used) MeasureText(ReadOnlySpan<byte> source)
    {
        var (length, at) = (0, 0);
        while (true)
        {
            var zero = source[at..].IndexOf((byte)0);
            length += zero;
            at += zero + 2;
            if (source[at - 1] != Escaped)
            {
                return (length, at);
            }

            length++;
        }
    }

    /// <summary>Copies the text at the start of <paramref name="source"/>; returns the bytes that it takes there.</summary>
    public static int ReadText(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var (from, to) = (0, 0);
        while (true)
        {
            var zero = source[from..].IndexOf((byte)0);
            source.Slice(from, zero).CopyTo(target[to..]);
            to += zero;
            from += zero + 2;
            if (source[from - 1] != Escaped)
            {
                return from;
            }

            target[to++] = 0;
        }
    }
}

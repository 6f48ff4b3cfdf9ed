using System.Buffers.Binary;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec;

/// <summary>The single-value binary form of bounds and partition summaries (Iceberg spec, appendix D). Values are boxed as <see cref="IcebergType"/> says.</summary>
internal static class BoundCodec
{
    /// <summary>Encodes a value; null for a type that has no bounds.</summary>
    public static byte[]? Encode(IcebergType type, object value)
    {
        switch (type, value)
        {
            case (IcebergType.Boolean, bool flag):
                return [flag ? (byte)1 : (byte)0];
            case (IcebergType.Int or IcebergType.Date, int number):
                var four = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(four, number);
                return four;
            case (IcebergType.Long or IcebergType.Time or IcebergType.Timestamp or IcebergType.TimestampTz or IcebergType.TimestampNs or IcebergType.TimestampTzNs, long number):
                var eight = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(eight, number);
                return eight;
            case (IcebergType.Float, float number):
                var single = new byte[4];
                BinaryPrimitives.WriteSingleLittleEndian(single, number);
                return single;
            case (IcebergType.Double, double number):
                var real = new byte[8];
                BinaryPrimitives.WriteDoubleLittleEndian(real, number);
                return real;
            case (IcebergType.Decimal, Int128 unscaled):
                return EncodeUnscaled(unscaled);
            case (IcebergType.String, string text):
                return Encoding.UTF8.GetBytes(text);
            case (IcebergType.Uuid or IcebergType.Fixed or IcebergType.Binary, byte[] bytes):
                return bytes;
            case (IcebergType.Struct or IcebergType.List or IcebergType.Map or IcebergType.Unknown or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography, _):
                return null;
            default:
                throw new ArgumentException($"A value of type {value.GetType().Name} is not one of the Iceberg type '{type}'.", nameof(value));
        }
    }

    /// <summary>
    /// Decodes a bound of a column that is now of <paramref name="type"/>. A bound of an older, narrower type (4 bytes under long, double or timestamp) is widened.
    /// </summary>
    /// <returns>The boxed value; null when the type has no bounds.</returns>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: the length does not fit the type.</exception>
    public static object? Decode(IcebergType type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case IcebergType.Boolean when bytes.Length == 1:
                return bytes[0] != 0;
            case IcebergType.Int or IcebergType.Date when bytes.Length == 4:
                return BinaryPrimitives.ReadInt32LittleEndian(bytes);
            case IcebergType.Long or IcebergType.Time when bytes.Length is 4 or 8:
                return bytes.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case IcebergType.Timestamp or IcebergType.TimestampTz when bytes.Length is 4 or 8:
                return bytes.Length == 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) * 86_400_000_000L : BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case IcebergType.TimestampNs or IcebergType.TimestampTzNs when bytes.Length is 4 or 8:
                return bytes.Length == 4 ? SaturatedNanos(BinaryPrimitives.ReadInt32LittleEndian(bytes)) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
            case IcebergType.Float when bytes.Length == 4:
                return BinaryPrimitives.ReadSingleLittleEndian(bytes);
            case IcebergType.Double when bytes.Length is 4 or 8:
                return bytes.Length == 4 ? BinaryPrimitives.ReadSingleLittleEndian(bytes) : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
            case IcebergType.Decimal when bytes.Length is > 0 and <= 16:
                return DecodeUnscaled(bytes);
            case IcebergType.String:
                return Encoding.UTF8.GetString(bytes);
            case IcebergType.Uuid when bytes.Length == 16:
            case IcebergType.Fixed or IcebergType.Binary:
                return bytes.ToArray();
            case IcebergType.Struct or IcebergType.List or IcebergType.Map or IcebergType.Unknown or IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography:
                return null;
            default:
                throw new ArcticException(ErrorCodes.TableCorrupt, $"A bound of {bytes.Length} bytes cannot be one of type '{type}'.");
        }
    }

    /// <summary>Whether bytes of that length can be a bound of the type. A table that was replaced may give an old file's column id another type.</summary>
    public static bool CanDecode(IcebergType type, int length) => type switch
    {
        IcebergType.Boolean => length == 1,
        IcebergType.Int or IcebergType.Date or IcebergType.Float => length == 4,
        IcebergType.Long or IcebergType.Time or IcebergType.Timestamp or IcebergType.TimestampTz or IcebergType.TimestampNs or IcebergType.TimestampTzNs or IcebergType.Double => length is 4 or 8,
        IcebergType.Decimal => length is > 0 and <= 16,
        IcebergType.Uuid => length == 16,
        _ => true,
    };

    /// <summary>The shortest two's-complement big-endian form: what bounds, Avro fixed defaults and bucket hashes use.</summary>
    public static byte[] EncodeUnscaled(Int128 unscaled)
    {
        Span<byte> all = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(all, unscaled);
        var start = 0;
        while (start < 15 && ((all[start] == 0 && all[start + 1] < 0x80) || (all[start] == 0xFF && all[start + 1] >= 0x80)))
        {
            start++;
        }

        return all[start..].ToArray();
    }

    /// <summary>Reads 1 to 16 bytes of two's-complement big-endian.</summary>
    public static Int128 DecodeUnscaled(ReadOnlySpan<byte> bytes)
    {
        Int128 value = (sbyte)bytes[0];
        foreach (var b in bytes[1..])
        {
            value = (value << 8) | b;
        }

        return value;
    }

    private static long SaturatedNanos(int days)
    {
        var nanos = (Int128)days * 86_400_000_000_000L;
        return nanos > long.MaxValue ? long.MaxValue : nanos < long.MinValue ? long.MinValue : (long)nanos;
    }
}

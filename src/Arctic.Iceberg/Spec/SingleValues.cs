using System.Globalization;

namespace Arctic.Iceberg.Spec;

/// <summary>Single values as <see cref="IcebergType"/> boxes them: made from .NET values, compared, and carried over to wider types.</summary>
internal static class SingleValues
{
    private const long MicrosPerDay = 86_400_000_000;
    private static readonly int EpochDay = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>The boxed value of a type, from the value that .NET code would have: <c>decimal</c>, <c>DateOnly</c>, <c>Guid</c> and so on, or the boxed form itself.</summary>
    /// <exception cref="ArgumentException">It is no value of the type; the message says what was found.</exception>
    public static object From(IcebergType type, object value) => FindFrom(type, value)
        ?? throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{value} of type {value.GetType().Name} is not a value of the type '{type}'"), nameof(value));

    /// <summary>The value under a wider type.</summary>
    public static object? Promote(IcebergType from, IcebergType to, object? value) => (from, to, value) switch
    {
        (IcebergType.Int, IcebergType.Long, int number) => (long)number,
        (IcebergType.Float, IcebergType.Double, float number) => (double)number,
        (IcebergType.Date, IcebergType.Timestamp, int days) => days * MicrosPerDay,
        (IcebergType.Date, IcebergType.TimestampNs, int days) => checked(days * MicrosPerDay * 1000),
        _ => value,
    };

    /// <summary>Whether two values are the same; bytes by content.</summary>
    public static bool AreEqual(object? one, object? other) => (one, other) switch
    {
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (object?[] a, object?[] b) => a.Length == b.Length && a.Zip(b).All(p => AreEqual(p.First, p.Second)),
        (KeyValuePair<object, object?>[] a, KeyValuePair<object, object?>[] b) =>
            a.Length == b.Length && a.Zip(b).All(p => AreEqual(p.First.Key, p.Second.Key) && AreEqual(p.First.Value, p.Second.Value)),
        _ => Equals(one, other),
    };

    private static object? FindFrom(IcebergType type, object value) => (type, value) switch
    {
        (IcebergType.Boolean, bool) => value,
        (IcebergType.Int, _) when FindWhole(value) is >= int.MinValue and <= int.MaxValue and var number => (int)number,
        (IcebergType.Long, _) => FindWhole(value),
        // JSON has no NaN and no infinities, and defaults live in JSON.
        (IcebergType.Float, float number) when !float.IsFinite(number) => null,
        (IcebergType.Double, double number) when !double.IsFinite(number) => null,
        (IcebergType.Double, float number) when !float.IsFinite(number) => null,
        (IcebergType.Float, float) => value,
        (IcebergType.Float, _) when FindWhole(value) is { } number => (float)number,
        (IcebergType.Double, double) => value,
        (IcebergType.Double, float number) => (double)number,
        (IcebergType.Double, _) when FindWhole(value) is { } number => (double)number,
        (IcebergType.Decimal d, Int128 unscaled) when Fits(unscaled, d.Precision) => value,
        (IcebergType.Decimal d, decimal number) => FindUnscaled(number, d),
        (IcebergType.Decimal d, _) when FindWhole(value) is { } number => FindUnscaled(number, d),
        (IcebergType.Date, int) => value,
        (IcebergType.Date, DateOnly date) => date.DayNumber - EpochDay,
        (IcebergType.Time, long and >= 0 and < MicrosPerDay) => value,
        (IcebergType.Time, TimeOnly time) => time.Ticks / TimeSpan.TicksPerMicrosecond,
        (IcebergType.Timestamp or IcebergType.TimestampTz or IcebergType.TimestampNs or IcebergType.TimestampTzNs, long) => value,
        (IcebergType.Timestamp, DateTime { Kind: not DateTimeKind.Utc } time) => MicrosOf(time),
        (IcebergType.TimestampTz, DateTime { Kind: DateTimeKind.Utc } time) => MicrosOf(time),
        (IcebergType.TimestampTz, DateTimeOffset time) => MicrosOf(time.UtcDateTime),
        (IcebergType.TimestampNs, DateTime { Kind: not DateTimeKind.Utc } time) => FindNanos(time),
        (IcebergType.TimestampTzNs, DateTime { Kind: DateTimeKind.Utc } time) => FindNanos(time),
        (IcebergType.TimestampTzNs, DateTimeOffset time) => FindNanos(time.UtcDateTime),
        (IcebergType.String, string) => value,
        (IcebergType.Uuid, Guid id) => id.ToByteArray(bigEndian: true),
        (IcebergType.Uuid, byte[] { Length: 16 }) => value,
        (IcebergType.Fixed f, byte[] bytes) when bytes.Length == f.Length => value,
        (IcebergType.Binary, byte[]) => value,
        _ => null,
    };

    private static object? FindUnscaled(decimal number, IcebergType.Decimal type)
    {
        // A decimal has at most 28 places behind the point: a coarser scale must not cut digits, a finer one adds zeros.
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(number, bits);
        var unscaled = ((Int128)(uint)bits[2] << 64) | ((Int128)(uint)bits[1] << 32) | (uint)bits[0];
        unscaled = bits[3] < 0 ? -unscaled : unscaled;
        for (int scale = number.Scale; scale != type.Scale && unscaled != 0; scale += Math.Sign(type.Scale - scale))
        {
            if (scale > type.Scale && unscaled % 10 != 0)
            {
                return null;
            }

            unscaled = scale > type.Scale ? unscaled / 10 : unscaled * 10;
            if (!Fits(unscaled, 38))
            {
                return null;
            }
        }

        return Fits(unscaled, type.Precision) ? unscaled : null;
    }

    private static bool Fits(Int128 unscaled, int precision)
    {
        var limit = Int128.One;
        for (var i = 0; i < precision; i++)
        {
            limit *= 10;
        }

        return unscaled < limit && unscaled > -limit;
    }

    private static long? FindWhole(object value) => value switch
    {
        long number => number,
        int number => number,
        short number => number,
        sbyte number => number,
        byte number => number,
        ushort number => number,
        uint number => number,
        _ => null,
    };

    private static long MicrosOf(DateTime time)
    {
        var ticks = time.Ticks - DateTime.UnixEpoch.Ticks;
        return (ticks - (((ticks % 10) + 10) % 10)) / 10;
    }

    private static object? FindNanos(DateTime time)
    {
        var nanos = (Int128)(time.Ticks - DateTime.UnixEpoch.Ticks) * 100;
        return nanos >= long.MinValue && nanos <= long.MaxValue ? (long)nanos : null;
    }
}

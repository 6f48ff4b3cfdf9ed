using System.Buffers.Binary;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Partitioning;

/// <summary>Applies partition transforms to whole columns (Iceberg spec, "Partition Transforms"). NULL gives NULL everywhere.</summary>
internal static class TransformKernels
{
    private const long MicrosPerHour = 3_600_000_000;
    private const long MicrosPerDay = 86_400_000_000;

    /// <summary>Whether the transform is defined for the type.</summary>
    public static bool Accepts(Transform transform, IcebergType source) => transform switch
    {
        Transform.Void => true,
        Transform.Identity => source.IsPrimitive && source is not (IcebergType.Variant or IcebergType.Geometry or IcebergType.Geography),
        Transform.Bucket => source is IcebergType.Int or IcebergType.Long or IcebergType.Decimal or IcebergType.Date or IcebergType.Time or IcebergType.String
            or IcebergType.Uuid or IcebergType.Fixed or IcebergType.Binary || IsTimestamp(source),
        Transform.Truncate => source is IcebergType.Int or IcebergType.Long or IcebergType.Decimal or IcebergType.String or IcebergType.Binary,
        Transform.Year or Transform.Month or Transform.Day => source is IcebergType.Date || IsTimestamp(source),
        Transform.Hour => IsTimestamp(source),
        _ => false,
    };

    /// <summary>The transformed values, of the SQL type of <see cref="Transform.ResultType"/>.</summary>
    /// <param name="transform">Must accept <paramref name="source"/>.</param>
    /// <param name="source">The type of the column in the table.</param>
    /// <param name="column">Values of that type.</param>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: the transform is unknown or not defined for the type.</exception>
    public static Column Apply(Transform transform, IcebergType source, Column column)
    {
        if (!Accepts(transform, source))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"The transform '{transform}' cannot be applied to a column of type '{source}'.");
        }

        if (column is ConstantColumn constant)
        {
            return new ConstantColumn(Apply(transform, source, constant.Value), column.Length);
        }

        return transform switch
        {
            Transform.Identity => column,
            Transform.Void => IcebergValues.Repeat(transform.ResultType(source), null, column.Length),
            Transform.Bucket t => Bucket(t.Count, source, column),
            Transform.Truncate t => Truncate(t.Width, source, column),
            _ when column is FixedColumn<int> days => FromDays(transform, days),
            _ => FromTimestamps(transform, (FixedColumn<long>)column, UnitsPerMicro(source)),
        };
    }

    private static bool IsTimestamp(IcebergType type) => type is IcebergType.Timestamp or IcebergType.TimestampTz or IcebergType.TimestampNs or IcebergType.TimestampTzNs;

    private static long UnitsPerMicro(IcebergType source) => source is IcebergType.TimestampNs or IcebergType.TimestampTzNs ? 1000 : 1;

    private static FixedColumn<int> Bucket(int count, IcebergType source, Column column)
    {
        var buckets = new int[column.Length];
        switch (column)
        {
            case FixedColumn<int> c:
                BucketInts(c.Values, buckets, count);
                break;
            case FixedColumn<long> c:
                BucketLongs(c.Values, buckets, count, UnitsPerMicro(source));
                break;
            case FixedColumn<Int128> c:
                BucketDecimals(c.Values, buckets, count);
                break;
            case BytesColumn c:
                BucketBytes(c, buckets, count);
                break;
        }

        return new FixedColumn<int>(DataTypes.Int, buckets, column.Validity);
    }

    private static void BucketInts(ReadOnlySpan<int> values, Span<int> buckets, int count)
    {
        for (var i = 0; i < values.Length; i++)
        {
            buckets[i] = BucketOf(Murmur3.Hash((long)values[i]), count);
        }
    }

    private static void BucketLongs(ReadOnlySpan<long> values, Span<int> buckets, int count, long divisor)
    {
        for (var i = 0; i < values.Length; i++)
        {
            buckets[i] = BucketOf(Murmur3.Hash(FloorDivide(values[i], divisor)), count);
        }
    }

    private static void BucketDecimals(ReadOnlySpan<Int128> values, Span<int> buckets, int count)
    {
        Span<byte> bytes = stackalloc byte[16];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt128BigEndian(bytes, values[i]);
            buckets[i] = BucketOf(Murmur3.Hash(bytes[MinimalStart(bytes)..]), count);
        }
    }

    private static void BucketBytes(BytesColumn column, Span<int> buckets, int count)
    {
        var offsets = column.Offsets;
        var data = column.Data.Span;
        for (var i = 0; i < buckets.Length; i++)
        {
            buckets[i] = BucketOf(Murmur3.Hash(data[offsets[i]..offsets[i + 1]]), count);
        }
    }

    private static int BucketOf(int hash, int count) => (hash & int.MaxValue) % count;

    // The first byte of the shortest two's-complement form.
    private static int MinimalStart(ReadOnlySpan<byte> bigEndian)
    {
        var start = 0;
        while (start < bigEndian.Length - 1
            && ((bigEndian[start] == 0 && bigEndian[start + 1] < 0x80) || (bigEndian[start] == 0xFF && bigEndian[start + 1] >= 0x80)))
        {
            start++;
        }

        return start;
    }

    private static Column Truncate(int width, IcebergType source, Column column)
    {
        switch (column)
        {
            case FixedColumn<int> c:
                {
                    var result = new int[c.Length];
                    TruncateInts(c.Values, result, width);
                    return new FixedColumn<int>(c.Type, result, c.Validity);
                }

            case FixedColumn<long> c:
                {
                    var result = new long[c.Length];
                    TruncateLongs(c.Values, result, width);
                    return new FixedColumn<long>(c.Type, result, c.Validity);
                }

            case FixedColumn<Int128> c:
                {
                    var result = new Int128[c.Length];
                    TruncateDecimals(c.Values, result, width);
                    return new FixedColumn<Int128>(c.Type, result, c.Validity);
                }

            default:
                return TruncateBytes((BytesColumn)column, width, source is IcebergType.String);
        }
    }

    private static void TruncateInts(ReadOnlySpan<int> values, Span<int> result, int width)
    {
        for (var i = 0; i < values.Length; i++)
        {
            // In 64 bits, and then wrapped as Java's int arithmetic does.
            long value = values[i];
            result[i] = unchecked((int)(value - (((value % width) + width) % width)));
        }
    }

    private static void TruncateLongs(ReadOnlySpan<long> values, Span<long> result, int width)
    {
        for (var i = 0; i < values.Length; i++)
        {
            result[i] = unchecked(values[i] - (((values[i] % width) + width) % width));
        }
    }

    private static void TruncateDecimals(ReadOnlySpan<Int128> values, Span<Int128> result, int width)
    {
        for (var i = 0; i < values.Length; i++)
        {
            result[i] = unchecked(values[i] - (((values[i] % width) + width) % width));
        }
    }

    private static BytesColumn TruncateBytes(BytesColumn column, int width, bool isText)
    {
        var source = column.Offsets;
        var data = column.Data.Span;
        var offsets = new int[column.Length + 1];
        for (var i = 0; i < column.Length; i++)
        {
            var value = data[source[i]..source[i + 1]];
            offsets[i + 1] = offsets[i] + (isText ? Utf8.PrefixLength(value, width) : Math.Min(width, value.Length));
        }

        var result = new byte[offsets[^1]];
        for (var i = 0; i < column.Length; i++)
        {
            data.Slice(source[i], offsets[i + 1] - offsets[i]).CopyTo(result.AsSpan(offsets[i]));
        }

        return new BytesColumn(column.Type, offsets, result, column.Validity);
    }

    private static FixedColumn<int> FromDays(Transform transform, FixedColumn<int> column)
    {
        if (transform is Transform.Day)
        {
            return (FixedColumn<int>)column.WithType(DataTypes.Date);
        }

        var days = column.Values;
        var result = new int[days.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = transform is Transform.Year ? YearOf(days[i]) : MonthOf(days[i]);
        }

        return new FixedColumn<int>(DataTypes.Int, result, column.Validity);
    }

    private static FixedColumn<int> FromTimestamps(Transform transform, FixedColumn<long> column, long unitsPerMicro)
    {
        var values = column.Values;
        var result = new int[values.Length];
        var divisor = (transform is Transform.Hour ? MicrosPerHour : MicrosPerDay) * unitsPerMicro;
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (int)FloorDivide(values[i], divisor);
        }

        if (transform is Transform.Year or Transform.Month)
        {
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = transform is Transform.Year ? YearOf(result[i]) : MonthOf(result[i]);
            }
        }

        return new FixedColumn<int>(transform is Transform.Day ? DataTypes.Date : DataTypes.Int, result, column.Validity);
    }

    private static long FloorDivide(long value, long divisor)
    {
        var quotient = value / divisor;
        return value % divisor < 0 ? quotient - 1 : quotient;
    }

    private static int YearOf(int days) => CivilOf(days).Year - 1970;

    private static int MonthOf(int days)
    {
        var (year, month) = CivilOf(days);
        return ((year - 1970) * 12) + month - 1;
    }

    // Proleptic Gregorian; years are counted from March so that the leap day is the last of its year.
    private static (int Year, int Month) CivilOf(int days)
    {
        var shifted = days + 719_468L;
        var era = FloorDivide(shifted, 146_097);
        var dayOfEra = shifted - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var monthFromMarch = ((5 * dayOfYear) + 2) / 153;
        var month = (int)(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9);
        return ((int)(yearOfEra + (era * 400)) + (month <= 2 ? 1 : 0), month);
    }
}

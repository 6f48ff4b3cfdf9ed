using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Literals of filters as values of a column's Iceberg type.</summary>
internal static class PredicateValues
{
    /// <summary>The literal as a value of the column; null when the column cannot hold exactly that value.</summary>
    public static object? FromLiteral(IcebergType type, Expression.Literal literal) => (type, literal.Value, literal.Type) switch
    {
        (IcebergType.Boolean, bool value, _) => value,
        (IcebergType.Int, sbyte or short or int or long, var t) when t.IsInteger() && Integer(literal.Value) is >= int.MinValue and <= int.MaxValue and var value => (int)value,
        (IcebergType.Long, sbyte or short or int or long, var t) when t.IsInteger() => Integer(literal.Value),
        (IcebergType.Int, Int128 unscaled, DataType.Decimal d) when Rescale(unscaled, d.Scale, 0) is { } value && value >= int.MinValue && value <= int.MaxValue => (int)value,
        (IcebergType.Long, Int128 unscaled, DataType.Decimal d) when Rescale(unscaled, d.Scale, 0) is { } value && value >= long.MinValue && value <= long.MaxValue => (long)value,
        (IcebergType.Float, float value, _) => value,
        (IcebergType.Float, double value, _) when (float)value == value => (float)value,
        (IcebergType.Double, double value, _) => value,
        (IcebergType.Double, float value, _) => (double)value,
        (IcebergType.Decimal d, Int128 unscaled, DataType.Decimal from) => Rescale(unscaled, from.Scale, d.Scale),
        (IcebergType.Decimal d, sbyte or short or int or long, var t) when t.IsInteger() => Rescale(Integer(literal.Value), 0, d.Scale),
        (IcebergType.Date, int days, DataType.Date) => days,
        (IcebergType.Time, long micros, DataType.Time) => micros,
        (IcebergType.Timestamp, long value, DataType.Timestamp t) => Micros(value, t.IsNanos),
        (IcebergType.TimestampTz, long value, DataType.TimestampLtz t) => Micros(value, t.IsNanos),
        (IcebergType.TimestampNs, long value, DataType.Timestamp t) => Nanos(value, t.IsNanos),
        (IcebergType.TimestampTzNs, long value, DataType.TimestampLtz t) => Nanos(value, t.IsNanos),
        (IcebergType.String, string text, _) => text,
        (IcebergType.Binary or IcebergType.Fixed or IcebergType.Uuid, EquatableList<byte> bytes, _) => bytes.AsSpan().ToArray(),
        _ => null,
    };

    /// <summary>Whether a cast maps every value to one of its own and keeps their order, so that it can be looked through.</summary>
    public static bool IsOrderPreserving(DataType from, DataType to) => (from, to) switch
    {
        _ when from.EqualsIgnoringNullability(to) => true,
        _ when from.IsInteger() && to.IsInteger() => WidthOf(from) <= WidthOf(to),
        (var f, DataType.Decimal d) when f.IsInteger() => d.Precision - d.Scale >= DigitsOf(f),
        (DataType.Float, DataType.Double) => true,
        (DataType.Decimal a, DataType.Decimal b) => b.Scale >= a.Scale && b.Precision - b.Scale >= a.Precision - a.Scale,
        (DataType.VarChar a, DataType.VarChar b) => b.Length >= a.Length,
        (DataType.VarBinary a, DataType.VarBinary b) => b.Length >= a.Length,
        (DataType.Timestamp a, DataType.Timestamp b) => b.Precision >= a.Precision,
        (DataType.TimestampLtz a, DataType.TimestampLtz b) => b.Precision >= a.Precision,
        _ => false,
    };

    private static long Integer(object value) => value switch
    {
        sbyte v => v,
        short v => v,
        int v => v,
        _ => (long)value,
    };

    private static object? Micros(long value, bool isNanos) => !isNanos ? value : value % 1000 == 0 ? value / 1000 : null;

    private static object? Nanos(long value, bool isNanos) =>
        isNanos ? value : value is > long.MinValue / 1000 and < long.MaxValue / 1000 ? value * 1000 : null;

    private static Int128? Rescale(Int128 unscaled, int from, int to)
    {
        for (; from < to; from++)
        {
            if (unscaled > Int128.MaxValue / 10 || unscaled < Int128.MinValue / 10)
            {
                return null;
            }

            unscaled *= 10;
        }

        for (; from > to; from--)
        {
            if (unscaled % 10 != 0)
            {
                return null;
            }

            unscaled /= 10;
        }

        return unscaled;
    }

    private static int WidthOf(DataType integer) => integer.Layout switch
    {
        ColumnLayout.Int8 => 1,
        ColumnLayout.Int16 => 2,
        ColumnLayout.Int32 => 4,
        _ => 8,
    };

    private static int DigitsOf(DataType integer) => WidthOf(integer) switch
    {
        1 => 3,
        2 => 5,
        4 => 10,
        _ => 19,
    };
}

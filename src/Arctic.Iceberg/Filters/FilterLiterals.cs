using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Mapping;

namespace Arctic.Iceberg.Filters;

/// <summary>.NET values as literals, in the column's own type where they have a value there: comparisons without casts are what pruning understands best.</summary>
internal static class FilterLiterals
{
    private const int DecimalDigits = 38;

    /// <summary>A value as a literal of the type that holds it most closely.</summary>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>: no column could hold it.</exception>
    public static Expression.Literal Of(object? value) => value switch
    {
        null => new(null, DataTypes.Null),
        bool v => new(v, DataTypes.Boolean.AsNotNull()),
        sbyte v => new((int)v, DataTypes.Int.AsNotNull()),
        byte v => new((int)v, DataTypes.Int.AsNotNull()),
        short v => new((int)v, DataTypes.Int.AsNotNull()),
        ushort v => new((int)v, DataTypes.Int.AsNotNull()),
        int v => new(v, DataTypes.Int.AsNotNull()),
        uint v => new((long)v, DataTypes.BigInt.AsNotNull()),
        long v => new(v, DataTypes.BigInt.AsNotNull()),
        ulong v => new((Int128)v, DataTypes.Decimal(20, 0).AsNotNull()),
        Int128 v => new(v, DataTypes.Decimal(DecimalDigits, 0).AsNotNull()),
        float v => new(v, DataTypes.Float.AsNotNull()),
        double v => new(v, DataTypes.Double.AsNotNull()),
        decimal v => OfDecimal(v),
        string v => new(v, DataTypes.String.AsNotNull()),
        char v => new(v.ToString(), DataTypes.String.AsNotNull()),
        DateOnly v => Stored<DateOnly, int, DateConversion>(v, default, DataTypes.Date),
        TimeOnly v => Stored<TimeOnly, long, TimeOfDayConversion>(v, default, DataTypes.Time(6)),
        DateTime v => OfTicks(v.Ticks, v.Kind == DateTimeKind.Utc ? DataTypes.TimestampLtz : DataTypes.Timestamp),
        DateTimeOffset v => OfTicks(v.UtcTicks, DataTypes.TimestampLtz),
        Guid v => new(new EquatableList<byte>(v.ToByteArray(bigEndian: true)), new DataType.Binary(16).AsNotNull()),
        byte[] v => new(new EquatableList<byte>(v), DataTypes.Bytes.AsNotNull()),
        Enum v => Of(Convert.ChangeType(v, Enum.GetUnderlyingType(v.GetType()), CultureInfo.InvariantCulture)),
        _ => throw new ArcticException(ErrorCodes.Unsupported, $"A value of type {MemberType.NameOf(value.GetType())} cannot stand in a filter: no column could hold it."),
    };

    /// <summary>Both sides of a comparison; a literal that meets another expression takes that one's type where its value stays the same.</summary>
    public static (Expression Left, Expression Right) Fit(Expression left, Expression right) => (left, right) switch
    {
        (Expression.Literal, Expression.Literal) => (left, right),
        (Expression.Literal literal, _) => (Fit(literal, right.Type), right),
        (_, Expression.Literal literal) => (left, Fit(literal, left.Type)),
        _ => (left, right),
    };

    /// <summary>How a filter shows a value.</summary>
    public static string TextOf(object value) => value is string ? $"'{value}'" : value is byte[] bytes ? $"x'{Convert.ToHexString(bytes)}'" : Convert.ToString(value, CultureInfo.InvariantCulture)!; // values have texts

    private static Expression.Literal Fit(Expression.Literal literal, DataType type)
    {
        var target = type.AsNotNull();
        return (literal.Value, target) switch
        {
            (int v, DataType.BigInt) => new((long)v, target),
            (long v, DataType.Int) when v is >= int.MinValue and <= int.MaxValue => new((int)v, target),
            (float v, DataType.Double) => new((double)v, target),
            (double v, DataType.Float) when (float)v == v => new((float)v, target),
            (int v, DataType.Double) => new((double)v, target),
            (int v, DataType.Float) when (int)(float)v == v => new((float)v, target),
            (int v, DataType.Decimal d) => Rescale(v, 0, d) ?? literal,
            (long v, DataType.Decimal d) => Rescale(v, 0, d) ?? literal,
            (Int128 v, DataType.Decimal d) when literal.Type is DataType.Decimal from => Rescale(v, from.Scale, d) ?? literal,
            (Int128 v, DataType.Int) when literal.Type is DataType.Decimal { Scale: 0 } && v >= int.MinValue && v <= int.MaxValue => new((int)v, target),
            (Int128 v, DataType.BigInt) when literal.Type is DataType.Decimal { Scale: 0 } && v >= long.MinValue && v <= long.MaxValue => new((long)v, target),

            (long v, DataType.Timestamp { IsNanos: false }) when literal.Type is DataType.Timestamp or DataType.TimestampLtz => new(MicrosOf(v, literal.Type), target),
            (long v, DataType.TimestampLtz { IsNanos: false }) when literal.Type is DataType.TimestampLtz => new(MicrosOf(v, literal.Type), target),
            (long, DataType.TimestampLtz) when literal.Type is DataType.Timestamp => throw NoInstant(),
            (EquatableList<byte> v, DataType.Binary b) when v.Count == b.Length => new(v, target),
            (EquatableList<byte> v, DataType.VarBinary) => new(v, target),
            _ => literal,
        };
    }

    // Only to more digits, or where the digits that go are zeros: the value stays the same.
    private static Expression.Literal? Rescale(Int128 value, int scale, DataType.Decimal target)
    {
        for (; scale > target.Scale; scale--)
        {
            if (value % 10 != 0)
            {
                return null;
            }

            value /= 10;
        }

        var most = PowerOfTen(target.Precision) - 1;
        for (; scale < target.Scale; scale++)
        {
            if (Int128.Abs(value) > most / 10)
            {
                return null;
            }

            value *= 10;
        }

        return Int128.Abs(value) <= most ? new(value, target.AsNotNull()) : null;
    }

    private static Expression.Literal OfDecimal(decimal value)
    {
        var scale = value.Scale;
        return Stored<decimal, Int128, DecimalConversion>(value, new(DecimalDigits, scale), DataTypes.Decimal(DecimalDigits, scale));
    }

    // What is finer than a microsecond needs a literal of nanoseconds; a column of microseconds has cut its values likewise.
    private static Expression.Literal OfTicks(long ticks, Func<int, DataType> type)
    {
        var isNanos = ticks % TimeSpan.TicksPerMicrosecond != 0 && new TickScale(isNanos: true).TryStore(ticks, out _);
        new TickScale(isNanos).TryStore(ticks, out var stored);
        return new(stored, type(isNanos ? 9 : 6).AsNotNull());
    }

    private static long MicrosOf(long value, DataType type) =>
        type is DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } ? (value - (((value % 1000) + 1000) % 1000)) / 1000 : value;

    private static ArcticException NoInstant() =>
        new(ErrorCodes.TypeMismatch, "A column of instants (timestamptz) is compared with a DateTime that is not of kind Utc: which instant it is depends on the machine.")
        {
            Hint = "Use DateTimeOffset, or DateTime.SpecifyKind(value, DateTimeKind.Utc).",
        };

    private static Expression.Literal Stored<TValue, TStored, TConversion>(TValue value, TConversion conversion, DataType type)
        where TStored : unmanaged
        where TConversion : struct, IFixedConversion<TValue, TStored> =>
        conversion.TryStore(value, out var stored)
            ? new(stored, type.AsNotNull())
            : throw new ArcticException(ErrorCodes.EvaluationFailed, $"The value '{value}' of a filter cannot be stored in any column: {conversion.WhyNot(value)}.");

    private static Int128 PowerOfTen(int exponent)
    {
        Int128 power = 1;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}

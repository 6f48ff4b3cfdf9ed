using System.Globalization;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Reads DATE, TIME and TIMESTAMP literals, which are stricter than casts: what does not exist is refused (spec/flink-sql.md, 1.1).</summary>
internal static class TimeLiterals
{
    private const long MicrosPerSecond = 1_000_000;
    private const long SecondsPerDay = 86_400;
    private const int FractionDigitsMax = 9;

    /// <summary>The literal's value and type; a TIMESTAMP_LTZ comes as a TIMESTAMP, for the caller to cast in the session's zone.</summary>
    public static Expression.Literal Bind(SqlExpression.DateTimeLiteral literal)
    {
        var text = literal.Text.Trim();
        switch (literal.Kind)
        {
            case DateTimeLiteralKind.Date:
                return TryReadDate(text, out var days) ? new Expression.Literal(days, DataTypes.Date.AsNotNull()) : throw Illegal(literal, "DATE", "yyyy-MM-dd");
            case DateTimeLiteralKind.Time:
                return TryReadTime(text, out var seconds, out var nanos, out var digits)
                    ? new Expression.Literal((seconds * MicrosPerSecond) + (nanos / 1000), DataTypes.Time(digits).AsNotNull())
                    : throw Illegal(literal, "TIME", "HH:mm:ss[.f]");
            default:
                return BindTimestamp(literal, text);
        }
    }

    private static Expression.Literal BindTimestamp(SqlExpression.DateTimeLiteral literal, string text)
    {
        var blank = text.IndexOf(' ', StringComparison.Ordinal);
        var (seconds, nanos, precision) = (0L, 0L, 0);
        if (!TryReadDate(blank < 0 ? text : text[..blank], out var days) || (blank >= 0 && !TryReadTime(text[(blank + 1)..], out seconds, out nanos, out precision)))
        {
            throw Illegal(literal, "TIMESTAMP", "yyyy-MM-dd HH:mm:ss[.f]");
        }

        var epochSeconds = (days * SecondsPerDay) + seconds;
        var type = new DataType.Timestamp(precision);
        if (!type.IsNanos)
        {
            return new Expression.Literal((epochSeconds * MicrosPerSecond) + (nanos / 1000), type.AsNotNull());
        }

        var value = ((Int128)epochSeconds * 1_000_000_000) + nanos;
        return value >= long.MinValue && value <= long.MaxValue
            ? new Expression.Literal((long)value, type.AsNotNull())
            : throw BindingErrors.Invalid(literal, $"TIMESTAMP literal '{literal.Text}' has nanoseconds outside of the years 1677 to 2262.", "Write at most six digits of fraction.");
    }

    private static bool TryReadDate(string text, out int days)
    {
        days = 0;
        var parts = text.Split('-');
        if (parts.Length != 3 || !TryReadNumber(parts[0], 4, out var year) || !TryReadNumber(parts[1], 2, out var month) || !TryReadNumber(parts[2], 2, out var day)
            || year < 0 || month is < 1 or > 12 || day < 1)
        {
            return false;
        }

        // DateOnly starts with the year 1; the year 0 has the calendar of the year 400.
        var shifted = year == 0 ? 400 : year;
        if (day > DateTime.DaysInMonth(shifted, month))
        {
            return false;
        }

        const int DaysPer400Years = 146_097;
        days = new DateOnly(shifted, month, day).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber - (year == 0 ? DaysPer400Years : 0);
        return true;
    }

    private static bool TryReadTime(string text, out long seconds, out long nanos, out int fractionDigits)
    {
        (seconds, nanos, fractionDigits) = (0, 0, 0);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
        {
            var fraction = text[(point + 1)..];
            if (fraction.Length == 0 || !fraction.All(char.IsAsciiDigit))
            {
                return false;
            }

            fractionDigits = Math.Min(fraction.Length, FractionDigitsMax);
            nanos = long.Parse(fraction[..fractionDigits].PadRight(FractionDigitsMax, '0'), CultureInfo.InvariantCulture);
            text = text[..point];
        }

        var parts = text.Split(':');
        if (parts.Length != 3 || !TryReadNumber(parts[0], 2, out var hour) || !TryReadNumber(parts[1], 2, out var minute) || !TryReadNumber(parts[2], 2, out var second)
            || hour > 23 || minute > 59 || second > 59)
        {
            return false;
        }

        seconds = (hour * 3600) + (minute * 60) + second;
        return true;
    }

    private static bool TryReadNumber(string text, int digitsMax, out int value)
    {
        value = 0;
        return text.Length >= 1 && text.Length <= digitsMax && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static Columnar.Errors.ArcticException Illegal(SqlExpression.DateTimeLiteral literal, string kind, string format) =>
        BindingErrors.Invalid(literal, $"Illegal {kind} literal '{literal.Text}': not in format '{format}', or a moment that does not exist.");
}

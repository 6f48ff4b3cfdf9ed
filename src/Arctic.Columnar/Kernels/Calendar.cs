namespace Arctic.Columnar.Kernels;

/// <summary>The proleptic Gregorian calendar on days and microseconds since 1970-01-01; also before year 1.</summary>
internal static class Calendar
{
    public const long MicrosPerSecond = 1_000_000;
    public const long MicrosPerDay = 86_400 * MicrosPerSecond;
    public const long NanosPerDay = MicrosPerDay * 1000;

    /// <summary>0000-01-01, the first day that text can name.</summary>
    public const int MinDay = -719_528;

    /// <summary>9999-12-31.</summary>
    public const int MaxDay = 2_932_896;

    /// <summary>The day of a date; the month may be out of 1 to 12 only through <see cref="AddMonths"/>.</summary>
    public static int ToDays(int year, int month, int day)
    {
        // Years start in March here, so that the leap day is the last one (H. Hinnant, "chrono-compatible date algorithms").
        var y = month <= 2 ? year - 1 : year;
        var era = (y >= 0 ? y : y - 399) / 400;
        var yearOfEra = y - (era * 400);
        var dayOfYear = (((153 * (month + (month > 2 ? -3 : 9))) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146_097) + dayOfEra - 719_468;
    }

    public static (int Year, int Month, int Day) ToDate(int days)
    {
        var z = days + 719_468;
        var era = (z >= 0 ? z : z - 146_096) / 146_097;
        var dayOfEra = z - (era * 146_097);
        var yearOfEra = (dayOfEra - (dayOfEra / 1460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var m = ((5 * dayOfYear) + 2) / 153;
        var day = dayOfYear - (((153 * m) + 2) / 5) + 1;
        var month = m < 10 ? m + 3 : m - 9;
        return (yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    public static bool IsLeap(int year) => (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);

    public static int DaysInMonth(int year, int month) => month switch
    {
        2 => IsLeap(year) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    public static bool IsValid(int year, int month, int day) => month is >= 1 and <= 12 && day >= 1 && day <= DaysInMonth(year, month);

    /// <summary>The same day of a later or earlier month, or its last day.</summary>
    public static int AddMonths(int days, int months)
    {
        var (year, month, day) = ToDate(days);
        var total = ((long)year * 12) + month - 1 + months;
        var newYear = (int)FloorDiv(total, 12);
        var newMonth = (int)FloorMod(total, 12) + 1;
        return ToDays(newYear, newMonth, Math.Min(day, DaysInMonth(newYear, newMonth)));
    }

    /// <summary>Complete months from one moment to another, negative when the second is earlier, as Calcite's subtractMonths counts them.</summary>
    public static int MonthsBetween(long fromMicros, long toMicros)
    {
        var (fromDay, fromTime) = Split(fromMicros);
        var (toDay, toTime) = Split(toMicros);
        if (toDay < fromDay)
        {
            return -MonthsForward(toDay, fromDay);
        }

        var months = MonthsForward(fromDay, toDay);
        return months > 0 && toTime < fromTime && AddMonths(fromDay, months) == toDay ? months - 1 : months;
    }

    // The most months after which the earlier day is not past the later one; a month's last day stands for the days that it lacks.
    private static int MonthsForward(int earlier, int later)
    {
        var (y0, m0, _) = ToDate(earlier);
        var (y1, m1, _) = ToDate(later);
        var months = ((y1 - y0) * 12) + m1 - m0;
        return AddMonths(earlier, months) > later ? months - 1 : months;
    }

    /// <summary>The day and the microsecond in it.</summary>
    public static (int Day, long MicroOfDay) Split(long micros)
    {
        var day = FloorDiv(micros, MicrosPerDay);
        return ((int)day, micros - (day * MicrosPerDay));
    }

    /// <summary>1 for Monday to 7 for Sunday.</summary>
    public static int IsoDayOfWeek(int days) => (int)FloorMod(days + 3L, 7) + 1;

    public static int DayOfYear(int days) => days - ToDays(ToDate(days).Year, 1, 1) + 1;

    /// <summary>The ISO 8601 week and the year that it belongs to.</summary>
    public static (int Year, int Week) IsoWeek(int days)
    {
        var thursday = days - IsoDayOfWeek(days) + 4;
        return (ToDate(thursday).Year, ((DayOfYear(thursday) - 1) / 7) + 1);
    }

    public static long FloorDiv(long value, long divisor)
    {
        var quotient = value / divisor;
        return value % divisor < 0 ? quotient - 1 : quotient;
    }

    public static long FloorMod(long value, long divisor)
    {
        var remainder = value % divisor;
        return remainder < 0 ? remainder + divisor : remainder;
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>The units of EXTRACT, FLOOR and TIMESTAMPADD.</summary>
internal enum TimeUnit
{
    Nanosecond,
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
    Decade,
    Century,
    Millennium,
    Dow,
    IsoDow,
    Doy,
    IsoYear,
    Epoch,
}

/// <summary>Reads units from literals and takes points in time apart.</summary>
internal static class TimeUnits
{
    /// <summary>The unit that a literal argument names; null when it names none.</summary>
    public static TimeUnit? Find(Expression argument)
    {
        if (argument is not Expression.Literal { Value: string word })
        {
            return null;
        }

        word = word.ToUpperInvariant();
        word = word.StartsWith("SQL_TSI_", StringComparison.Ordinal) ? word[8..] : word;
        return word switch
        {
            "FRAC_SECOND" => TimeUnit.Microsecond,
            "DAYOFWEEK" => TimeUnit.Dow,
            "DAYOFYEAR" => TimeUnit.Doy,
            _ => Enum.TryParse<TimeUnit>(word, ignoreCase: true, out var unit) && !char.IsAsciiDigit(word[0]) ? unit
                : word.EndsWith('S') && Enum.TryParse(word[..^1], ignoreCase: true, out unit) ? unit : null,
        };
    }

    public static bool IsPoint(DataType type) => type is DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz;

    /// <summary>A field of a local day and time.</summary>
    public static long Extract(TimeUnit unit, int day, long nanosOfDay) => unit switch
    {
        TimeUnit.Nanosecond => nanosOfDay % 1_000_000_000,
        TimeUnit.Microsecond => nanosOfDay / 1000 % 1_000_000,
        TimeUnit.Millisecond => nanosOfDay / 1_000_000 % 1000,
        TimeUnit.Second => nanosOfDay / 1_000_000_000 % 60,
        TimeUnit.Minute => nanosOfDay / 60_000_000_000 % 60,
        TimeUnit.Hour => nanosOfDay / 3_600_000_000_000,
        TimeUnit.Day => Calendar.ToDate(day).Day,
        TimeUnit.Week => Calendar.IsoWeek(day).Week,
        TimeUnit.Month => Calendar.ToDate(day).Month,
        TimeUnit.Quarter => ((Calendar.ToDate(day).Month - 1) / 3) + 1,
        TimeUnit.Year => Calendar.ToDate(day).Year,
        TimeUnit.Decade => Calendar.FloorDiv(Calendar.ToDate(day).Year, 10),
        TimeUnit.Century => Calendar.FloorDiv(Calendar.ToDate(day).Year + 99, 100),
        TimeUnit.Millennium => Calendar.FloorDiv(Calendar.ToDate(day).Year + 999, 1000),
        TimeUnit.Dow => (Calendar.IsoDayOfWeek(day) % 7) + 1,
        TimeUnit.IsoDow => Calendar.IsoDayOfWeek(day),
        TimeUnit.Doy => Calendar.DayOfYear(day),
        TimeUnit.IsoYear => Calendar.IsoWeek(day).Year,
        TimeUnit.Epoch => (day * 86_400L) + (nanosOfDay / 1_000_000_000),
        _ => throw new System.Diagnostics.UnreachableException($"Unit {unit}"),
    };

    /// <summary>The first day of the unit that a day lies in; <paramref name="unit"/> is DAY or longer.</summary>
    public static int FloorDay(TimeUnit unit, int day)
    {
        var (year, month, _) = Calendar.ToDate(day);
        return unit switch
        {
            TimeUnit.Day => day,
            TimeUnit.Week => day - (Calendar.IsoDayOfWeek(day) % 7),
            TimeUnit.Month => Calendar.ToDays(year, month, 1),
            TimeUnit.Quarter => Calendar.ToDays(year, (((month - 1) / 3) * 3) + 1, 1),
            TimeUnit.Year => Calendar.ToDays(year, 1, 1),
            TimeUnit.Decade => Calendar.ToDays((int)Calendar.FloorDiv(year, 10) * 10, 1, 1),
            TimeUnit.Century => Calendar.ToDays(((int)Calendar.FloorDiv(year - 1, 100) * 100) + 1, 1, 1),
            TimeUnit.Millennium => Calendar.ToDays(((int)Calendar.FloorDiv(year - 1, 1000) * 1000) + 1, 1, 1),
            _ => throw new System.Diagnostics.UnreachableException($"Unit {unit}"),
        };
    }

    /// <summary>The day after the unit that starts on <paramref name="floor"/>.</summary>
    public static int NextDay(TimeUnit unit, int floor) => unit switch
    {
        TimeUnit.Day => floor + 1,
        TimeUnit.Week => floor + 7,
        _ => Calendar.AddMonths(floor, MonthsIn(unit)),
    };

    public static int MonthsIn(TimeUnit unit) => unit switch
    {
        TimeUnit.Month => 1,
        TimeUnit.Quarter => 3,
        TimeUnit.Year => 12,
        TimeUnit.Decade => 120,
        TimeUnit.Century => 1200,
        TimeUnit.Millennium => 12_000,
        _ => 0,
    };

    /// <summary>The length of a unit of a week or less; 0 for longer ones.</summary>
    public static long NanosIn(TimeUnit unit) => unit switch
    {
        TimeUnit.Nanosecond => 1,
        TimeUnit.Microsecond => 1_000,
        TimeUnit.Millisecond => 1_000_000,
        TimeUnit.Second => 1_000_000_000,
        TimeUnit.Minute => 60_000_000_000,
        TimeUnit.Hour => 3_600_000_000_000,
        TimeUnit.Day => Calendar.NanosPerDay,
        TimeUnit.Week => 7 * Calendar.NanosPerDay,
        _ => 0,
    };
}

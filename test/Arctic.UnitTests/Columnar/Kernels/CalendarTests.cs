using Arctic.Columnar.Kernels;
using CsCheck;

namespace Arctic.UnitTests.Columnar.Kernels;

public class CalendarTests
{
    private static readonly Gen<int> Day = Gen.Int[Calendar.ToDays(1, 1, 1), Calendar.MaxDay];

    [Fact]
    public void Days_and_dates_agree_with_the_runtime() =>
        Day.Sample(day =>
        {
            var expected = new DateTime(1970, 1, 1).AddDays(day);
            Assert.Equal((expected.Year, expected.Month, expected.Day), Calendar.ToDate(day));
            Assert.Equal(day, Calendar.ToDays(expected.Year, expected.Month, expected.Day));
            Assert.Equal(expected.DayOfYear, Calendar.DayOfYear(day));
            Assert.Equal((int)expected.DayOfWeek == 0 ? 7 : (int)expected.DayOfWeek, Calendar.IsoDayOfWeek(day));
            Assert.Equal((System.Globalization.ISOWeek.GetYear(expected), System.Globalization.ISOWeek.GetWeekOfYear(expected)), Calendar.IsoWeek(day));
        });

    [Fact]
    public void Adding_months_clamps_to_the_months_end() =>
        Gen.Select(Gen.Int[Calendar.ToDays(1000, 1, 1), Calendar.ToDays(3000, 1, 1)], Gen.Int[-6000, 6000]).Sample((day, months) =>
            Assert.Equal((int)(new DateTime(1970, 1, 1).AddDays(day).AddMonths(months) - new DateTime(1970, 1, 1)).TotalDays, Calendar.AddMonths(day, months)));

    [Theory]
    [InlineData("2024-01-31 12:00:00", "2024-02-29 11:59:59", 0)]
    [InlineData("2024-02-29 11:59:59", "2024-01-31 12:00:00", -1)]
    [InlineData("2023-02-28 00:00:00", "2024-02-29 00:00:00", 12)]
    [InlineData("2024-01-15 10:00:00", "2024-02-15 09:00:00", 0)]
    [InlineData("2024-02-15 12:00:00", "2024-01-15 10:00:00", -1)]
    public void Months_between_are_complete_ones(string from, string to, int expected) => Assert.Equal(expected, Calendar.MonthsBetween(Micros(from), Micros(to)));

    [Fact]
    public void Local_time_and_back_is_the_same_instant_but_for_the_repeated_hour()
    {
        var clock = new ZoneClock(TimeZoneInfo.FindSystemTimeZoneById("America/New_York"));
        Gen.Long[0, 4_000_000_000].Sample(seconds =>
        {
            var instant = seconds * Calendar.MicrosPerSecond;
            var back = clock.ToInstant(clock.ToLocal(instant));
            Assert.True(back == instant || back == instant - (3600 * Calendar.MicrosPerSecond), $"{seconds}: {(instant - back) / 1e6} s");
        });
    }

    private static long Micros(string text)
    {
        Assert.True(TemporalText.TryParseTimestamp(System.Text.Encoding.UTF8.GetBytes(text), out var day, out var nanos));
        return (day * Calendar.MicrosPerDay) + (nanos / 1000);
    }
}

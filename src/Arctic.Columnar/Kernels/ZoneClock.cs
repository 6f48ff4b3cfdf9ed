namespace Arctic.Columnar.Kernels;

/// <summary>
/// Turns instants into local time and back in one time zone, in microseconds since 1970-01-01. Remembers the offset of the last day asked
/// for, so that neighbouring rows cost a comparison. One task uses an instance at a time.
/// </summary>
internal sealed class ZoneClock
{
    private readonly TimeZoneInfo _zone;
    private readonly bool _isUtc;
    private long _day = long.MinValue;
    private long _dayOffset;

    public ZoneClock(TimeZoneInfo zone)
    {
        _zone = zone;
        _isUtc = zone.BaseUtcOffset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime && zone.GetAdjustmentRules().Length == 0;
    }

    public long ToLocal(long instantMicros) => _isUtc ? instantMicros : instantMicros + OffsetAt(instantMicros);

    /// <summary>The instant of a local time: the earlier one where clocks go back, moved forward where they skip.</summary>
    public long ToInstant(long localMicros)
    {
        if (_isUtc)
        {
            return localMicros;
        }

        var before = OffsetAt(localMicros - Calendar.MicrosPerDay);
        var after = OffsetAt(localMicros + Calendar.MicrosPerDay);
        return before == after || OffsetAt(localMicros - before) == before || OffsetAt(localMicros - after) != after ? localMicros - before : localMicros - after;
    }

    /// <summary>The offset from UTC at an instant, in microseconds.</summary>
    public long OffsetAt(long instantMicros)
    {
        var day = Calendar.FloorDiv(instantMicros, Calendar.MicrosPerDay);
        if (day == _day)
        {
            return _dayOffset;
        }

        var start = Lookup(day * Calendar.MicrosPerDay);
        if (start == Lookup(((day + 1) * Calendar.MicrosPerDay) - 1))
        {
            (_day, _dayOffset) = (day, start);
            return start;
        }

        return Lookup(instantMicros);
    }

    private long Lookup(long instantMicros)
    {
        const long EpochTicks = 621_355_968_000_000_000;
        var ticks = Int128.Clamp(((Int128)instantMicros * 10) + EpochTicks, 0, DateTime.MaxValue.Ticks);
        return _zone.GetUtcOffset(new DateTime((long)ticks, DateTimeKind.Utc)).Ticks / 10;
    }
}

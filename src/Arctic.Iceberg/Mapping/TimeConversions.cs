namespace Arctic.Iceberg.Mapping;

/// <summary>Dates as days since 1970-01-01.</summary>
internal readonly struct DateConversion : IFixedConversion<DateOnly, int>
{
    private static readonly int Epoch = new DateOnly(1970, 1, 1).DayNumber;

    public string? Rule => "a .NET date is of the years 1 to 9999";

    public bool TryStore(DateOnly value, out int stored)
    {
        stored = value.DayNumber - Epoch;
        return true;
    }

    public bool TryLoad(int stored, out DateOnly value)
    {
        var day = (long)stored + Epoch;
        var fits = day >= 0 && day <= DateOnly.MaxValue.DayNumber;
        value = fits ? DateOnly.FromDayNumber((int)day) : default;
        return fits;
    }
}

/// <summary>Times of day as microseconds; what is finer is cut off.</summary>
internal readonly struct TimeOfDayConversion : IFixedConversion<TimeOnly, long>
{
    public string? Rule => null;

    public bool TryStore(TimeOnly value, out long stored)
    {
        stored = value.Ticks / TimeSpan.TicksPerMicrosecond;
        return true;
    }

    public bool TryLoad(long stored, out TimeOnly value)
    {
        var fits = stored >= 0 && stored < TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;
        value = fits ? new TimeOnly(stored * TimeSpan.TicksPerMicrosecond) : default;
        return fits;
    }
}

/// <summary>Ticks of 100 ns since the year 1 as micro- or nanoseconds since 1970, and back; what is finer than the target is cut off, downwards.</summary>
internal readonly struct TickScale(bool isNanos)
{
    private static readonly long Epoch = DateTime.UnixEpoch.Ticks;

    /// <summary>What can be stored and read, for messages.</summary>
    public string Rule => isNanos ? "nanoseconds reach from 1677 to 2262" : "a .NET time is of the years 1 to 9999";

    public bool TryStore(long ticks, out long stored)
    {
        var since = ticks - Epoch;
        if (!isNanos)
        {
            stored = FloorDivide(since, TimeSpan.TicksPerMicrosecond);
            return true;
        }

        stored = unchecked(since * TimeSpan.NanosecondsPerTick);
        return since is >= long.MinValue / TimeSpan.NanosecondsPerTick and <= long.MaxValue / TimeSpan.NanosecondsPerTick;
    }

    public bool TryLoad(long stored, out long ticks)
    {
        var since = isNanos ? FloorDivide(stored, TimeSpan.NanosecondsPerTick) : stored;
        var most = isNanos ? long.MaxValue - Epoch : (DateTime.MaxValue.Ticks - Epoch) / TimeSpan.TicksPerMicrosecond;
        var least = isNanos ? -Epoch : -Epoch / TimeSpan.TicksPerMicrosecond;
        ticks = 0;
        if (since < least || since > most)
        {
            return false;
        }

        ticks = Epoch + (isNanos ? since : since * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    private static long FloorDivide(long value, long divisor) => (value / divisor) - (value % divisor < 0 ? 1 : 0);
}

/// <summary>What a wall clock shows, whatever the kind; read as <see cref="DateTimeKind.Unspecified"/>.</summary>
internal readonly struct WallClockConversion(TickScale scale) : IFixedConversion<DateTime, long>
{
    public string? Rule => scale.Rule;

    public bool TryStore(DateTime value, out long stored) => scale.TryStore(value.Ticks, out stored);

    public bool TryLoad(long stored, out DateTime value)
    {
        var fits = scale.TryLoad(stored, out var ticks);
        value = new DateTime(ticks, DateTimeKind.Unspecified);
        return fits;
    }
}

/// <summary>Instants as times of kind <see cref="DateTimeKind.Utc"/>; other kinds are refused, since which instant they are depends on the machine.</summary>
internal readonly struct UtcConversion(TickScale scale) : IFixedConversion<DateTime, long>
{
    public string? Rule => scale.Rule;

    public string? WhyNot(DateTime value) =>
        value.Kind == DateTimeKind.Utc ? Rule : $"it must be of kind Utc, and is of kind {value.Kind}: which instant that is depends on the machine. DateTimeOffset always tells";

    public bool TryStore(DateTime value, out long stored)
    {
        stored = 0;
        return value.Kind == DateTimeKind.Utc && scale.TryStore(value.Ticks, out stored);
    }

    public bool TryLoad(long stored, out DateTime value)
    {
        var fits = scale.TryLoad(stored, out var ticks);
        value = new DateTime(ticks, DateTimeKind.Utc);
        return fits;
    }
}

/// <summary>Instants; the offset is not kept, what is read has the offset 0.</summary>
internal readonly struct InstantConversion(TickScale scale) : IFixedConversion<DateTimeOffset, long>
{
    public string? Rule => scale.Rule;

    public bool TryStore(DateTimeOffset value, out long stored) => scale.TryStore(value.UtcTicks, out stored);

    public bool TryLoad(long stored, out DateTimeOffset value)
    {
        var fits = scale.TryLoad(stored, out var ticks);
        value = new DateTimeOffset(ticks, TimeSpan.Zero);
        return fits;
    }
}

namespace Arctic.Sql.Functions;

/// <summary>Finds time zones by the names that Java takes.</summary>
internal static class ZoneNames
{
    /// <summary>The zone: an IANA name, <c>UTC</c>, <c>GMT+8</c>, <c>+02:00</c>; null when the name is none.</summary>
    public static TimeZoneInfo? Find(string name)
    {
        if (name is "Z" or "UTC" or "GMT")
        {
            return TimeZoneInfo.Utc;
        }

        var offset = name.StartsWith("GMT", StringComparison.Ordinal) || name.StartsWith("UTC", StringComparison.Ordinal) ? name[3..] : name;
        if (offset is ['+' or '-', ..] && TryParseOffset(offset, out var span))
        {
            return TimeZoneInfo.CreateCustomTimeZone(name, span, name, name);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;
    }

    private static bool TryParseOffset(string text, out TimeSpan offset)
    {
        var parts = text[1..].Split(':');
        var minutes = 0;
        offset = default;
        if (parts.Length > 2 || !int.TryParse(parts[0], out var hours) || (parts.Length == 2 && !int.TryParse(parts[1], out minutes)))
        {
            return false;
        }

        if (parts.Length == 1 && parts[0].Length == 4)
        {
            (hours, minutes) = (hours / 100, hours % 100);
        }

        if (hours > 18 || minutes > 59)
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return Math.Abs(offset.TotalHours) <= 14;
    }
}

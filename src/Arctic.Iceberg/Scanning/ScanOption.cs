namespace Arctic.Iceberg.Scanning;

/// <summary>Checks of the numbers that say how a scan reads.</summary>
internal static class ScanOption
{
    /// <summary>The value itself.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is less than 1.</exception>
    public static int AtLeastOne(int value, string property)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, property);
        return value;
    }
}

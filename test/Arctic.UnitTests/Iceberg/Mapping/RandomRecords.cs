namespace Arctic.UnitTests.Iceberg.Mapping;

/// <summary>Random records whose values survive being stored: times of whole microseconds where columns keep no more.</summary>
internal static class RandomRecords
{
    private static readonly long Ticks2262 = new DateTime(2262, 1, 1).Ticks;
    private static readonly long Ticks1678 = new DateTime(1678, 1, 1).Ticks;

    public static IReadOnlyList<EveryValue> EveryValues(Random random, int count) => Enumerable.Range(0, count).Select(_ => Every(random)).ToArray();

    public static IReadOnlyList<Nested> Nesteds(Random random, int count) => Enumerable.Range(0, count).Select(i => Nest(random, i)).ToArray();

    private static EveryValue Every(Random r) => new(
        r.Next(2) == 0, OrNull(r, r.Next(2) == 0), (sbyte)r.Next(-128, 128), (byte)r.Next(256), (short)r.Next(short.MinValue, short.MaxValue + 1), (ushort)r.Next(65536),
        r.Next(int.MinValue, int.MaxValue), OrNull(r, r.Next()), (uint)r.NextInt64(uint.MaxValue + 1L), r.NextInt64(long.MinValue, long.MaxValue), OrNull(r, r.NextInt64()),
        (ulong)r.NextInt64(long.MinValue, long.MaxValue), (Int128)r.NextInt64(long.MinValue, long.MaxValue) * r.NextInt64(1, 1_000_000_000_000_000_000), Pick(r, 0f, -0f, float.NaN, float.MaxValue, (float)r.NextDouble()),
        Pick(r, 0d, -0d, double.NaN, double.NegativeInfinity, r.NextDouble()), OrNull(r, r.NextDouble()), Money(r), OrNull(r, Short(r.Next(-999_999_999, 1_000_000_000) / 100m)), Text(r), r.Next(3) == 0 ? null : Text(r),
        Bytes(r, r.Next(9)), r.Next(3) == 0 ? null : Bytes(r, r.Next(9)), Bytes(r, 4), new Guid(Bytes(r, 16)), OrNull(r, new Guid(Bytes(r, 16))), Day(r), OrNull(r, Day(r)),
        new TimeOnly(r.NextInt64(TimeSpan.TicksPerDay) / 10 * 10), Wall(r), OrNull(r, Wall(r)), DateTime.SpecifyKind(Wall(r), DateTimeKind.Utc), Instant(r), OrNull(r, Instant(r)),
        new DateTime(r.NextInt64(Ticks1678, Ticks2262)), new DateTimeOffset(r.NextInt64(Ticks1678, Ticks2262), TimeSpan.Zero), Pick(r, Enum.GetValues<Colour>()),
        r.Next(3) == 0 ? null : Pick(r, Enum.GetValues<Colour>()), Pick(r, Enum.GetValues<Tiny>()));

    private static Nested Nest(Random r, long id) => new(
        id, Place(r), r.Next(3) == 0 ? null : Place(r), Spot(r), OrNull(r, Spot(r)), Many(r, () => r.Next()).ToArray(), Many(r, () => Text(r)),
        r.Next(3) == 0 ? null : Many(r, () => r.Next(3) == 0 ? null : Text(r)), Many(r, () => Place(r)), Many(r, () => Many(r, () => OrNull(r, r.Next()))),
        Map(r, () => Text(r), () => r.NextInt64()), r.Next(3) == 0 ? null : Map(r, () => r.Next(100), () => r.Next(3) == 0 ? null : Place(r)), Map(r, () => Text(r), () => Many(r, () => Spot(r))));

    private static Address Place(Random r) => new(Text(r), r.Next(2) == 0 ? null : Text(r), OrNull(r, r.Next(9)));

    private static Point Spot(Random r) => new(r.NextDouble(), r.NextDouble());

    private static List<T> Many<T>(Random r, Func<T> one) => Enumerable.Range(0, r.Next(4)).Select(_ => one()).ToList();

    private static Dictionary<TKey, TValue> Map<TKey, TValue>(Random r, Func<TKey> key, Func<TValue> value)
        where TKey : notnull
    {
        var map = new Dictionary<TKey, TValue>();
        for (var i = r.Next(4); i > 0; i--)
        {
            map[key()] = value();
        }

        return map;
    }

    private static T? OrNull<T>(Random r, T value)
        where T : struct => r.Next(3) == 0 ? null : value;

    private static T Pick<T>(Random r, params T[] values) => values[r.Next(values.Length)];

    private static string Text(Random r) => Pick(r, "", "a", "käse", "日本", "😀", "a\0b", "%_\\", new string((char)('a' + r.Next(26)), r.Next(20)));

    private static byte[] Bytes(Random r, int count)
    {
        var bytes = new byte[count];
        r.NextBytes(bytes);
        return bytes;
    }

    // At most 18 fraction digits, and 20 before them.
    private static decimal Money(Random r) => Short(new decimal(r.Next(), r.Next(), r.Next(4), r.Next(2) == 0, (byte)r.Next(10, 19)));

    // Equal decimals of other digits have other texts.
    private static decimal Short(decimal value) => value / 1.0000000000000000000000000000m;

    private static DateOnly Day(Random r) => DateOnly.FromDayNumber(r.Next(DateOnly.MaxValue.DayNumber + 1));

    private static DateTime Wall(Random r) => new(r.NextInt64(DateTime.MaxValue.Ticks) / 10 * 10);

    private static DateTimeOffset Instant(Random r) => new(r.NextInt64(DateTime.MaxValue.Ticks) / 10 * 10, TimeSpan.Zero);
}

using Arctic.Iceberg;

namespace Arctic.UnitTests.Iceberg.Mapping;

internal enum Colour
{
    Red,
    Green = 7,
    Blue,
}

internal enum Tiny : byte
{
    One = 1,
    Most = 255,
}

/// <summary>Every type that a column can have, once required and once not.</summary>
internal sealed record EveryValue(
    bool Flag,
    bool? FlagOrNot,
    sbyte Signed8,
    byte Unsigned8,
    short Signed16,
    ushort Unsigned16,
    int Signed32,
    int? Signed32OrNot,
    uint Unsigned32,
    long Signed64,
    long? Signed64OrNot,
    ulong Unsigned64,
    [IcebergColumn(Type = "decimal(38, 0)")] Int128 Signed128,
    float Single,
    double Double,
    double? DoubleOrNot,
    decimal Money,
    [IcebergColumn(Type = "decimal(9, 2)")] decimal? MoneyOrNot,
    string Text,
    string? TextOrNot,
    byte[] Bytes,
    byte[]? BytesOrNot,
    [IcebergColumn(Type = "fixed[4]")] byte[] Four,
    Guid Id,
    Guid? IdOrNot,
    DateOnly Day,
    DateOnly? DayOrNot,
    TimeOnly Clock,
    DateTime Wall,
    DateTime? WallOrNot,
    [IcebergColumn(Type = "timestamptz")] DateTime Utc,
    DateTimeOffset Instant,
    DateTimeOffset? InstantOrNot,
    [IcebergColumn(Type = "timestamp_ns")] DateTime WallNanos,
    [IcebergColumn(Type = "timestamptz_ns")] DateTimeOffset InstantNanos,
    Colour Colour,
    [IcebergColumn(Type = "string")] Colour? NamedColour,
    Tiny Tiny);

internal sealed record Address(string Street, string? City, int? Floor);

internal readonly record struct Point(double X, double Y);

/// <summary>What can be nested, in all its forms.</summary>
internal sealed record Nested(
    long Id,
    Address Home,
    Address? Work,
    Point Start,
    Point? End,
    int[] Numbers,
    List<string> Tags,
    IReadOnlyList<string?>? Notes,
    List<Address> Former,
    List<List<int?>> Matrix,
    Dictionary<string, long> Counts,
    IReadOnlyDictionary<int, Address?>? Places,
    Dictionary<string, List<Point>> Paths);

/// <summary>A class with setters, one of them private, and what is no column.</summary>
internal sealed class Customer
{
    public long Id { get; set; }

    public string Name { get; init; } = "";

    public string? Note { get; private set; }

    [IcebergIgnore]
    public object? Tag { get; set; }

    public string Display => $"{Id} {Name}";

    public static Customer Of(long id, string name, string? note) => new() { Id = id, Name = name, Note = note };
}

using System.Globalization;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Evolution;

/// <summary>
/// A slow table: rows as trees of values by field id, each with the type that it was written with. Reading projects them onto a schema by the rules of the
/// format: found by id, promoted, else the initial default, else null.
/// </summary>
internal sealed record SlowRow(IReadOnlyDictionary<int, SlowValue> Fields)
{
    /// <summary>A row of a schema's columns, from the values that a test batch is made of.</summary>
    public static SlowRow Of(Schema schema, object?[] values) =>
        new(schema.Fields.Select((f, i) => (f.Id, Value: SlowValue.Of(f.Type, values[i]))).ToDictionary(p => p.Id, p => p.Value));

    /// <summary>The row as a reader of the schema sees it.</summary>
    public string Read(Schema schema) => string.Join("|", schema.Fields.Select(f => SlowValue.Read(f, Fields)));
}

/// <summary>One value with its type; a struct is a dictionary by field id, a list an array, a map an array of pairs.</summary>
internal sealed record SlowValue(IcebergType Type, object? Value)
{
    public static SlowValue Of(IcebergType type, object? value) => new(type, (type, value) switch
    {
        (_, null) => null,
        (IcebergType.Struct s, object?[] members) => s.Fields.Select((f, i) => (f.Id, Value: Of(f.Type, members[i]))).ToDictionary(p => p.Id, p => p.Value),
        (IcebergType.List l, object?[] elements) => elements.Select(e => Of(l.Element, e)).ToArray(),
        (IcebergType.Map m, object?[][] entries) => entries.Select(e => (Of(m.Key, e[0]), Of(m.Value, e[1]))).ToArray(),
        _ => value,
    });

    public static string Read(NestedField wanted, IReadOnlyDictionary<int, SlowValue> fields) => fields.TryGetValue(wanted.Id, out var found)
        ? found.Read(wanted.Type)
        : new SlowValue(wanted.Type, wanted.InitialDefault).Read(wanted.Type);

    private string Read(IcebergType type) => (type, Value) switch
    {
        (IcebergType.Unknown, _) or (_, null) => "NULL",
        (IcebergType.Struct s, Dictionary<int, SlowValue> members) => "{" + string.Join(",", s.Fields.Select(f => Read(f, members))) + "}",
        (IcebergType.List l, SlowValue[] elements) => "[" + string.Join(",", elements.Select(e => e.Read(l.Element))) + "]",
        (IcebergType.Map m, (SlowValue, SlowValue)[] entries) => "<" + string.Join(",", entries.Select(e => e.Item1.Read(m.Key) + "=" + e.Item2.Read(m.Value))) + ">",
        (IcebergType.Double, float f) => ((double)f).ToString("R", CultureInfo.InvariantCulture),
        (IcebergType.Timestamp, int days) => (days * 86_400_000_000L).ToString(CultureInfo.InvariantCulture),
        (IcebergType.TimestampNs, int days) => (days * 86_400_000_000_000L).ToString(CultureInfo.InvariantCulture),
        _ => SlowText.Of(Value),
    };
}

/// <summary>Values of columns as the slow table spells them.</summary>
internal static class SlowText
{
    public static string Of(Column column, int index) => column switch
    {
        ConstantColumn c => Of(c.Value, 0),
        _ when column.IsNull(index) => "NULL",
        RowColumn c => "{" + string.Join(",", c.Children.Select(child => Of(child, index))) + "}",
        ListColumn c => "[" + string.Join(",", Range(c.Offsets, index).Select(i => Of(c.Elements, i))) + "]",
        MapColumn c => "<" + string.Join(",", Range(c.Offsets, index).Select(i => Of(c.Keys, i) + "=" + Of(c.Values, i))) + ">",
        _ => Of(TestRows.Value(column, index)),
    };

    public static string Of(object? value) => value switch
    {
        null => "NULL",
        byte[] bytes => Convert.ToHexString(bytes),
        IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static IEnumerable<int> Range(ReadOnlySpan<int> offsets, int index) => Enumerable.Range(offsets[index], offsets[index + 1] - offsets[index]);
}

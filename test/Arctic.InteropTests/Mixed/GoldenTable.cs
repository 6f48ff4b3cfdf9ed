using System.Text.Json.Nodes;
using Arctic.Columnar.Types;

namespace Arctic.InteropTests.Mixed;

/// <summary>How a golden table was written: what <c>_input/write.sql</c> says of it.</summary>
/// <param name="Name">The table, and the folder of its golden files.</param>
/// <param name="Feed">The feed file.</param>
/// <param name="Segments">How many segments of the feed, each one INSERT.</param>
/// <param name="Columns">The columns of CREATE TABLE.</param>
/// <param name="Parallelism">The writers.</param>
/// <param name="Properties">The WITH clause.</param>
/// <param name="Partition">The column of PARTITIONED BY; null for none.</param>
/// <param name="Adjust">What the INSERT computes of a line.</param>
internal sealed record GoldenTable(
    string Name,
    string Feed,
    int Segments,
    RowSchema Columns,
    int Parallelism,
    IReadOnlyDictionary<string, string> Properties,
    string? Partition = null,
    Action<string?[]>? Adjust = null)
{
    private static readonly RowSchema T01 = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("name", DataTypes.String), new Field("amount", DataTypes.BigInt));
    private static readonly RowSchema T02 = new(new Field("id", DataTypes.Int.AsNotNull()), new Field("name", DataTypes.String), new Field("op_time", DataTypes.Timestamp(6)));
    private static readonly RowSchema T05 = new(new Field("id", DataTypes.BigInt.AsNotNull()), new Field("name", DataTypes.String), new Field("v", DataTypes.Int));

    /// <summary>The tables whose change stores ours must equal.</summary>
    public static IReadOnlyList<GoldenTable> Written { get; } =
    [
        new("t01", "t01.txt", 2, T01, 1, new Dictionary<string, string>()),
        new("t02_cdc", "t02.txt", 4, T02, 1, new Dictionary<string, string>()),
        new("t02_upsert", "t02.txt", 4, T02, 1, new Dictionary<string, string> { ["write.upsert.enabled"] = "true" }),
        new("t02_cdc_part", "t02.txt", 4, T02, 1, new Dictionary<string, string>(), "op_time"),
        .. new[] { (1, 1), (1, 3), (2, 1), (4, 1), (4, 3), (8, 1), (8, 3) }.Select(c => Buckets(c.Item1, c.Item2)),
        new("t05_part_p3", "t05.txt", 1, T05, 3, new Dictionary<string, string>(), "v", values => values[2] = (int.Parse(values[2]!, System.Globalization.CultureInfo.InvariantCulture) % 3).ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static GoldenTable Buckets(int buckets, int parallelism) => new(
        $"t05_b{buckets}_p{parallelism}",
        "t05.txt",
        2,
        T05,
        parallelism,
        new Dictionary<string, string> { ["change.file-index.hash-bucket"] = $"{buckets}", ["base.file-index.hash-bucket"] = $"{buckets}" });

    /// <summary>The change rows that the original stored: kind of file, sequence and offset, then the row.</summary>
    public static List<string> ReadChangeRows(string folder) =>
        File.ReadLines(Path.Combine(folder, "change-rows.jsonl")).Select(line =>
        {
            var json = JsonNode.Parse(line)!;
            var path = json["file"]!.GetValue<string>();
            return NameOf(path) + " " + json["row"]!.ToJsonString();
        }).Order(StringComparer.Ordinal).ToList();

    /// <summary>A path below the table's data folder, without what differs from run to run: operation id, task and counter.</summary>
    public static string NameOf(string path)
    {
        var relative = path[(path.IndexOf("/data/", StringComparison.Ordinal) + "/data/".Length)..];
        var slash = relative.LastIndexOf('/');
        var parts = relative[(slash + 1)..].Split('-');
        return relative[..(slash + 1)] + string.Join('-', parts[..4]) + Path.GetExtension(relative);
    }
}

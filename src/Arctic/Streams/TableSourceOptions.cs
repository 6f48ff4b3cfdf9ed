using System.Globalization;

namespace Arctic.Streams;

/// <summary>How a job reads a table. Only the columns that are properties of the record are read.</summary>
public sealed record TableSourceOptions
{
    /// <summary>Whether the read goes on with the changes that are committed later; a bounded read gives the table as it is when the job starts.</summary>
    public bool IsStreaming { get; init; }

    /// <summary>Where a streaming read begins.</summary>
    public TableStart Start { get; init; } = TableStart.Earliest;

    /// <summary>A condition in SQL over the table's columns, <c>amount &gt; 10 AND country = 'de'</c>: files and row groups that cannot hold such rows are not read. Null for all rows.</summary>
    public string? Where { get; init; }

    /// <summary>The most rows that are read; null for all.</summary>
    public long? Limit { get; init; }

    /// <summary>How often a streaming read looks for commits of other processes; null for the table's property, or 10 seconds.</summary>
    public TimeSpan? MonitorInterval { get; init; }

    /// <summary>Any other option of a table as SQL's <c>OPTIONS</c> hint takes them: <c>snapshot-id</c>, <c>tag</c>, <c>source.parallelism</c>, …</summary>
    public IReadOnlyDictionary<string, string> Hints { get; init; } = new Dictionary<string, string>();

    /// <summary>The read as a query.</summary>
    internal string ToSql(string table)
    {
        var hints = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in Hints)
        {
            hints[key] = value;
        }

        if (IsStreaming)
        {
            hints["streaming"] = "true";
            hints["scan.startup.mode"] = Start == TableStart.Latest ? "latest" : "earliest";
        }

        if (MonitorInterval is { } interval)
        {
            hints["monitor-interval"] = string.Create(CultureInfo.InvariantCulture, $"{(long)interval.TotalMilliseconds} ms");
        }

        var options = hints.Count == 0 ? "" : $" /*+ OPTIONS({string.Join(", ", hints.Select(h => $"{Literal(h.Key)} = {Literal(h.Value)}"))}) */";
        return string.Create(CultureInfo.InvariantCulture, $"SELECT * FROM {table}{options}{(Where is null ? "" : $" WHERE {Where}")}{(Limit is null ? "" : $" LIMIT {Limit}")}");
    }

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}

/// <summary>Where a streaming read of a table begins.</summary>
public enum TableStart
{
    /// <summary>The table as it is, then its changes.</summary>
    Earliest,

    /// <summary>Only what is committed after the job has started for the first time.</summary>
    Latest,
}

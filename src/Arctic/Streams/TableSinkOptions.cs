namespace Arctic.Streams;

/// <summary>How a job writes a table.</summary>
public sealed record TableSinkOptions
{
    /// <summary>What rows do to the table.</summary>
    public TableSinkMode Mode { get; init; } = TableSinkMode.Append;

    /// <summary>The number of writers; null for the job's parallelism.</summary>
    public int? Parallelism { get; init; }

    /// <summary>Any other option of a table as SQL's <c>OPTIONS</c> hint takes them.</summary>
    public IReadOnlyDictionary<string, string> Hints { get; init; } = new Dictionary<string, string>();

    /// <summary>The options over those of the table.</summary>
    internal IReadOnlyCollection<KeyValuePair<string, string>> ToOptions()
    {
        var options = new Dictionary<string, string>(Hints);
        if (Mode == TableSinkMode.Upsert)
        {
            options["write.upsert.enabled"] = "true";
        }

        if (Parallelism is { } parallelism)
        {
            options["sink.parallelism"] = parallelism.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return options;
    }
}

/// <summary>What the rows of a stream do to a table.</summary>
public enum TableSinkMode
{
    /// <summary>They are added; into a table with a primary key they go as the changes that they are.</summary>
    Append,

    /// <summary>They replace those of their key, whatever was there before.</summary>
    Upsert,

    /// <summary>They replace the partitions that they are in, or a table without partitions, in one commit at the end. Bounded jobs only.</summary>
    Overwrite,
}

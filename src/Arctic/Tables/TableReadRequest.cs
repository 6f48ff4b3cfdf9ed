using Arctic.Columnar.Errors;

namespace Arctic.Tables;

/// <summary>What is read of a table.</summary>
internal sealed record TableReadRequest
{
    /// <summary>Which store.</summary>
    public TableStore Store { get; init; }

    /// <summary>An earlier state; null for the newest.</summary>
    public TableMoment? Moment { get; init; }

    /// <summary>The columns in order; empty for all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>A condition of SQL over the table's columns; null for all rows.</summary>
    public string? Where { get; init; }

    /// <summary>The most rows; null for all.</summary>
    public long? RowsMax { get; init; }

    /// <summary>Whether uuids come as people write them and not as 16 bytes.</summary>
    public bool UuidsAsTexts { get; init; }
}

/// <summary>A state of a table.</summary>
internal abstract record TableMoment
{
    private TableMoment()
    {
    }

    /// <summary>A snapshot by its id.</summary>
    public sealed record Snapshot(long Id) : TableMoment;

    /// <summary>What was current at a time.</summary>
    public sealed record AsOf(DateTimeOffset Time) : TableMoment;

    /// <summary>A branch or tag.</summary>
    public sealed record Reference(string Name) : TableMoment;
}

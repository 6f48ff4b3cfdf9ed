namespace Arctic.InteropTests.Judging;

/// <summary>A table that the tests write through SQL and outside engines read.</summary>
/// <param name="Name">Its name in the database <c>db</c>.</param>
/// <param name="Statements">What makes and fills it; <c>{feeds}</c> is the folder of feed files.</param>
internal sealed record JudgedTable(string Name, IReadOnlyList<string> Statements)
{
    /// <summary>Whether it has a primary key: then it is judged after self-optimizing.</summary>
    public bool IsKeyed { get; init; }

    /// <summary>The rows that it must have, in canonical form and sorted; null where only the engines know.</summary>
    public IReadOnlyList<string>? ExpectedRows { get; init; }

    /// <summary>Whether its base store must hold position deletes.</summary>
    public bool HasPositionDeletes { get; init; }
}

/// <summary>What an engine cannot tell, and so is not asked.</summary>
/// <param name="Columns">The columns that are not compared; empty for the whole table.</param>
internal sealed record JudgeLimit(string Engine, string Table, string[] Columns, string Reason)
{
    /// <summary>All that are known. Each is printed with the counts.</summary>
    public static readonly IReadOnlyList<JudgeLimit> All =
    [
        new("clickhouse", "far_dates", [], "its Date32 holds 1900 to 2299 and refuses the rest"),
        new("icebird", "bytes_any", ["b"], "it turns bytes into text, and what is not UTF-8 into replacement characters"),
        new("icebird", "by_identity_decimal", [], "it does not read the Avro type fixed, which decimals in partition tuples have"),
        new("icebird", "by_truncate_decimal", [], "it does not read the Avro type fixed, which decimals in partition tuples have"),
    ];
}

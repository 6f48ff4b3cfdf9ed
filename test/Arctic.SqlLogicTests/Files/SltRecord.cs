using System.Text.RegularExpressions;
using Arctic.SqlLogicTests.Running;

namespace Arctic.SqlLogicTests.Files;

/// <summary>One statement of a case file and what it must do.</summary>
/// <param name="Line">Where it starts; 1-based.</param>
/// <param name="Sql">The statement, placeholders still in it.</param>
/// <param name="Modes">The modes in which it is run; the others leave it out.</param>
internal abstract record SltRecord(int Line, string Sql, IReadOnlyList<RunMode> Modes)
{
    /// <summary>Must succeed; its rows do not matter.</summary>
    public sealed record Succeeds(int Line, string Sql, IReadOnlyList<RunMode> Modes) : SltRecord(Line, Sql, Modes);

    /// <summary>Must fail with a text in which the pattern is found: <c>error CODE: message (line 1, column 8)</c> and the hint on a line of its own.</summary>
    public sealed record Fails(int Line, string Sql, IReadOnlyList<RunMode> Modes, Regex Pattern) : SltRecord(Line, Sql, Modes);

    /// <summary>Must give these rows.</summary>
    public sealed record Gives(int Line, string Sql, IReadOnlyList<RunMode> Modes, RowMatch Match, IReadOnlyList<string> Rows) : SltRecord(Line, Sql, Modes);
}

/// <summary>How the rows of a query are compared.</summary>
internal enum RowMatch
{
    /// <summary>As a multiset.</summary>
    Sorted,

    /// <summary>In their order where the result has one: in batch. A changelog has none, and is compared as a multiset.</summary>
    Ordered,

    /// <summary>Every expected line occurs in the result, in their order, with others in between: for plans.</summary>
    Contains,
}

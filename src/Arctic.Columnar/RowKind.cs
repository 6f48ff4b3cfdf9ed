namespace Arctic.Columnar;

/// <summary>What a row of a changelog does; the values are those of the original's log messages (spec/arctic.md, F.1).</summary>
public enum RowKind : byte
{
    /// <summary><c>+I</c>: a new row.</summary>
    Insert = 0,

    /// <summary><c>-U</c>: the old image of an updated row.</summary>
    UpdateBefore = 1,

    /// <summary><c>+U</c>: the new image of an updated row.</summary>
    UpdateAfter = 2,

    /// <summary><c>-D</c>: a row that is gone; carries the deleted image.</summary>
    Delete = 3,
}

/// <summary>Short texts and questions about <see cref="RowKind"/>.</summary>
public static class RowKinds
{
    /// <summary>The two-character text that Flink prints: <c>+I</c>, <c>-U</c>, <c>+U</c>, <c>-D</c>.</summary>
    public static string ToShortText(this RowKind kind) => kind switch
    {
        RowKind.Insert => "+I",
        RowKind.UpdateBefore => "-U",
        RowKind.UpdateAfter => "+U",
        RowKind.Delete => "-D",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>True for <c>+I</c> and <c>+U</c>: the row is there afterwards.</summary>
    public static bool IsAddition(this RowKind kind) => kind is RowKind.Insert or RowKind.UpdateAfter;
}

namespace Arctic.KeyedTables.Reading;

/// <summary>Where a reader stands in a split: everything before it has been handed out.</summary>
/// <param name="File">The 0-based data file of a merge-on-read split; 0 in a changelog split.</param>
/// <param name="Row">The next row of that file, deleted ones counted too; in a changelog split the next change.</param>
internal readonly record struct SplitPosition(int File, long Row)
{
    /// <summary>Before the first row.</summary>
    public static readonly SplitPosition Start;
}

/// <summary>One step of reading a split.</summary>
/// <param name="Batch">The rows, owned by the receiver; null when there were none to hand out.</param>
/// <param name="Next">The position behind them.</param>
internal readonly record struct SplitBatch(Arctic.Columnar.ChangeBatch? Batch, SplitPosition Next);

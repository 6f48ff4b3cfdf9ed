using Arctic.Columnar.Memory;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;

namespace Arctic.Connectors.Lake;

/// <summary>Reads splits of any kind.</summary>
internal sealed class LakeSplitReader : ILakeSplitReader
{
    private readonly StoreFileReader _files;
    private readonly MergeSplitReader _rows;
    private readonly ChangelogSplitReader? _changes;

    /// <summary>Makes a reader.</summary>
    /// <param name="budget">Bounds the deletes that are held.</param>
    public LakeSplitReader(MixedTable table, ReadColumns columns, MemoryBudget budget, int batchRowsMax)
    {
        _files = new StoreFileReader(table, batchRowsMax);
        _rows = new MergeSplitReader(_files, columns, budget);
        _changes = table.Key is { } key ? new ChangelogSplitReader(_files, columns, key) : null;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SplitBatch> ReadAsync(LakeSplit split, CancellationToken cancellationToken) => split switch
    {
        LakeSplit.Changes changes => _changes!.ReadAsync(changes.Files, changes.Filter, split.Position, cancellationToken),
        LakeSplit.Rows rows => _rows.ReadAsync(rows.Files, split.Position, cancellationToken),
        _ => throw new System.Diagnostics.UnreachableException(split.GetType().Name),
    };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _files.DisposeAsync();
}

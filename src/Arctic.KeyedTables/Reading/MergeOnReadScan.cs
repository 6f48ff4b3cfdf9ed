using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;

namespace Arctic.KeyedTables.Reading;

/// <summary>The merged rows of a keyed table at one pinned state: every live row of the base store and of the changes that it does not hold.</summary>
internal sealed class MergeOnReadScan
{
    private readonly ReadColumns _columns;

    private MergeOnReadScan(PinnedTable pinned, IReadOnlyList<MergeSplit> splits, ReadColumns columns)
    {
        (Pinned, Splits, _columns) = (pinned, splits, columns);
    }

    /// <summary>The state that is read.</summary>
    public PinnedTable Pinned { get; }

    /// <summary>The parts, which may be read in any order and at the same time.</summary>
    public IReadOnlyList<MergeSplit> Splits { get; }

    /// <summary>The schema of the rows.</summary>
    public RowSchema Schema => _columns.ResultSchema;

    /// <summary>Pins the newest state of a table and plans its read.</summary>
    /// <param name="columns">The 0-based columns of the result; the key need not be among them.</param>
    /// <param name="filter">Rules files out; rows for which it is not TRUE may still come. Null for none.</param>
    public static async ValueTask<MergeOnReadScan> PlanAsync(
        MixedTableCatalog catalog, MixedTable table, IReadOnlyList<int> columns, Expression? filter, CancellationToken cancellationToken)
    {
        var pinned = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);
        return await PlanAsync(pinned, columns, filter, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans the read of a pinned state.</summary>
    public static async ValueTask<MergeOnReadScan> PlanAsync(PinnedTable pinned, IReadOnlyList<int> columns, Expression? filter, CancellationToken cancellationToken)
    {
        var table = pinned.Table;
        var files = await pinned.ReadFilesAsync(new PredicateBuilder(table.Schema).Build(filter), cancellationToken).ConfigureAwait(false);
        var splits = MergePlanner.Plan(files.Base, files.Unmerged, table.Options.SplitSizeTarget.Bytes, table.Options.OpenFileCost.Bytes);
        return new MergeOnReadScan(pinned, splits, new ReadColumns(table.Schema, table.Key, columns));
    }

    /// <summary>Reads all splits, one after the other.</summary>
    /// <param name="budget">Bounds the deletes that are held at a time.</param>
    /// <returns>Insert-only batches that the consumer disposes.</returns>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(MemoryBudget budget, int batchRowsMax, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var files = new StoreFileReader(Pinned.Table, batchRowsMax);
        await using var owned = files.ConfigureAwait(false);
        var reader = new MergeSplitReader(files, _columns, budget);
        foreach (var split in Splits)
        {
            await foreach (var (batch, _) in reader.ReadAsync(split, SplitPosition.Start, cancellationToken).ConfigureAwait(false))
            {
                if (batch is not null)
                {
                    yield return batch;
                }
            }
        }
    }
}

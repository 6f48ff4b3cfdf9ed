using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.Connectors.Lake;

/// <summary>Plans the reading of a table with a key.</summary>
internal sealed class KeyedTablePlanner(LakeReadRequest request) : ILakePlanner
{
    private readonly ScanPredicate _predicate = new PredicateBuilder(request.Table.Schema).Build(request.Filter);

    /// <inheritdoc/>
    public async ValueTask<LakePlan> PlanInitialAsync(CancellationToken cancellationToken)
    {
        var pinned = await PinnedTable.PinAsync(request.Catalog, request.Table, cancellationToken).ConfigureAwait(false);
        if (request.IsStreaming && request.Options.StartupMode == LakeStartupMode.Latest)
        {
            return new LakePlan([], pinned.Sequence);
        }

        var files = await pinned.ReadFilesAsync(_predicate, cancellationToken).ConfigureAwait(false);
        var options = request.Table.Options;

        // A changelog shows every change as it came: the rows of the base store, then what was not merged into it (spec/arctic.md, G.1).
        var rows = MergePlanner.Plan(files.Base, request.IsStreaming ? [] : files.Unmerged, options.SplitSizeTarget.Bytes, options.OpenFileCost.Bytes).Select(ToSplit);
        var changes = request.IsStreaming ? ChangelogPlanner.Plan(ChangelogPlanner.SelectInitial(files.Base, files.Unmerged)).Select(ToSplit) : [];
        return new LakePlan([.. rows, .. changes], pinned.Sequence);
    }

    /// <inheritdoc/>
    public async ValueTask<LakePlan?> WaitForChangesAsync(long sequence, CancellationToken cancellationToken)
    {
        var signals = request.Catalog.Signals;
        var seen = signals.CountOf(request.Table.Name);
        var store = await request.Catalog.Iceberg.LoadTableAsync(request.Table.ChangeStore!.Identifier, cancellationToken).ConfigureAwait(false);
        if (store.Metadata.CurrentSnapshot is not { } snapshot || snapshot.SequenceNumber <= sequence)
        {
            await signals.WaitAsync(request.Table.Name, seen, request.Options.MonitorInterval, request.Catalog.Time, cancellationToken).ConfigureAwait(false);
            return null;
        }

        var after = LakeHistory.SnapshotsAfter(store.Metadata, sequence, request.Table.Name);
        await LakeHistory.RequireFilesKeptAsync(store, after, sequence, request.Table.Name, cancellationToken).ConfigureAwait(false);
        var files = await StoreFiles.ReadAsync(store, StoreKind.Change, _predicate, cancellationToken).ConfigureAwait(false);
        var splits = ChangelogPlanner.Plan(files.Where(f => f.DataSequence > sequence)).Select(ToSplit).ToArray();
        return new LakePlan(splits, snapshot.SequenceNumber);
    }

    private static LakeSplit ToSplit(MergeSplit split) => new LakeSplit.Rows(split, split.Id) { Partition = split.Partition, Bucket = split.Bucket };

    private static LakeSplit ToSplit(ChangelogSplit split) => new LakeSplit.Changes(split, null) { Partition = split.Partition, Bucket = split.Bucket };
}

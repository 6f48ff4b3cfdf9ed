using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.Connectors.Lake;

/// <summary>Plans the reading of a table without a key: a snapshot, or what was appended since one.</summary>
internal sealed class AppendTablePlanner(LakeReadRequest request) : ILakePlanner
{
    private readonly ScanPredicate _predicate = new PredicateBuilder(request.Table.Schema).Build(request.Filter);

    /// <inheritdoc/>
    public async ValueTask<LakePlan> PlanInitialAsync(CancellationToken cancellationToken)
    {
        var store = await LoadAsync(cancellationToken).ConfigureAwait(false);
        var options = request.Options;
        if (options.StartSnapshotId is { } start)
        {
            var end = options.EndSnapshotId ?? store.Metadata.CurrentSnapshotId ?? start;
            return await PlanAppendsAsync(store, IncrementalAppendScan.SnapshotsBetween(store.Metadata, start, end), cancellationToken).ConfigureAwait(false);
        }

        var snapshot = SnapshotToRead(store);
        if (snapshot is null || (request.IsStreaming && options.StartupMode == LakeStartupMode.Latest))
        {
            return new LakePlan([], SequenceOf(snapshot));
        }

        var files = await StoreFiles.ReadAsync(store, StoreKind.Base, snapshot, _predicate, cancellationToken).ConfigureAwait(false);
        return new LakePlan(Pack(files, $"rows-{snapshot.SnapshotId}"), SequenceOf(snapshot));
    }

    /// <inheritdoc/>
    public async ValueTask<LakePlan?> WaitForChangesAsync(long sequence, CancellationToken cancellationToken)
    {
        var signals = request.Catalog.Signals;
        var seen = signals.CountOf(request.Table.Name);
        var store = await LoadAsync(cancellationToken).ConfigureAwait(false);
        if (SequenceOf(store.Metadata.CurrentSnapshot) <= sequence)
        {
            await signals.WaitAsync(request.Table.Name, seen, request.Options.MonitorInterval, request.Catalog.Time, cancellationToken).ConfigureAwait(false);
            return null;
        }

        return await PlanAppendsAsync(store, LakeHistory.SnapshotsAfter(store.Metadata, sequence, request.Table.Name), cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<IcebergTable> LoadAsync(CancellationToken cancellationToken) => request.Catalog.Iceberg.LoadTableAsync(request.Table.BaseStore.Identifier, cancellationToken);

    // Only appends are followed: what an overwrite or a rewrite adds, others have seen before or must not see as new.
    private async ValueTask<LakePlan> PlanAppendsAsync(IcebergTable store, IReadOnlyList<Snapshot> snapshots, CancellationToken cancellationToken)
    {
        var splits = new List<LakeSplit>();
        foreach (var snapshot in snapshots)
        {
            var tasks = await IncrementalAppendScan.PlanAsync(store.Store, store.Metadata, snapshot, cancellationToken).ConfigureAwait(false);
            splits.AddRange(Pack(StoreFiles.Describe(tasks, store.Metadata, StoreKind.Base, _predicate), $"append-{snapshot.SnapshotId}"));
        }

        return new LakePlan(splits, SequenceOf(snapshots.Count == 0 ? store.Metadata.CurrentSnapshot : snapshots[^1]));
    }

    private List<LakeSplit> Pack(List<StoreFile> files, string id)
    {
        // Names say nothing of buckets here; all files of a partition may be read together.
        var rows = files.Select(f => f with { Bucket = KeyBucket.Root }).ToList();
        var options = request.Table.Options;
        return MergePlanner.Plan(rows, [], options.SplitSizeTarget.Bytes, options.OpenFileCost.Bytes)
            .Select((s, i) => (LakeSplit)new LakeSplit.Rows(s, string.Create(CultureInfo.InvariantCulture, $"{id}-{i}")) { Partition = s.Partition, Bucket = s.Bucket })
            .ToList();
    }

    private Snapshot? SnapshotToRead(IcebergTable store)
    {
        var metadata = store.Metadata;
        if (request.Options.SnapshotId is { } id)
        {
            return metadata.FindSnapshot(id) ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{request.Table.Name}' has no snapshot {id}; it may have expired.");
        }

        if ((request.Options.Tag ?? request.Options.Branch) is { } name)
        {
            return metadata.FindSnapshot(name)
                ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{request.Table.Name}' has no {(request.Options.Tag is null ? "branch" : "tag")} '{name}'.") { Hint = NameSuggestion.For(name, metadata.Refs.Keys) };
        }

        if (request.Options.AsOfTimestamp is { } time)
        {
            var entry = metadata.SnapshotLog.Where(e => e.TimestampMs <= time).OrderBy(e => e.TimestampMs).LastOrDefault();
            return metadata.FindSnapshot(entry.SnapshotId)
                ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{request.Table.Name}' has no snapshot as old as {time} ('as-of-timestamp', in epoch milliseconds).");
        }

        return metadata.CurrentSnapshot;
    }

    private static long SequenceOf(Snapshot? snapshot) => snapshot?.SequenceNumber ?? 0;
}

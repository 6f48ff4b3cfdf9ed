using System.Globalization;
using Arctic.Iceberg;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Maintenance;

/// <summary>
/// Takes out of a keyed table what nobody needs any more: change files that the base store holds and that are old enough leave the change store, then old snapshots of both stores are forgotten
/// with the files that only they used. No answer changes: the snapshot that holds the marker stays with all newer ones, and the marks of running sinks are properties, which stay. A reader
/// that began before the kept time finds its files gone, and a stream that was away for longer is told that it has missed changes.
/// </summary>
/// <param name="table">At any version.</param>
/// <param name="options">Which snapshots of both stores go; its time is also that of change files.</param>
internal sealed class KeyedTableExpiry(MixedTableCatalog catalog, MixedTable table, SnapshotExpiryOptions options)
{
    /// <summary>Runs it. Whoever stops it halfway leaves files that nobody names.</summary>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException">As of an expiry of one table; what was done before stays done.</exception>
    public async ValueTask<KeyedExpiryResult> RunAsync(CancellationToken cancellationToken)
    {
        options.Check();
        var change = table.ChangeStore ?? throw new ArgumentException("The table has no key.", nameof(table));
        var removed = await RemoveMergedAsync(change, cancellationToken).ConfigureAwait(false);
        var baseStore = await table.BaseStore.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        var ofBase = await new SnapshotExpiry(baseStore, options with { IsNeeded = OptimizedMarker.IsSetBy }).RunAsync(cancellationToken).ConfigureAwait(false);

        // Snapshots of changes stay as long as their files, for streams that were away.
        var ofChange = await new SnapshotExpiry(await change.LoadCurrentAsync(cancellationToken).ConfigureAwait(false), options with { OlderThan = ChangesOlderThan(change.Metadata) }).RunAsync(cancellationToken).ConfigureAwait(false);
        return new KeyedExpiryResult(table.Name, removed, ofBase, ofChange);
    }

    private async ValueTask<int> RemoveMergedAsync(IcebergTable change, CancellationToken cancellationToken)
    {
        // The marker only grows: what an older one says to be merged is so by any newer.
        var pinned = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);
        var store = pinned.Table.ChangeStore!; // the table has a key
        var oldest = OldestKept(store.Metadata, ChangesOlderThan(store.Metadata).ToUnixTimeMilliseconds());
        var files = await StoreFiles.ReadAsync(store, StoreKind.Change, ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
        var merged = files.Where(f => f.DataSequence < oldest && pinned.Marker.Sequences.TryGetValue(f.Partition, out var marker) && f.DataSequence <= marker).ToList();
        if (merged.Count == 0)
        {
            return 0;
        }

        var transaction = change.NewTransaction();
        var step = transaction.Delete();
        foreach (var file in merged)
        {
            step.Remove(file.File);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return merged.Count;
    }

    private DateTimeOffset ChangesOlderThan(TableMetadata metadata)
    {
        var kept = TimeSpan.FromMilliseconds(ExpireSnapshots.MaxAgeMsOf(metadata));
        var ofChanges = TimeSpan.FromMinutes(table.Options.ChangeTtlMinutes);
        return options.OlderThan ?? catalog.Time.GetUtcNow() - (kept > ofChanges ? kept : ofChanges);
    }

    // The sequence number of the first commit that is not old enough. A commit whose snapshot has expired is: no reader can go on from before it.
    private static long OldestKept(TableMetadata metadata, long olderThanMs) =>
        metadata.AncestorsOf(metadata.CurrentSnapshotId).Where(s => s.TimestampMs >= olderThanMs).Select(s => s.SequenceNumber).DefaultIfEmpty(long.MaxValue).Min();
}

/// <summary>What an expiry of a keyed table did.</summary>
/// <param name="Table">Its name.</param>
/// <param name="RemovedChangeFiles">Change files that the change store does not name any more.</param>
/// <param name="Base">The base store's snapshots.</param>
/// <param name="Change">The change store's.</param>
internal sealed record KeyedExpiryResult(string Table, int RemovedChangeFiles, SnapshotExpiryResult Base, SnapshotExpiryResult Change)
{
    /// <summary>Lines for a log.</summary>
    public IReadOnlyList<string> ToLines() =>
        [string.Create(CultureInfo.InvariantCulture, $"{Table}: {RemovedChangeFiles} merged change files left the change store"), Base.ToString(), Change.ToString()];
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Reading;

/// <summary>
/// One consistent state of a keyed table: a snapshot of the change store and one of the base store that holds no change above it. Everything planned from it sees the
/// table as it was at <see cref="Sequence"/>, whatever self-optimizing does meanwhile.
/// </summary>
internal sealed class PinnedTable
{
    private const int LoadsMax = 20;

    private PinnedTable(MixedTable table, OptimizedMarker marker)
    {
        (Table, Marker) = (table, marker);
    }

    /// <summary>The table with both stores as pinned.</summary>
    public MixedTable Table { get; }

    /// <summary>What the base store holds of the change store.</summary>
    public OptimizedMarker Marker { get; }

    /// <summary>The sequence number of the newest commit to the change store; 0 before the first.</summary>
    public long Sequence => Table.ChangeStore!.Metadata.CurrentSnapshot?.SequenceNumber ?? 0;

    /// <summary>Pins the newest state. The change store is loaded first: what is folded in between is then still seen once; a base store that is ahead is loaded again with it.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.TableCorrupt"/>: the base store stays ahead of its change store.</exception>
    public static ValueTask<PinnedTable> PinAsync(MixedTableCatalog catalog, MixedTable table, CancellationToken cancellationToken) =>
        PinAsync(stop => catalog.RefreshAsync(table, stop), cancellationToken);

    /// <summary>Pins the newest state of a table that is loaded in another way; as the other overload.</summary>
    /// <param name="load">Loads the change store, then the base store.</param>
    public static async ValueTask<PinnedTable> PinAsync(Func<CancellationToken, ValueTask<MixedTable>> load, CancellationToken cancellationToken)
    {
        for (var loads = 1; ; loads++)
        {
            var newest = await load(cancellationToken).ConfigureAwait(false);
            if (await TryPinAsync(newest, cancellationToken).ConfigureAwait(false) is { } pinned)
            {
                return pinned;
            }

            if (loads == LoadsMax)
            {
                throw new ArcticException(
                    ErrorCodes.TableCorrupt, $"Cannot read table '{newest.Name}': its base store says that it holds changes which its change store does not have.");
            }
        }
    }

    /// <summary>Pins two stores as they were loaded; null when the base store holds changes that this state of the change store does not have.</summary>
    public static async ValueTask<PinnedTable?> TryPinAsync(MixedTable table, CancellationToken cancellationToken)
    {
        var pinned = new PinnedTable(table, await OptimizedMarker.ReadAsync(table.BaseStore, cancellationToken).ConfigureAwait(false));
        return pinned.Marker.MaxSequence <= pinned.Sequence ? pinned : null;
    }

    /// <summary>Refuses a state of the base store whose marker is not the pinned one: a commit that sets the marker must know all changes that are merged.</summary>
    /// <exception cref="CommitConflictException">Another optimizing or overwriting run was faster.</exception>
    public void RequireSameMarker(TableMetadata baseStore)
    {
        var setter = OptimizedMarker.FindSetter(baseStore)?.SnapshotId;
        if (setter != Marker.SetBy)
        {
            throw new CommitConflictException($"Cannot commit to the base store of table '{Table.Name}': snapshot {setter} has merged changes since the commit was planned.");
        }
    }

    /// <summary>Whether a later state of the base store has the same rows, as far as its own commits tell: only folding came since.</summary>
    public bool IsOnlyFolded(TableMetadata baseStore)
    {
        var from = Table.BaseStore.Metadata.CurrentSnapshotId;
        return baseStore.AncestorsOf(baseStore.CurrentSnapshotId)
            .TakeWhile(s => s.SnapshotId != from)
            .All(s => s.Summary.GetValueOrDefault(MixedFormatProperties.SnapshotProducer) == MixedFormatProperties.Optimize);
    }

    /// <summary>The files of both stores that a read of the state needs.</summary>
    /// <param name="predicate">
    /// Rules base files out by partition and bounds, and change files by partition alone: by other columns it would drop deletes and older images (spec/arctic.md, A.8.1).
    /// </param>
    public async ValueTask<PinnedFiles> ReadFilesAsync(ScanPredicate predicate, CancellationToken cancellationToken)
    {
        var unmerged = await ReadChangesAsync(predicate, cancellationToken).ConfigureAwait(false);
        var baseFiles = await StoreFiles.ReadAsync(Table.BaseStore, StoreKind.Base, predicate, cancellationToken).ConfigureAwait(false);
        return new PinnedFiles(baseFiles, unmerged);
    }

    /// <summary>The live files of the change store that the base store does not hold.</summary>
    public ValueTask<IReadOnlyList<StoreFile>> ReadChangesAsync(CancellationToken cancellationToken) => ReadChangesAsync(ScanPredicate.True.Instance, cancellationToken);

    private async ValueTask<IReadOnlyList<StoreFile>> ReadChangesAsync(ScanPredicate predicate, CancellationToken cancellationToken) =>
        MergePlanner.SelectUnmerged(await StoreFiles.ReadAsync(Table.ChangeStore!, StoreKind.Change, predicate, cancellationToken).ConfigureAwait(false), Marker.Sequences);
}

/// <summary>The files of a pinned state.</summary>
/// <param name="Base">Live files of the base store.</param>
/// <param name="Unmerged">Live files of the change store that the base store does not hold.</param>
internal sealed record PinnedFiles(IReadOnlyList<StoreFile> Base, IReadOnlyList<StoreFile> Unmerged);

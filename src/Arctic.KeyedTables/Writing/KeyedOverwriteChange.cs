using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables.Optimizing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Puts base files in the place of rows of a keyed table: in one commit of the base store the old base files of the replaced partitions go, the new ones come, and the marker says that these
/// partitions hold every change up to the newest one of the change store. So those changes are not applied any more, and what is committed later comes on top; a crash leaves the
/// old rows or the new ones.
/// </summary>
internal sealed class KeyedOverwriteChange(MixedTableCatalog catalog, MixedTable table, Overwrite overwrite, Random random) : StoreChange
{
    private PinnedTable? _start;

    /// <inheritdoc/>
    public override bool CommitsWithoutFiles => overwrite.ReplacesWithNothing;

    /// <summary>When an optimizer moves the marker in between: the files stay right, the marker is set anew.</summary>
    public override bool CanPlanAgain => true;

    /// <inheritdoc/>
    public override IcebergTable StoreOf(MixedTable table) => table.BaseStore;

    /// <inheritdoc/>
    public override async ValueTask BeginAsync(CancellationToken cancellationToken) => _start = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public override async ValueTask<Action<string, string>> AddStepAsync(Transaction transaction, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        var pinned = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);
        if (overwrite.Isolation == OverwriteIsolation.Serializable)
        {
            RequireUnchanged(pinned);
        }

        transaction.ValidateEachAttempt(pinned.RequireSameMarker);
        var step = transaction.Overwrite()
            .Set(MixedFormatProperties.OptimizedSequenceExists, "true")
            .Set(MixedFormatProperties.BaseOptimizedTimeExists, "true");
        var rows = files.Where(f => f.Content == FileContent.Data).ToList();
        foreach (var file in rows)
        {
            step.Add(file);
        }

        var merged = (await ReplacedAsync(pinned, rows, step, cancellationToken).ConfigureAwait(false)).ToDictionary(p => p, _ => pinned.Sequence);
        var marker = pinned.Marker.With(merged, catalog.Time.GetUtcNow().ToUnixTimeMilliseconds());
        transaction.SetStatistics().ForNew(step, (snapshot, token) => marker.WriteAsync(pinned.Table.BaseStore, snapshot, NewGuid(), token));
        AddDeletes(transaction, step, files);
        return (key, value) => step.Set(key, value);
    }

    // Rows of the new files whose key came again go with a second snapshot of the same commit, as the original has it.
    private static void AddDeletes(Transaction transaction, OverwriteFiles step, IReadOnlyList<DataFile> files)
    {
        RowDelta? delta = null;
        foreach (var file in files.Where(f => f.Content == FileContent.PositionDeletes))
        {
            delta ??= transaction.RowDelta().ValidateFrom(step.SnapshotId);
            delta.AddDeletes(file);
        }
    }

    // Removes the base files of what is replaced, and tells the partitions whose changes are not applied any more.
    private async ValueTask<IReadOnlyCollection<string>> ReplacedAsync(PinnedTable pinned, IReadOnlyList<DataFile> files, OverwriteFiles step, CancellationToken cancellationToken)
    {
        var paths = files.Select(f => f.Partition).Distinct().ToDictionary(p => p, PathOf);
        switch (overwrite.Scope)
        {
            case OverwriteScope.Table:
                step.RemoveAll();
                var changes = await StoreFiles.ReadAsync(pinned.Table.ChangeStore!, StoreKind.Change, ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
                return changes.Select(f => f.Partition).Concat(paths.Values).ToHashSet(StringComparer.Ordinal);
            case OverwriteScope.OnePartition:
                step.RemovePartition(table.PartitionSpec.SpecId, overwrite.Partition!); // an overwrite of one partition has it
                return [PathOf(overwrite.Partition!)];
            default:
                foreach (var partition in paths.Keys)
                {
                    step.RemovePartition(table.PartitionSpec.SpecId, partition);
                }

                return paths.Values;
        }
    }

    // Folding changes no row; any other commit may have changed what the new rows were computed of.
    private void RequireUnchanged(PinnedTable now)
    {
        var start = _start ?? throw new System.Diagnostics.UnreachableException("The change has begun.");
        if (now.Sequence != start.Sequence || !start.IsOnlyFolded(now.Table.BaseStore.Metadata))
        {
            throw new CommitConflictException($"Cannot overwrite table '{table.Name}' with rows that were computed of its own: others have changed it since they were read.")
            {
                Hint = "Run the statement again, when nobody writes to the table.",
            };
        }
    }

    private string PathOf(PartitionTuple partition) => PartitionPath.Of(table.PartitionSpec, table.Schema, partition);

    private Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}

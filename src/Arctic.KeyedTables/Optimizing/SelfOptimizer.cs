using Arctic.Columnar.Memory;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.KeyedTables.Reading;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>
/// Folds the change store of a table into its base store without changing any answer: new rows become base files, dead rows of base files get position deletes, and the
/// marker moves, all in one snapshot. Runs beside writers and readers; of two optimizers at once one gives up and starts again from the other's result.
/// </summary>
internal sealed class SelfOptimizer(MixedTableCatalog catalog, MemoryBudget budget, Random random)
{
    private const int AttemptsMax = 5;
    private const int BatchRowsMax = 16384;

    /// <summary>Folds all changes that the base store does not hold.</summary>
    /// <returns>What was done; nothing when there was nothing to fold.</returns>
    /// <exception cref="Arctic.Columnar.Errors.ArcticException"><c>COMMIT_CONFLICT</c>: other optimizers were faster each time.</exception>
    public async ValueTask<OptimizeResult> OptimizeAsync(MixedTable table, CancellationToken cancellationToken)
    {
        if (table.Key is null)
        {
            return OptimizeResult.Nothing;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryOptimizeAsync(table, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException) when (attempt < AttemptsMax)
            {
                // Another optimizer moved the marker or a file that deletes were for: its result is where the next attempt starts.
            }
        }
    }

    private async ValueTask<OptimizeResult> TryOptimizeAsync(MixedTable table, CancellationToken cancellationToken)
    {
        var pinned = await PinnedTable.PinAsync(catalog, table, cancellationToken).ConfigureAwait(false);
        var files = await pinned.ReadFilesAsync(ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
        if (files.Unmerged.Count == 0)
        {
            return OptimizeResult.Nothing;
        }

        var merged = files.Unmerged.GroupBy(f => f.Partition).ToDictionary(g => g.Key, g => g.Max(f => f.DataSequence));
        var reader = new StoreFileReader(pinned.Table, BatchRowsMax);
        await using var ownedReader = reader.ConfigureAwait(false);
        var fold = new FoldWriter(pinned.Table, reader, budget, random);
        await using var ownedFold = fold.ConfigureAwait(false);
        try
        {
            await fold.WriteRowsAsync(files, merged, cancellationToken).ConfigureAwait(false);
            await fold.WriteDeletesAsync(files, cancellationToken).ConfigureAwait(false);
            await CommitAsync(pinned, fold, merged, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await fold.DeleteFilesAsync().ConfigureAwait(false);
            throw;
        }

        catalog.Signals.Publish(table.Name);
        return new OptimizeResult(files.Unmerged.Count, fold.DataFiles.Count, fold.DataFiles.Sum(f => f.RecordCount), fold.DeleteFiles.Count, fold.DeleteFiles.Sum(f => f.RecordCount));
    }

    private async ValueTask CommitAsync(PinnedTable pinned, FoldWriter fold, Dictionary<string, long> merged, CancellationToken cancellationToken)
    {
        var baseStore = pinned.Table.BaseStore;
        var nowMs = catalog.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var marker = pinned.Marker.With(merged, nowMs);
        var transaction = baseStore.NewTransaction().ValidateEachAttempt(pinned.RequireSameMarker);
        var delta = transaction.RowDelta()
            .ValidateFrom(baseStore.Metadata.CurrentSnapshotId)
            .Set(MixedFormatProperties.SnapshotProducer, MixedFormatProperties.Optimize)
            .Set(MixedFormatProperties.OptimizedSequenceExists, "true")
            .Set(MixedFormatProperties.BaseOptimizedTimeExists, "true");
        foreach (var file in fold.DataFiles)
        {
            delta.AddRows(file);
        }

        foreach (var (file, target) in fold.DeleteFiles.Zip(fold.DeleteTargets))
        {
            delta.AddDeletes(file).RequireDataFile(target);
        }

        transaction.SetStatistics().ForNew(
            delta, (snapshot, token) => marker.WriteAsync(baseStore, snapshot, NewGuid(), token));
        transaction.UpdateProperties().Set(MixedFormatProperties.TableWatermark, nowMs.ToString(System.Globalization.CultureInfo.InvariantCulture));
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes);
    }
}

/// <summary>What an optimizing run did.</summary>
/// <param name="MergedFileCount">Change files that the base store holds now.</param>
/// <param name="DataFileCount">Base files that were added.</param>
/// <param name="AddedRowCount">Rows in them.</param>
/// <param name="DeleteFileCount">Position-delete files that were added.</param>
/// <param name="DeletedRowCount">Rows of older base files that these end.</param>
internal sealed record OptimizeResult(int MergedFileCount, int DataFileCount, long AddedRowCount, int DeleteFileCount, long DeletedRowCount)
{
    /// <summary>There was nothing to do.</summary>
    public static readonly OptimizeResult Nothing = new(0, 0, 0, 0, 0);
}

using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.ObjectStores;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Deletes and updates rows of a keyed table, by changes of rows that were read of one pinned state, in one commit of the change store. What others committed since then may stand before it where
/// it has no key of these rows: then the order of the two makes no difference. Else nothing is committed, and the rows must be read anew. Used once; not thread-safe.
/// </summary>
internal sealed class RowChanges : IAsyncDisposable
{
    private readonly MixedTableCatalog _catalog;
    private readonly PinnedTable _pinned;
    private readonly MemoryBudget _keyBudget;
    private readonly ChangeStoreWriter _writer;

    /// <summary>Makes changes of rows of a pinned state.</summary>
    /// <param name="random">Gives the names of files.</param>
    /// <param name="rowBudget">Bounds the rows that wait for being written.</param>
    /// <param name="keyBudget">Bounds the keys that are compared with those of others.</param>
    public RowChanges(MixedTableCatalog catalog, PinnedTable pinned, Random random, MemoryBudget rowBudget, MemoryBudget keyBudget)
    {
        (_catalog, _pinned, _keyBudget) = (catalog, pinned, keyBudget);
        var table = pinned.Table;
        var store = table.ChangeStore!; // only a keyed table is pinned
        WriteSettings.RequireParquet(table.Name, "change.write.format", table.Options.ChangeFormat);
        _writer = new ChangeStoreWriter(new ChangeStoreWriterRequest
        {
            Store = store.Store,
            Location = store.Metadata.Location,
            Schema = table.Schema,
            Spec = store.Metadata.DefaultSpec,
            Key = table.Key!, // as above
            Mask = KeyBucket.MaskFor(table.Options.ChangeBucketCount),

            // The old row is said, so no delete of the new one is needed.
            IsUpsert = false,
            Subtask = 0,
            Random = random,
            Options = WriteSettings.Of(store.Metadata.Properties, table.Options),
            Metrics = MetricsConfig.Of(store.Metadata),
            Budget = rowBudget,
        });
    }

    /// <summary>The number of rows that are changed.</summary>
    public long RowCount { get; private set; }

    /// <summary>Deletes rows; the caller still disposes the batch.</summary>
    public async ValueTask DeleteAsync(ChangeBatch rows, CancellationToken cancellationToken)
    {
        var kinds = new RowKind[rows.ColumnLength];
        kinds.AsSpan().Fill(RowKind.Delete);
        using var deletes = rows.WithKinds(kinds);
        await _writer.WriteAsync(deletes, cancellationToken).ConfigureAwait(false);
        RowCount += rows.RowCount;
    }

    /// <summary>Puts rows in the place of others with the same key; the caller still disposes the batches.</summary>
    /// <param name="rows">As they are.</param>
    /// <param name="updated">As they shall be, row by row.</param>
    public async ValueTask UpdateAsync(ChangeBatch rows, ChangeBatch updated, CancellationToken cancellationToken)
    {
        using var old = rows.Compact();
        using var next = updated.Compact();
        var count = old.RowCount;
        var (order, kinds) = (new int[2 * count], new RowKind[2 * count]);
        for (var i = 0; i < count; i++)
        {
            (order[2 * i], kinds[2 * i]) = (i, RowKind.UpdateBefore);
            (order[2 * i + 1], kinds[2 * i + 1]) = (count + i, RowKind.UpdateAfter);
        }

        var columns = new Column[old.Columns.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ColumnGather.Concat([old.Columns[i], next.Columns[i]]).Gather(order);
        }

        using var pairs = new ChangeBatch(old.Schema, columns, order.Length, kinds);
        await _writer.WriteAsync(pairs, cancellationToken).ConfigureAwait(false);
        RowCount += count;
    }

    /// <summary>Makes the changes visible.</summary>
    /// <param name="isolation">Whether any row that others have committed since contradicts the changes, or only one of the same keys.</param>
    /// <exception cref="CommitConflictException">Others have changed the rows since, or were faster each time (<c>commit.retry.*</c>). Nothing was committed, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows; nothing was deleted.</exception>
    public async ValueTask CommitAsync(IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var files = await _writer.FinishIntervalAsync(cancellationToken).ConfigureAwait(false);
        if (files.Count == 0)
        {
            return;
        }

        try
        {
            await CommitAsync(files, isolation, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await _pinned.Table.ChangeStore!.Store.DeleteLeftoversAsync(files.Select(f => f.FilePath)).ConfigureAwait(false); // a keyed table has one
            throw;
        }

        _catalog.Signals.Publish(_pinned.Table.Name);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    private async ValueTask CommitAsync(IReadOnlyList<DataFile> files, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        var retries = CommitRetries.Of(_pinned.Table.ChangeStore!.Metadata.Properties, _catalog.Iceberg.Environment); // as above
        while (true)
        {
            var seen = await _catalog.RefreshAsync(_pinned.Table, cancellationToken).ConfigureAwait(false);
            await RequireApartAsync(seen, files, isolation, cancellationToken).ConfigureAwait(false);
            var transaction = seen.ChangeStore!.NewTransaction().ValidateEachAttempt(metadata => RequireSame(metadata, seen.ChangeStore!.Metadata));
            transaction.Append().Add(files);
            transaction.UpdateProperties().Set(MixedFormatProperties.TableWatermark, _catalog.Time.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
            try
            {
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (OvertakenException)
            {
                // Another commit came in between: it must be looked at, too.
                if (retries.NextWait() is not { } wait)
                {
                    throw new CommitConflictException($"Cannot change {RowCount} rows of table '{_pinned.Table.Name}': others have committed to it each time before they were compared with these ({retries.Failed} attempts).")
                    {
                        Hint = $"Run it when fewer others write, or raise the table property '{TableProperties.CommitRetries}'.",
                    };
                }

                await Task.Delay(wait, _catalog.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask RequireApartAsync(MixedTable now, IReadOnlyList<DataFile> files, IsolationLevel isolation, CancellationToken cancellationToken)
    {
        if (!_pinned.IsOnlyFolded(now.BaseStore.Metadata))
        {
            throw Conflict("others have replaced rows since they were read");
        }

        var store = now.ChangeStore!; // a keyed table stays one
        if (store.Metadata.CurrentSnapshotId == _pinned.Table.ChangeStore!.Metadata.CurrentSnapshotId)
        {
            return;
        }

        var all = await StoreFiles.ReadAsync(store, StoreKind.Change, ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
        var theirs = all.Where(f => f.DataSequence > _pinned.Sequence).ToList();
        var ours = files.Select(f => StoreFile.Of(f, 0, StoreKind.Change, PartitionPath.Of(store.Metadata.FindSpec(f.SpecId)!, now.Schema, f.Partition))).ToList();
        if (theirs.Count > 0 && (isolation == IsolationLevel.Serializable || await new KeyOverlap(now, _keyBudget).ExistsAsync(ours, theirs, cancellationToken).ConfigureAwait(false)))
        {
            throw Conflict("others have changed the same rows since they were read");
        }
    }

    private CommitConflictException Conflict(string reason) => new($"Cannot change {RowCount} rows of table '{_pinned.Table.Name}': {reason}.");

    private static void RequireSame(TableMetadata found, TableMetadata seen)
    {
        if (found.CurrentSnapshotId != seen.CurrentSnapshotId)
        {
            throw new OvertakenException();
        }
    }

    private sealed class OvertakenException : Exception;
}

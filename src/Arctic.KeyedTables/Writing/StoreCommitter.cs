using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// The one committer of a sink's files: one Iceberg transaction a checkpoint, which does with the files what its <see cref="StoreChange"/> says and sets the sink's
/// <see cref="CommitMark"/> in one metadata update. Idempotent by (sink, incarnation, checkpoint); a run older than the mark is refused. One call at a time.
/// </summary>
internal sealed class StoreCommitter
{
    /// <summary>The key of the sink in snapshot summaries.</summary>
    public const string SinkIdKey = "arctic.sink-id";

    /// <summary>The key of the run in snapshot summaries.</summary>
    public const string IncarnationKey = "arctic.incarnation";

    /// <summary>The key of the checkpoint in snapshot summaries.</summary>
    public const string CheckpointKey = "arctic.checkpoint-id";

    private const int PlansMax = 5;

    private readonly string _sinkId;
    private readonly long _incarnation;
    private readonly StoreChange _change;
    private readonly MixedTableCatalog _catalog;
    private readonly string _tableName;
    private IcebergTable _store;

    /// <summary>Makes a committer.</summary>
    /// <param name="catalog">The table's; its readers are told of commits.</param>
    /// <param name="sinkId">Stable over runs.</param>
    /// <param name="incarnation">The run.</param>
    /// <param name="change">What the files do to the table.</param>
    public StoreCommitter(MixedTableCatalog catalog, MixedTable table, string sinkId, long incarnation, StoreChange change)
    {
        (_catalog, _store, _tableName) = (catalog, change.StoreOf(table), table.Name);
        (_sinkId, _incarnation, _change) = (sinkId, incarnation, change);
    }

    /// <summary>The mark of the newest commit of this sink; null when there never was one.</summary>
    public async ValueTask<CommitMark?> FindCommittedAsync(CancellationToken cancellationToken)
    {
        _store = await _store.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        return CommitMark.Find(_store.Metadata.Properties, _sinkId);
    }

    /// <summary>Makes the files of a checkpoint visible, once however often it is called.</summary>
    /// <exception cref="ArcticException">
    /// <see cref="ErrorCodes.JobFenced"/>: a newer run has committed. <see cref="ErrorCodes.CommitOutcomeUnknown"/>: nobody knows; nothing was deleted.
    /// <see cref="ErrorCodes.CommitConflict"/>: the retries are used up; nothing was committed.
    /// </exception>
    public async ValueTask CommitAsync(long checkpoint, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0 && !_change.CommitsWithoutFiles)
        {
            return;
        }

        var ours = new CommitMark(_incarnation, checkpoint);
        for (var plan = 1; ; plan++)
        {
            var transaction = await PrepareAsync(ours, files, cancellationToken).ConfigureAwait(false);
            try
            {
                _store = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (AlreadyCommittedException)
            {
                return;
            }
            catch (CommitConflictException) when (_change.CanPlanAgain && plan < PlansMax)
            {
                // Nothing was committed, and what others did can be taken into account.
            }
            catch (CommitOutcomeUnknownException)
            {
                // The mark tells what the transaction could not find out.
                if (!await IsMarkedAsync(ours, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }

                break;
            }
        }

        _catalog.Signals.Publish(_tableName);
    }

    /// <summary>Raises the mark to this run and keeps its checkpoint (0 when there is none), without a snapshot: no commit of an older run can take place from then on. Idempotent.</summary>
    /// <returns>The mark as it is now.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.JobFenced"/>: the mark has a newer run.</exception>
    public async ValueTask<CommitMark> FenceAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var found = await FindCommittedAsync(cancellationToken).ConfigureAwait(false);
            if (found is { } mark && mark.Incarnation >= _incarnation)
            {
                return mark.Incarnation == _incarnation ? mark : throw Fenced(new CommitMark(_incarnation, mark.Checkpoint), mark);
            }

            var ours = new CommitMark(_incarnation, found?.Checkpoint ?? 0);
            var transaction = _store.NewTransaction().ValidateEachAttempt(metadata => RequireMark(metadata, found));
            transaction.UpdateProperties().Set(MixedFormatProperties.CommittedOf(_sinkId), ours.ToString());
            try
            {
                _store = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                return ours;
            }
            catch (MarkMovedException)
            {
                // The older run has committed once more: its checkpoint counts.
            }
            catch (CommitOutcomeUnknownException)
            {
                if (!await IsMarkedAsync(ours, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }

                return ours;
            }
        }
    }

    // A table that cannot be looked at tells nothing: that the outcome is unknown is what the caller must know.
    private async ValueTask<bool> IsMarkedAsync(CommitMark ours, CancellationToken cancellationToken)
    {
        try
        {
            return await FindCommittedAsync(cancellationToken).ConfigureAwait(false) == ours;
        }
        catch (ArcticException)
        {
            return false;
        }
    }

    private void RequireMark(TableMetadata metadata, CommitMark? expected)
    {
        if (CommitMark.Find(metadata.Properties, _sinkId) != expected)
        {
            throw new MarkMovedException();
        }
    }

    private async ValueTask<Transaction> PrepareAsync(CommitMark ours, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        var transaction = _store.NewTransaction().ValidateEachAttempt(metadata => Check(metadata, ours));
        var set = await _change.AddStepAsync(transaction, files, cancellationToken).ConfigureAwait(false);
        set(SinkIdKey, _sinkId);
        set(IncarnationKey, Text(ours.Incarnation));
        set(CheckpointKey, Text(ours.Checkpoint));
        transaction.UpdateProperties()
            .Set(MixedFormatProperties.CommittedOf(_sinkId), ours.ToString())
            .Set(MixedFormatProperties.TableWatermark, Text(_catalog.Time.GetUtcNow().ToUnixTimeMilliseconds()));
        return transaction;
    }

    // Runs on the metadata that the attempt is made on, so no other commit can come in between.
    private void Check(TableMetadata metadata, CommitMark ours)
    {
        var found = CommitMark.Find(metadata.Properties, _sinkId);
        switch (CommitMark.Judge(found, ours))
        {
            case CommitVerdict.AlreadyCommitted:
                throw new AlreadyCommittedException();
            case CommitVerdict.Fenced:
                throw Fenced(ours, found!.Value);
        }
    }

    private ArcticException Fenced(CommitMark ours, CommitMark found) => new(
        ErrorCodes.JobFenced,
        $"Cannot commit checkpoint {ours.Checkpoint} of sink '{_sinkId}' to table '{_tableName}': this is run {ours.Incarnation} of the job, and run {found.Incarnation} has committed checkpoint {found.Checkpoint} already. Only the newest run goes on.");

    private static string Text(long number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private sealed class AlreadyCommittedException : Exception;

    private sealed class MarkMovedException : Exception;
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// The one committer of a sink's files, of change stores and of tables without a key: one Iceberg transaction a checkpoint, which adds the files and sets the sink's
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

    private readonly string _sinkId;
    private readonly long _incarnation;
    private readonly bool _commitsEmpty;
    private readonly MixedTableCatalog _catalog;
    private readonly string _tableName;
    private IcebergTable _store;

    /// <summary>Makes a committer.</summary>
    /// <param name="catalog">The table's; its readers are told of commits.</param>
    /// <param name="table">The table; files go to its <see cref="MixedTable.WrittenStore"/>.</param>
    /// <param name="sinkId">Stable over runs.</param>
    /// <param name="incarnation">The run.</param>
    /// <param name="commitsEmpty">Whether a checkpoint without files makes a snapshot.</param>
    public StoreCommitter(MixedTableCatalog catalog, MixedTable table, string sinkId, long incarnation, bool commitsEmpty)
    {
        (_catalog, _store, _tableName) = (catalog, table.WrittenStore, table.Name);
        (_sinkId, _incarnation, _commitsEmpty) = (sinkId, incarnation, commitsEmpty);
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
        if (files.Count == 0 && !_commitsEmpty)
        {
            return;
        }

        var ours = new CommitMark(_incarnation, checkpoint);
        try
        {
            _store = await Prepare(ours, files).CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AlreadyCommittedException)
        {
            return;
        }
        catch (CommitOutcomeUnknownException)
        {
            // The mark tells what the transaction could not find out.
            if (await FindCommittedAsync(cancellationToken).ConfigureAwait(false) != ours)
            {
                throw;
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
                if (await FindCommittedAsync(cancellationToken).ConfigureAwait(false) != ours)
                {
                    throw;
                }

                return ours;
            }
        }
    }

    private void RequireMark(TableMetadata metadata, CommitMark? expected)
    {
        if (CommitMark.Find(metadata.Properties, _sinkId) != expected)
        {
            throw new MarkMovedException();
        }
    }

    private Transaction Prepare(CommitMark ours, IReadOnlyList<DataFile> files)
    {
        var transaction = _store.NewTransaction().ValidateEachAttempt(metadata => Check(metadata, ours));
        transaction.Append()
            .Add(files)
            .Set(SinkIdKey, _sinkId)
            .Set(IncarnationKey, Text(ours.Incarnation))
            .Set(CheckpointKey, Text(ours.Checkpoint));
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

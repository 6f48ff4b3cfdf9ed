using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Several changes of one table that become one update of its metadata: all of them, or none. When another writer commits first, everything is validated and
/// applied again on the refreshed table (<c>commit.retry.*</c>). Used once; not thread-safe.
/// </summary>
public sealed class Transaction
{
    private const int OutcomeLooksMax = 3;
    private readonly IcebergTable _table;

    // Of a table that this transaction is to create, what was prepared.
    private readonly TableMetadata? _staged;
    private readonly List<TransactionStep> _steps = [];
    private readonly List<Action<TableMetadata>> _validations = [];

    // The last attempt that the catalog called overtaken, until the table was seen without it: where a request is repeated on the way, the commit that took place is told that it is late.
    private CommitAttempt? _overtaken;
    private CommitRetries? _retries;
    private bool _isUsed;

    internal Transaction(IcebergTable table)
    {
        (_table, Metadata) = (table, table.Metadata);
        _staged = table.IsStaged ? Metadata : null;
    }

    /// <summary>The table as it was when the transaction began.</summary>
    internal TableMetadata Metadata { get; }

    internal CommitEnvironment Environment => _table.Catalog.Environment;

    /// <summary>The branch that snapshots go to, unless their step says another.</summary>
    internal string Branch { get; private set; } = SnapshotRef.MainBranch;

    /// <summary>Whether snapshots are made without a branch that moves to them.</summary>
    internal bool IsStaged { get; private set; }

    /// <summary>The name that staged snapshots are published by; null for none.</summary>
    internal string? WapId { get; private set; }

    /// <summary>Adds data files, merging small manifests as <c>commit.manifest.*</c> says.</summary>
    public AppendFiles Append() => Add(new AppendFiles(this, ManifestMerging.AsConfigured));

    /// <summary>Adds data files in a manifest of their own: the cheapest commit.</summary>
    public AppendFiles FastAppend() => Add(new AppendFiles(this, ManifestMerging.Never));

    /// <summary>Adds data files and delete files.</summary>
    public RowDelta RowDelta() => Add(new RowDelta(this));

    /// <summary>Replaces data files by others with other rows.</summary>
    public OverwriteFiles Overwrite() => Add(new OverwriteFiles(this));

    /// <summary>Replaces whole partitions by the files that are added.</summary>
    public ReplacePartitions ReplacePartitions() => Add(new ReplacePartitions(this));

    /// <summary>Replaces files by others with the same rows.</summary>
    public RewriteFiles Rewrite() => Add(new RewriteFiles(this));

    /// <summary>Gathers the manifests' entries by partition.</summary>
    public RewriteManifests RewriteManifests() => Add(new RewriteManifests(this));

    /// <summary>Removes data files.</summary>
    public DeleteFiles Delete() => Add(new DeleteFiles(this));

    /// <summary>Publishes a staged snapshot, or appends what a snapshot of another branch appended.</summary>
    public CherryPickSnapshot CherryPick(long snapshotId) => Add(new CherryPickSnapshot(this, snapshotId));

    /// <summary>Changes the columns.</summary>
    public UpdateSchema UpdateSchema() => Add(new UpdateSchema(_table.Metadata));

    /// <summary>Makes the schema of another table that of this one, field ids and all.</summary>
    internal void AdoptSchema(Schema schema) => Add(new AdoptSchema(_table.Metadata, schema));

    /// <summary>Changes how new data is split into partitions.</summary>
    public UpdatePartitionSpec UpdatePartitionSpec() => Add(new UpdatePartitionSpec(_table.Metadata));

    /// <summary>Makes a spec without partitions known, without using it for new data.</summary>
    internal AddUnpartitionedSpec AddUnpartitionedSpec() => Add(new AddUnpartitionedSpec());

    /// <summary>Replaces the order that new files are sorted in.</summary>
    public ReplaceSortOrder ReplaceSortOrder() => Add(new ReplaceSortOrder(_table.Metadata));

    /// <summary>Makes, moves and removes branches and tags, and brings the table back to an older snapshot.</summary>
    public ManageSnapshots ManageSnapshots() => Add(new ManageSnapshots());

    /// <summary>Raises the format version.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: there is no such version.</exception>
    public UpgradeFormatVersion UpgradeFormatVersion(int version) => Add(new UpgradeFormatVersion(Environment, version));

    /// <summary>Changes where new files go; not in a file-system catalog.</summary>
    public UpdateLocation UpdateLocation(string location) => Add(new UpdateLocation(location));

    /// <summary>Sets and removes table properties.</summary>
    public UpdateProperties UpdateProperties() => Add(new UpdateProperties(Environment));

    /// <summary>Sets the statistics file of a snapshot.</summary>
    public SetStatistics SetStatistics() => Add(new SetStatistics());

    /// <summary>Forgets old snapshots.</summary>
    public ExpireSnapshots ExpireSnapshots() => Add(new ExpireSnapshots(this));

    /// <summary>Commits the snapshots of this transaction to a branch instead of <c>main</c>; one that does not exist starts from <c>main</c>.</summary>
    public Transaction ToBranch(string branch)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(branch);
        Branch = branch;
        return this;
    }

    /// <summary>
    /// Makes the snapshots of this transaction without showing them to readers (write, audit, publish). <see cref="CherryPick"/> publishes one; until then
    /// expiring may remove it by its age.
    /// </summary>
    /// <param name="wapId">A name that is published at most once; null for none.</param>
    public Transaction Stage(string? wapId = null)
    {
        (IsStaged, WapId) = (true, wapId);
        return this;
    }

    /// <summary>
    /// Runs on the refreshed metadata before each attempt; whatever it throws ends the transaction. The metadata that it saw is the one that the commit is made
    /// on, so that nothing can slip in between: this is how an older incarnation of a job is fenced off.
    /// </summary>
    public Transaction ValidateEachAttempt(Action<TableMetadata> validate)
    {
        _validations.Add(validate);
        return this;
    }

    /// <summary>Takes its retries from those of a change that is planned anew, with another transaction, when its plan is contradicted.</summary>
    internal Transaction WithRetries(CommitRetries retries)
    {
        _retries = retries;
        return this;
    }

    /// <summary>Commits all steps.</summary>
    /// <returns>The table with the changes.</returns>
    /// <exception cref="CommitConflictException">Another writer's changes contradict these, or the retries are used up. Nothing of this transaction took place.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the commit took place; nothing was deleted.</exception>
    /// <exception cref="OperationCanceledException">Nothing took place: the swap of the metadata itself is not cancelled once it has begun.</exception>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    public async ValueTask<IcebergTable> CommitAsync(CancellationToken cancellationToken = default)
    {
        if (_isUsed)
        {
            // What the first call wrote is either the table's by now, or gone.
            throw new InvalidOperationException($"Cannot commit to '{_table.Identifier}': this transaction was committed before. Make another.");
        }

        _isUsed = true;
        var retries = _retries ?? CommitRetries.Of(_table.Metadata.Properties, Environment);
        for (var number = 1; ; number++)
        {
            Exception failure;
            try
            {
                return await TryOnceAsync(number, cancellationToken).ConfigureAwait(false);
            }
            catch (RetryableException e)
            {
                failure = e.InnerException!;
            }

            if (retries.NextWait() is not { } wait)
            {
                if (await GiveUpAsync().ConfigureAwait(false) is { } committed)
                {
                    return committed;
                }

                throw failure is CommitConflictException
                    ? new CommitConflictException($"{failure.Message} ({retries.Failed} attempts.) Raise '{TableProperties.CommitRetries}' or commit less often.", failure)
                    : failure;
            }

            try
            {
                await Task.Delay(wait, Environment.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                if (await GiveUpAsync().ConfigureAwait(false) is { } committed)
                {
                    return committed;
                }

                throw;
            }
        }
    }

    /// <summary>Deletes what was written, unless the attempt that was called overtaken is the table's state after all.</summary>
    /// <returns>The table with the commit; null when nothing was committed.</returns>
    /// <exception cref="CommitOutcomeUnknownException">The table cannot be looked at.</exception>
    private async ValueTask<IcebergTable?> GiveUpAsync()
    {
        if (_overtaken is { } attempt && await FindDeniedAsync(attempt).ConfigureAwait(false) is { } committed)
        {
            return committed;
        }

        await CleanUpAsync(isCommitted: false).ConfigureAwait(false);
        return null;
    }

    private T Add<T>(T step)
        where T : TransactionStep
    {
        _steps.Add(step);
        return step;
    }

    private async ValueTask<IcebergTable> TryOnceAsync(int number, CancellationToken cancellationToken)
    {
        CommitAttempt attempt;
        try
        {
            attempt = new CommitAttempt(_staged is null ? await _table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false) : _table, number);
            if (_overtaken is { } earlier && IsPresent(await SearchFor(earlier).FindAsync(attempt.Table, cancellationToken).ConfigureAwait(false)))
            {
                // It stands, and with it all that it wrote.
                return attempt.Table;
            }

            _overtaken = null;

            foreach (var validate in _validations)
            {
                validate(attempt.Metadata);
            }

            foreach (var step in _steps)
            {
                await step.ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
            }

            await PinBaseAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (IsPassing(e))
        {
            // Nothing was committed: a store that fails for a moment costs an attempt.
            throw new RetryableException(e);
        }
        catch (CommitOutcomeUnknownException)
        {
            throw;
        }
        catch
        {
            if (await GiveUpAsync().ConfigureAwait(false) is { } committed)
            {
                return committed;
            }

            throw;
        }

        if (attempt.Updates.Count > 0 || _staged is not null)
        {
            return await SwapAsync(attempt).ConfigureAwait(false);
        }

        // Earlier attempts may have found something to do.
        await CleanUpAsync(isCommitted: false).ConfigureAwait(false);
        return attempt.Table;
    }

    /// <summary>
    /// Where the catalog cannot pin the base, a commit that adds no snapshot is not seen by the requirements of others. One that was validated must be: an empty
    /// snapshot makes it seen.
    /// </summary>
    private async ValueTask PinBaseAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        if (_validations.Count > 0 && attempt.Updates.Count > 0 && !_table.Catalog.PinsCommitBase && !attempt.Updates.Any(u => u is TableUpdate.AddSnapshot))
        {
            await FastAppend().ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
        }
    }

    private TableCommit CommitOf(CommitAttempt attempt) => _staged is { } staged
        ? new TableCommit(_table.Identifier, [new TableRequirement.AssertCreate()], [.. TableCreationUpdates.Of(staged), .. attempt.Updates])
        : new TableCommit(
            _table.Identifier,
            [new TableRequirement.AssertTableUuid(attempt.Table.Metadata.TableUuid), .. attempt.Requirements],
            attempt.Updates.ToEquatableList())
        {
            BaseMetadataLocation = attempt.Table.MetadataLocation,
            BaseMetadata = attempt.Table.Metadata,
        };

    // From here on there is no cancellation: a swap that is given up halfway may have taken place.
    private async ValueTask<IcebergTable> SwapAsync(CommitAttempt attempt)
    {
        IcebergTable committed;
        try
        {
            committed = await _table.Catalog.CommitAsync(CommitOf(attempt), CancellationToken.None).ConfigureAwait(false);
        }
        catch (CommitConflictException e) when (_staged is not null)
        {
            // The table that is there may be this one; if not, another attempt would find the other writer's again.
            if (await FindDeniedAsync(attempt).ConfigureAwait(false) is not { } found)
            {
                await CleanUpAsync(isCommitted: false).ConfigureAwait(false);
                throw new ArcticException(ErrorCodes.AlreadyExists, $"Cannot create '{_table.Identifier}': another writer has created it meanwhile.", e);
            }

            committed = found;
        }
        catch (CommitConflictException e)
        {
            _overtaken = SnapshotsOf(attempt).Count > 0 ? attempt : null;
            throw new RetryableException(e);
        }
        catch (CommitOutcomeUnknownException e) when (!e.WasLookedInto)
        {
            if (await LookForAsync(attempt).ConfigureAwait(false) is not { Trace: CommitTrace.Present, Table: { } found })
            {
                throw;
            }

            committed = found;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.InvalidStatement)
        {
            if (await FindRefusedAsync(attempt, e).ConfigureAwait(false) is not { } found)
            {
                throw;
            }

            committed = found;
        }
        catch (ArcticException e) when (IsPassing(e))
        {
            // The catalog says "unknown" itself when it got as far as the swap.
            throw new RetryableException(e);
        }

        await CleanUpAsync(isCommitted: true).ConfigureAwait(false);
        return committed;
    }

    /// <summary>
    /// What a catalog refuses as wrong may be so only because of what others did meanwhile, such as expiring a snapshot that a reference is to name: no requirement can ask for that. Then the attempt on
    /// the table as it is now goes through, or says better what is missing.
    /// </summary>
    /// <returns>The table with the commit, if it took place after all.</returns>
    private async ValueTask<IcebergTable?> FindRefusedAsync(CommitAttempt attempt, ArcticException refusal)
    {
        var (trace, now, _) = await LookForAsync(attempt).ConfigureAwait(false);
        if (now is not null && IsPresent(trace))
        {
            return now;
        }

        if (now is not null && now.MetadataLocation != attempt.Table.MetadataLocation)
        {
            throw new RetryableException(refusal);
        }

        if (now is not null)
        {
            await CleanUpAsync(isCommitted: false).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Looks whether a commit that the catalog says did not take place is the table's state nevertheless.</summary>
    /// <exception cref="CommitOutcomeUnknownException">The table cannot be looked at, or what could tell has expired.</exception>
    private async ValueTask<IcebergTable?> FindDeniedAsync(CommitAttempt attempt)
    {
        var (trace, table, refusal) = await LookForAsync(attempt).ConfigureAwait(false);
        return refusal is null
            ? IsPresent(trace) ? table : null
            : throw new CommitOutcomeUnknownException($"{Doubt}, and the table could not be read after that ({refusal.Message}). Nothing was deleted; load the table and look.", refusal);
    }

    private string Doubt => $"Cannot tell whether the commit to '{_table.Identifier}' took place: the catalog said that the table had changed, as it also does when a request is repeated on the way";

    private bool IsPresent(CommitTrace trace) => trace == CommitTrace.Present || (trace == CommitTrace.Unknown
        ? throw new CommitOutcomeUnknownException($"{Doubt}, and what was committed then has expired, with the versions of the metadata that knew of it. Nothing was deleted.") { Hint = "Look for the rows in the table before the commit is made again." }
        : false);

    /// <summary>Looks whether a commit is the table's state. Of one whose answer was lost, not finding it proves nothing: it may come yet.</summary>
    /// <returns>What the table's history says, with the table as it is now; or why the table cannot be looked at.</returns>
    private async ValueTask<(CommitTrace Trace, IcebergTable? Table, ArcticException? Refusal)> LookForAsync(CommitAttempt attempt)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                var table = await _table.Catalog.FindTableAsync(_table.Identifier, CancellationToken.None).ConfigureAwait(false);
                return (table is null || table.Metadata.TableUuid != attempt.Metadata.TableUuid ? CommitTrace.Absent : await TraceOfAsync(attempt, table).ConfigureAwait(false), table, null);
            }
            catch (ArcticException e) when (!IsPassing(e) || look == OutcomeLooksMax)
            {
                return (CommitTrace.Unknown, null, e);
            }
            catch (ArcticException)
            {
                // The store or the server may answer the next look.
            }
        }
    }

    // The snapshots of a commit tell, of a new table its uuid. Any other change has come to the table when making it again would change nothing.
    private async ValueTask<CommitTrace> TraceOfAsync(CommitAttempt attempt, IcebergTable found)
    {
        if (_staged is not null)
        {
            return CommitTrace.Present;
        }

        if (SnapshotsOf(attempt).Count > 0)
        {
            return await SearchFor(attempt).FindAsync(found, CancellationToken.None).ConfigureAwait(false);
        }

        try
        {
            var again = TableMetadataBuilder.From(found.Metadata).Apply(attempt.Updates).Current;
            return TableMetadataWriter.Write(again).Span.SequenceEqual(TableMetadataWriter.Write(found.Metadata).Span) ? CommitTrace.Present : CommitTrace.Absent;
        }
        catch (ArcticException)
        {
            // What was done since contradicts the change: whether it was there in between cannot be told.
            return CommitTrace.Absent;
        }
    }

    private static CommitSearch SearchFor(CommitAttempt attempt) => new(attempt.Table, SnapshotsOf(attempt));

    // Without those that a later step of the same transaction expires.
    private static List<Snapshot> SnapshotsOf(CommitAttempt attempt) =>
        attempt.Updates.OfType<TableUpdate.AddSnapshot>().Select(u => u.Snapshot).Where(s => attempt.Metadata.FindSnapshot(s.SnapshotId) is not null).ToList();

    // A store or a server that fails for a moment.
    private static bool IsPassing(ArcticException e) => e.Code == ErrorCodes.StorageFailed || e.Code == ErrorCodes.ConnectionFailed;

    private async ValueTask CleanUpAsync(bool isCommitted)
    {
        var used = isCommitted ? _steps.SelectMany(s => s.UsedPaths).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var step in _steps)
        {
            await step.CleanUpAsync(_table, used).ConfigureAwait(false);
        }
    }

    private sealed class RetryableException(Exception inner) : Exception(inner.Message, inner);
}

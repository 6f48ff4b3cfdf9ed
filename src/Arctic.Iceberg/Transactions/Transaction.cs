using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Several changes of one table that become one update of its metadata: all of them, or none. When another writer commits first, everything is validated and
/// applied again on the refreshed table (<c>commit.retry.*</c>). Used once; not thread-safe.
/// </summary>
public sealed class Transaction
{
    private const int OutcomeLooksMax = 3;
    private readonly IcebergTable _table;
    private readonly List<TransactionStep> _steps = [];
    private readonly List<Action<TableMetadata>> _validations = [];

    internal Transaction(IcebergTable table) => _table = table;

    internal CommitEnvironment Environment => _table.Catalog.Environment;

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

    /// <summary>Removes data files.</summary>
    public DeleteFiles Delete() => Add(new DeleteFiles(this));

    /// <summary>Sets and removes table properties.</summary>
    public UpdateProperties UpdateProperties() => Add(new UpdateProperties());

    /// <summary>Sets the statistics file of a snapshot.</summary>
    public SetStatistics SetStatistics() => Add(new SetStatistics());

    /// <summary>Forgets old snapshots.</summary>
    public ExpireSnapshots ExpireSnapshots() => Add(new ExpireSnapshots(this));

    /// <summary>
    /// Runs on the refreshed metadata before each attempt; whatever it throws ends the transaction. The metadata that it saw is the one that the commit is made
    /// on, so that nothing can slip in between: this is how an older incarnation of a job is fenced off.
    /// </summary>
    public Transaction ValidateEachAttempt(Action<TableMetadata> validate)
    {
        _validations.Add(validate);
        return this;
    }

    /// <summary>Commits all steps.</summary>
    /// <returns>The table with the changes.</returns>
    /// <exception cref="CommitConflictException">Another writer's changes contradict these, or the retries are used up. Nothing of this transaction took place.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the commit took place; nothing was deleted.</exception>
    /// <exception cref="OperationCanceledException">Nothing took place: the swap of the metadata itself is not cancelled once it has begun.</exception>
    public async ValueTask<IcebergTable> CommitAsync(CancellationToken cancellationToken = default)
    {
        var policy = CommitRetryPolicy.Of(_table.Metadata.Properties);
        var started = Environment.Time.GetTimestamp();
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

            var wait = policy.WaitBefore(number, Environment.NextDouble());
            if (number > policy.RetriesMax || Environment.Time.GetElapsedTime(started) + wait > policy.TotalMax)
            {
                await CleanUpAsync(null).ConfigureAwait(false);
                throw failure is CommitConflictException
                    ? new CommitConflictException($"{failure.Message} ({number} attempts.) Raise '{TableProperties.CommitRetries}' or commit less often.", failure)
                    : failure;
            }

            await WaitAsync(wait, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask WaitAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(wait, Environment.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await CleanUpAsync(null).ConfigureAwait(false);
            throw;
        }
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
            attempt = new CommitAttempt(await _table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false), number);
            foreach (var validate in _validations)
            {
                validate(attempt.Metadata);
            }

            foreach (var step in _steps)
            {
                await step.ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
        {
            // Nothing was committed: a store that fails for a moment costs an attempt.
            throw new RetryableException(e);
        }
        catch
        {
            await CleanUpAsync(null).ConfigureAwait(false);
            throw;
        }

        return attempt.Updates.Count == 0 ? attempt.Table : await SwapAsync(attempt).ConfigureAwait(false);
    }

    // From here on there is no cancellation: a swap that is given up halfway may have taken place.
    private async ValueTask<IcebergTable> SwapAsync(CommitAttempt attempt)
    {
        var commit = new TableCommit(
            _table.Identifier,
            [new TableRequirement.AssertTableUuid(attempt.Table.Metadata.TableUuid), .. attempt.Requirements],
            attempt.Updates.ToEquatableList())
        {
            BaseMetadataLocation = attempt.Table.MetadataLocation,
        };
        IcebergTable committed;
        try
        {
            committed = await _table.Catalog.CommitAsync(commit, CancellationToken.None).ConfigureAwait(false);
        }
        catch (CommitConflictException e)
        {
            throw new RetryableException(e);
        }
        catch (CommitOutcomeUnknownException e) when (!e.WasLookedInto)
        {
            if (await FindCommittedAsync(attempt).ConfigureAwait(false) is not { } found)
            {
                throw;
            }

            committed = found;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
        {
            // The catalog says "unknown" itself when it got as far as the swap.
            throw new RetryableException(e);
        }

        await CleanUpAsync(committed.Metadata).ConfigureAwait(false);
        return committed;
    }

    /// <summary>Looks whether a commit of unknown outcome is the table's state: its snapshots tell. Not finding them proves nothing.</summary>
    private async ValueTask<IcebergTable?> FindCommittedAsync(CommitAttempt attempt)
    {
        var added = attempt.Updates.OfType<TableUpdate.AddSnapshot>().Select(u => u.Snapshot.SnapshotId).ToList();
        for (var look = 0; look < OutcomeLooksMax && added.Count > 0; look++)
        {
            try
            {
                var table = await _table.LoadCurrentAsync(CancellationToken.None).ConfigureAwait(false);
                return added.TrueForAll(id => table.Metadata.FindSnapshot(id) is not null) ? table : null;
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
            {
                // Look again.
            }
        }

        return null;
    }

    private async ValueTask CleanUpAsync(TableMetadata? committed)
    {
        foreach (var step in _steps)
        {
            try
            {
                await step.CleanUpAsync(_table, committed).ConfigureAwait(false);
            }
            catch (ArcticException)
            {
                // Files that nobody uses harm nobody: they only take space.
            }
        }
    }

    private sealed class RetryableException(Exception inner) : Exception(inner.Message, inner);
}

/// <summary>How often and how long a commit is tried again: exponential with jitter.</summary>
internal sealed record CommitRetryPolicy(int RetriesMax, TimeSpan MinWait, TimeSpan MaxWait, TimeSpan TotalMax)
{
    /// <summary>From <c>commit.retry.*</c>.</summary>
    public static CommitRetryPolicy Of(IReadOnlyDictionary<string, string> properties) => new(
        TableProperties.ReadInt(properties, TableProperties.CommitRetries, 4),
        TimeSpan.FromMilliseconds(TableProperties.ReadInt(properties, TableProperties.CommitRetryMinWait, 100)),
        TimeSpan.FromMilliseconds(TableProperties.ReadInt(properties, TableProperties.CommitRetryMaxWait, 60_000)),
        TimeSpan.FromMilliseconds(TableProperties.ReadInt(properties, TableProperties.CommitRetryTotal, 1_800_000)));

    /// <summary>The wait after the given attempt, 1 being the first.</summary>
    /// <param name="jitter">In [0, 1): writers that lost together must not come back together.</param>
    public TimeSpan WaitBefore(int attempt, double jitter)
    {
        var full = Math.Min(MaxWait.TotalMilliseconds, MinWait.TotalMilliseconds * Math.Pow(2, Math.Min(30, attempt - 1)));
        return TimeSpan.FromMilliseconds(full * (0.5 + (jitter / 2)));
    }
}

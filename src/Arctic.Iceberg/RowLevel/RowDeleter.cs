using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.RowLevel;

/// <summary>
/// Deletes the rows that a filter finds, in one commit: whole files where partitions and metrics prove that all their rows go, single rows else. When another
/// writer's commit contradicts the plan, all is planned anew on the refreshed table (<c>commit.retry.*</c>), and what was written for the old plan is deleted. New plans and new attempts share one budget of retries and time.
/// </summary>
/// <param name="table">At any version, each attempt starts from the newest; where rows are given, at the version that they were found in.</param>
/// <param name="deletion">What to delete.</param>
internal sealed class RowDeleter(IcebergTable table, RowDeletion deletion)
{
    private readonly CommitEnvironment _environment = table.Catalog.Environment;

    /// <summary>Plans, writes and commits.</summary>
    /// <exception cref="CommitConflictException">Others were faster again and again, or the columns were changed. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the deletion took place; nothing was cleaned up.</exception>
    public async ValueTask<RowDeletionResult> CommitAsync(CancellationToken cancellationToken)
    {
        if (deletion.Rows is not null)
        {
            return await CommitOnceAsync(cancellationToken).ConfigureAwait(false);
        }

        var retries = CommitRetries.Of(table.Metadata.Properties, _environment);
        while (true)
        {
            var current = await table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
            if (current.Metadata.CurrentSchemaId != deletion.Schema.SchemaId && !current.Metadata.CurrentSchema.Fields.Equals(deletion.Schema.Fields))
            {
                throw new CommitConflictException($"Cannot delete rows of '{table.Identifier}': its columns were changed, and the filter is of the old ones. Load the table again.");
            }

            TimeSpan wait;
            try
            {
                return await TryOnceAsync(current, retries, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException)
            {
                if (retries.NextWait() is not { } next)
                {
                    throw;
                }

                wait = next;
            }

            await Task.Delay(wait, _environment.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>As <see cref="CommitAsync(CancellationToken)"/>, of the version that the table stands at and without planning anew: for who runs a whole statement anew when others contradict it.</summary>
    /// <exception cref="CommitConflictException">Others contradict the plan. Nothing took place, no file is left.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether the deletion took place; nothing was cleaned up.</exception>
    public ValueTask<RowDeletionResult> CommitOnceAsync(CancellationToken cancellationToken) => TryOnceAsync(table, CommitRetries.Of(table.Metadata.Properties, _environment), cancellationToken);

    private async ValueTask<RowDeletionResult> TryOnceAsync(IcebergTable current, CommitRetries retries, CancellationToken cancellationToken)
    {
        var locations = new NewFiles(current.Metadata, _environment);
        try
        {
            var filter = new FileFilter(deletion.Schema, deletion.Filter);
            var plan = await new RowDeletionPlanner(current, deletion, filter, locations).PlanAsync(cancellationToken).ConfigureAwait(false);
            return plan.IsEmpty && deletion.Added.Count == 0
                ? new RowDeletionResult(current, null, 0, 0, 0)
                : await CommitAsync(current, plan, filter, retries, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (CommitOutcome.IsKnownToHaveFailed(e))
        {
            await locations.DeleteAllAsync(current.Store).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<RowDeletionResult> CommitAsync(IcebergTable current, RowDeletionPlan plan, FileFilter filter, CommitRetries retries, CancellationToken cancellationToken)
    {
        var transaction = current.NewTransaction().WithRetries(retries);
        var isSerializable = deletion.IsolationFor(current.Metadata) == IsolationLevel.Serializable;
        SnapshotStep step = plan.Deletes.Count == 0
            ? AddOverwrite(transaction, plan, isSerializable ? filter : null)
            : AddDelta(transaction, plan, isSerializable ? filter : null);
        var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return new RowDeletionResult(committed, step.SnapshotId, plan.Removed.Count, plan.Rewritten.Count, plan.Deletes.Count);
    }

    private OverwriteFiles AddOverwrite(Transaction transaction, RowDeletionPlan plan, FileFilter? conflicts)
    {
        var step = transaction.Overwrite().ToBranch(deletion.Branch).ValidateFrom(plan.StartSnapshotId);
        foreach (var file in plan.Removed.Concat(plan.Rewritten))
        {
            step.Remove(file);
        }

        foreach (var file in plan.New.Concat(deletion.Added))
        {
            step.Add(file);
        }

        foreach (var (key, value) in deletion.SummaryProperties)
        {
            step.Set(key, value);
        }

        return conflicts is null ? step : step.RefuseNewFiles(conflicts);
    }

    private RowDelta AddDelta(Transaction transaction, RowDeletionPlan plan, FileFilter? conflicts)
    {
        var step = transaction.RowDelta().ToBranch(deletion.Branch).ValidateFrom(plan.StartSnapshotId);
        foreach (var file in plan.Removed)
        {
            step.RemoveRows(file);
        }

        foreach (var file in plan.Deletes)
        {
            step.AddDeletes(file);
        }

        foreach (var file in plan.ReplacedDeletes)
        {
            step.RemoveDeletes(file);
        }

        foreach (var path in plan.Marked)
        {
            step.RequireDataFile(path);
        }

        foreach (var file in deletion.Added)
        {
            step.AddRows(file);
        }

        if (deletion.Command == RowCommand.Update)
        {
            // A row that another writer has deleted meanwhile would come back as its new self.
            step.RefuseNewDeleteFiles();
        }

        foreach (var (key, value) in deletion.SummaryProperties)
        {
            step.Set(key, value);
        }

        return conflicts is null ? step : step.RefuseNewDataFiles(conflicts);
    }
}

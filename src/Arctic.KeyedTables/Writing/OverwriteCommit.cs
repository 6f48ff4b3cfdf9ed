using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables.Writing;

/// <summary>Commits an overwrite without a sink: of one statement, which is run anew when others contradict it.</summary>
internal static class OverwriteCommit
{
    private const int PlansMax = 5;

    /// <summary>Takes all rows out of a table. Of a keyed table what others commit meanwhile may stay, on top of nothing.</summary>
    /// <param name="random">Gives the names of files.</param>
    /// <exception cref="CommitConflictException">Others were faster each time. Nothing took place.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether it took place.</exception>
    public static ValueTask TruncateAsync(MixedTableCatalog catalog, MixedTable table, Random random, CancellationToken cancellationToken)
    {
        var overwrite = new Overwrite(OverwriteScope.Table, OverwriteIsolation.None);
        StoreChange change = table.Key is null ? new OverwriteChange(table, overwrite) : new KeyedOverwriteChange(catalog, table, overwrite, random);
        return RunAsync(catalog, table, change, [], cancellationToken);
    }

    /// <summary>Does with files what a change says, in one commit.</summary>
    /// <exception cref="CommitConflictException">Others contradict it, or were faster each time. Nothing took place; the files are still the caller's.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether it took place.</exception>
    public static async ValueTask RunAsync(MixedTableCatalog catalog, MixedTable table, StoreChange change, IReadOnlyList<DataFile> files, CancellationToken cancellationToken)
    {
        for (var plan = 1; ; plan++)
        {
            var transaction = change.StoreOf(table).NewTransaction();
            await change.AddStepAsync(transaction, files, cancellationToken).ConfigureAwait(false);
            try
            {
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                break;
            }
            catch (CommitConflictException) when (change.CanPlanAgain && plan < PlansMax)
            {
                // An optimizer moved the marker in between: nothing was committed.
            }
        }

        catalog.Signals.Publish(table.Name);
    }
}

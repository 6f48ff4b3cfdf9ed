using Arctic.Iceberg.Catalog;

namespace Arctic.KeyedTables.Writing;

/// <summary>Takes all rows out of a table, in one commit.</summary>
internal static class TableTruncation
{
    private const int PlansMax = 5;

    /// <summary>Removes every row that was committed before; of a keyed table what others commit meanwhile may stay, on top of nothing.</summary>
    /// <param name="random">Gives the names of files.</param>
    /// <exception cref="CommitConflictException">Others were faster each time. Nothing took place.</exception>
    /// <exception cref="CommitOutcomeUnknownException">Nobody knows whether it took place.</exception>
    public static async ValueTask RunAsync(MixedTableCatalog catalog, MixedTable table, Random random, CancellationToken cancellationToken)
    {
        var overwrite = new Overwrite(OverwriteScope.Table, OverwriteIsolation.None);
        StoreChange change = table.Key is null ? new OverwriteChange(table, overwrite) : new KeyedOverwriteChange(catalog, table, overwrite, random);
        for (var plan = 1; ; plan++)
        {
            var transaction = change.StoreOf(table).NewTransaction();
            await change.AddStepAsync(transaction, [], cancellationToken).ConfigureAwait(false);
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

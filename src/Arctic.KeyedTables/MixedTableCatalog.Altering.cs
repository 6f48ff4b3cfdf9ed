using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;

namespace Arctic.KeyedTables;

// Changes of columns and properties. The base store decides: its schema is that of the table, and the change store follows it. Files name columns by id, so that what is read
// is right while the change store is behind.
internal sealed partial class MixedTableCatalog
{
    private const int FollowsMax = 5;

    /// <summary>
    /// Changes the columns and properties of a table: the base store in one commit, then the change store. After a crash between the two the table has changed, and the next ALTER or INSERT lets the
    /// change store follow.
    /// </summary>
    /// <param name="table">As loaded; columns are changed only if they are still so.</param>
    /// <param name="changeColumns">Plans the changes; null for none.</param>
    /// <param name="set">Properties of both stores.</param>
    /// <param name="removed">Properties that both stores lose.</param>
    /// <returns>The table after it.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CommitConflict"/>: another writer has changed the columns; nothing was done. Or what Iceberg refuses.</exception>
    public async ValueTask<MixedTable> AlterTableAsync(
        MixedTable table, Action<UpdateSchema>? changeColumns, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> removed, CancellationToken cancellationToken)
    {
        // A change store two steps behind could take the place of columns that were added in between.
        table = await FollowSchemaAsync(table, cancellationToken).ConfigureAwait(false);
        var transaction = table.BaseStore.NewTransaction();
        if (changeColumns is not null)
        {
            changeColumns(transaction.UpdateSchema());
        }

        ChangeProperties(transaction, set, removed);
        var baseStore = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        if (table.ChangeStore is not { } changeStore)
        {
            return new MixedTable(baseStore, null);
        }

        try
        {
            if (set.Count + removed.Count > 0)
            {
                var properties = changeStore.NewTransaction();
                ChangeProperties(properties, set, removed);
                changeStore = await properties.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            return await FollowSchemaAsync(new MixedTable(baseStore, changeStore), cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"Table '{table.Name}' was altered, but its change store has not followed yet: {e.Message}", e)
            {
                Hint = "What is read and written is right meanwhile; the next ALTER TABLE or INSERT lets it follow. Repeat a SET or RESET.",
            };
        }
    }

    /// <summary>Lets the change store have the columns of the base store, if a crash has kept it from that. Idempotent.</summary>
    /// <returns>The table, newly loaded when something was done.</returns>
    public async ValueTask<MixedTable> FollowSchemaAsync(MixedTable table, CancellationToken cancellationToken)
    {
        for (var follows = 1; table.ChangeStore is { } changeStore && !changeStore.Metadata.CurrentSchema.SameAs(table.Schema); follows++)
        {
            var transaction = changeStore.NewTransaction();
            transaction.AdoptSchema(table.Schema);
            try
            {
                return new MixedTable(table.BaseStore, await transaction.CommitAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (CommitConflictException) when (follows < FollowsMax)
            {
                // Somebody else has altered the table, or done the same.
                table = await RefreshAsync(table, cancellationToken).ConfigureAwait(false);
            }
        }

        return table;
    }

    private static void ChangeProperties(Transaction transaction, IReadOnlyDictionary<string, string> set, IReadOnlyList<string> removed)
    {
        if (set.Count + removed.Count == 0)
        {
            return;
        }

        var properties = transaction.UpdateProperties();
        foreach (var (key, value) in set)
        {
            properties.Set(key, value);
        }

        foreach (var key in removed)
        {
            properties.Remove(key);
        }
    }
}

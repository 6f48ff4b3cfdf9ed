using Arctic.Catalog;
using Arctic.Columnar;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Options;
using Arctic.Connectors.Lake;
using Arctic.Iceberg.RowLevel;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Writing;
using Arctic.Sql.Binding;
using Arctic.Sql.Logical;

namespace Arctic.Queries;

/// <summary>The change of one table that DELETE or UPDATE makes: takes the rows that their query finds, then commits. Used once; not thread-safe.</summary>
internal abstract class RowChange : IAsyncDisposable
{
    /// <summary>Where the query finds the rows.</summary>
    public abstract RowTarget Target { get; }

    /// <summary>Begins a change of a table as it is now.</summary>
    /// <param name="settings">What the statement's expressions depend on.</param>
    public static async ValueTask<RowChange> BeginAsync(LakeCatalog catalog, MixedTable table, EvaluationSettings settings, CancellationToken cancellationToken)
    {
        if (table.Key is null)
        {
            return new PlainRowChange(table.BaseStore, settings);
        }

        var limit = OptionReader.Read<LakeReadOptions>(table.Properties, $"table '{table.Name}'").DeleteMemoryLimit.Bytes;
        var hint = $"Raise the table property '{LakeReadOptions.DeleteMemoryLimitKey}', or optimize the table first.";
        var reading = new MemoryBudget($"the deletes of a split of table '{table.Name}'", limit) { Hint = hint };
        var keys = new MemoryBudget($"keys of table '{table.Name}' that others may have changed", limit) { Hint = hint };
        var pinned = await PinnedTable.PinAsync(catalog.Tables, table, cancellationToken).ConfigureAwait(false);
        var changes = new RowChanges(catalog.Tables, pinned, catalog.NewRandom(), new MemoryBudget($"rows of table '{table.Name}' that wait to be written", LakeWriteOptions.WriterBytesMax), keys);
        return new KeyedRowChange(pinned, new KeyedRowTarget(pinned, reading), changes);
    }

    /// <summary>Deletes the rows of a filter without a query, where the table can: whole files then go unread.</summary>
    /// <returns>Whether that is done; else nothing has happened.</returns>
    public virtual ValueTask<bool> TryDeleteByFilterAsync(BoundRowChange bound, CancellationToken cancellationToken) => ValueTask.FromResult(false);

    /// <summary>Takes rows that the query has found; the caller still disposes the batch.</summary>
    public abstract ValueTask AddAsync(ChangeBatch found, bool isUpdate, CancellationToken cancellationToken);

    /// <summary>Commits; without rows nothing.</summary>
    /// <exception cref="Iceberg.Catalog.CommitConflictException">Others have changed the rows since: nothing took place, and the statement may be run anew.</exception>
    public abstract ValueTask CommitAsync(BoundRowChange bound, bool isUpdate, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

/// <summary>Of a keyed table: changes of the rows in its change store.</summary>
internal sealed class KeyedRowChange(PinnedTable pinned, KeyedRowTarget target, RowChanges changes) : RowChange
{
    private readonly int[] _old = Enumerable.Range(0, pinned.Table.RowSchema.Count).ToArray();
    private readonly int[] _new = Enumerable.Range(pinned.Table.RowSchema.Count, pinned.Table.RowSchema.Count).ToArray();

    /// <inheritdoc/>
    public override RowTarget Target => target;

    /// <inheritdoc/>
    public override async ValueTask AddAsync(ChangeBatch found, bool isUpdate, CancellationToken cancellationToken)
    {
        var schema = pinned.Table.RowSchema;
        using var columns = found.Project(_old);
        using var rows = columns.WithSchema(schema);
        if (!isUpdate)
        {
            await changes.DeleteAsync(rows, cancellationToken).ConfigureAwait(false);
            return;
        }

        using var newColumns = found.Project(_new);
        NotNullColumns.Require(newColumns, schema);
        using var updated = newColumns.WithSchema(schema);
        await changes.UpdateAsync(rows, updated, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask CommitAsync(BoundRowChange bound, bool isUpdate, CancellationToken cancellationToken) =>
        changes.CommitAsync(ReadsItself(bound.Plan, bound.Table.Path.ToString()) ? IsolationLevel.Serializable : IsolationLevel.Snapshot, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => changes.DisposeAsync();

    // A sub-query over the table, or over one of its stores, may have seen any of its rows.
    private static bool ReadsItself(LogicalPlan plan, string path) => plan is LogicalPlan.Scan scan
        ? !BoundRowChange.IsTarget(scan) && (scan.Table.Path.ToString() is var name && (name == path || name.StartsWith(path + ".", StringComparison.Ordinal)))
        : plan.Inputs.Any(i => ReadsItself(i, path));
}

using Arctic.Catalog;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Writing;
using Arctic.Queries;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Optimizing;
using Arctic.Sql.Syntax;
using Microsoft.Extensions.Logging;

namespace Arctic.Statements;

/// <summary>
/// DELETE, UPDATE and TRUNCATE TABLE of lake tables, and INSERT OVERWRITE by a table's own rows, in batch: the rows are found by a query over one version of the table and changed in one commit. When others have changed the same rows
/// meanwhile, the statement is run anew.
/// </summary>
internal sealed class RowChangeStatements(SessionContext context)
{
    /// <summary>Runs a statement; what it changes is committed when this returns.</summary>
    public async Task<QueryResult> RunAsync(Statement statement, CancellationToken cancellationToken)
    {
        var (name, command) = statement switch
        {
            Statement.Delete delete => (delete.Table, "DELETE"),
            Statement.Update update => (update.Table, "UPDATE"),
            Statement.Truncate truncate => (truncate.Table, "TRUNCATE TABLE"),
            _ => throw new System.Diagnostics.UnreachableException(statement.GetType().Name),
        };
        if (context.Options.Sql.RuntimeMode == RuntimeMode.Streaming)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"{command} statement is not supported in streaming mode now.") { Hint = "SET 'execution.runtime-mode' = 'batch'.", Position = statement.Position };
        }

        var tables = await ResolvedTables.ResolveAsync(statement, context.Catalogs, cancellationToken).ConfigureAwait(false);
        var path = FindTarget(tables, name, command);
        var catalog = (LakeCatalog)context.Catalogs.Get(path.Catalog, name.Position);
        if (statement is Statement.Truncate)
        {
            var table = await LoadAsync(catalog, path, command, cancellationToken).ConfigureAwait(false);
            await OverwriteCommit.TruncateAsync(catalog.Tables, table, catalog.NewRandom(), cancellationToken).ConfigureAwait(false);
            return Listing.Ok;
        }

        await RetryAsync(catalog, path, command, table => TryChangeAsync(statement, catalog, table, cancellationToken), cancellationToken).ConfigureAwait(false);
        return Listing.Ok;
    }

    /// <summary>Runs an INSERT OVERWRITE of a table by rows that are computed of its own: they replace what they were computed of, and nothing that others have committed since.</summary>
    /// <param name="table">The table, whatever name the statement has for it.</param>
    public Task OverwriteAsync(Statement.Insert insert, LakeTable table, CancellationToken cancellationToken)
    {
        var name = table.Table.BaseStore.Identifier;
        var path = new ObjectPath(table.Catalog.Name, name.Namespace.ToString(), name.Name);
        return RetryAsync(table.Catalog, path, "INSERT OVERWRITE", _ => TryOverwriteAsync(insert, path, cancellationToken), cancellationToken);
    }

    private ObjectPath FindTarget(ResolvedTables tables, QualifiedName name, string command)
    {
        if (tables.Get(name) is not ResolvedTable.Table { Definition: { } table })
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"'{name}' is a view: rows are changed in tables.") { Position = name.Position };
        }

        return table.Connector is null && context.Catalogs.Find(table.Path.Catalog) is LakeCatalog
            ? table.Path
            : throw new ArcticException(ErrorCodes.Unsupported, $"{command} requires that the connector of table '{table.Path}' supports it, and '{table.Connector ?? "none"}' does not.")
            {
                Hint = "Tables of a catalog of type 'arctic' do.",
                Position = name.Position,
            };
    }

    private static async ValueTask<MixedTable> LoadAsync(LakeCatalog catalog, ObjectPath path, string command, CancellationToken cancellationToken)
    {
        var table = await catalog.LoadMixedAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        return table.IsPartOfKeyed
            ? throw new ArcticException(ErrorCodes.InvalidStatement, $"{command} cannot change '{path}': it is one store of a table with a primary key, and would no longer fit the other.") { Hint = "Name the table itself." }
            : await catalog.Tables.FollowSchemaAsync(table, cancellationToken).ConfigureAwait(false);
    }

    private async Task RetryAsync(LakeCatalog catalog, ObjectPath path, string command, Func<MixedTable, ValueTask> tryOnce, CancellationToken cancellationToken)
    {
        CommitRetries? retries = null;
        while (true)
        {
            var table = await LoadAsync(catalog, path, command, cancellationToken).ConfigureAwait(false);
            retries ??= CommitRetries.Of(table.Properties, catalog.Tables.Iceberg.Environment);
            TimeSpan wait;
            try
            {
                await tryOnce(table).ConfigureAwait(false);
                return;
            }
            catch (CommitConflictException e)
            {
                if (retries.NextWait() is not { } next)
                {
                    throw new CommitConflictException($"{e.Message} ({command} was tried {retries.Failed} times.)", e) { Hint = "Run it when fewer others write, or raise the table property 'commit.retry.num-retries'." };
                }

                wait = next;
            }

            await Task.Delay(wait, context.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    // One clock for all parts of a statement.
    private EvaluationSettings NewSettings() => new() { TimeZone = context.Options.TimeZone, Time = context.Time, QueryStart = context.Time.GetUtcNow() };

    private async ValueTask<Binder> NewBinderAsync(Statement statement, EvaluationSettings settings, CancellationToken cancellationToken) =>
        new(await ResolvedTables.ResolveAsync(statement, context.Catalogs, cancellationToken).ConfigureAwait(false), settings) { AllowsTableOptions = context.Options.Sql.DynamicTableOptions };

    private async ValueTask TryOverwriteAsync(Statement.Insert insert, ObjectPath path, CancellationToken cancellationToken)
    {
        var settings = NewSettings();
        var bound = (await NewBinderAsync(insert, settings, cancellationToken).ConfigureAwait(false)).BindInsert(insert);
        var plan = (LogicalPlan.Sink)new Optimizer(settings).Optimize(bound);
        var tables = new SessionTables(context);
        await tables.LoadAsync(plan, cancellationToken).ConfigureAwait(false);
        ChangelogInference.CheckBatch(plan, tables);
        var table = tables.FindOverwritingItself(plan) ?? throw new System.Diagnostics.UnreachableException($"{path} reads itself.");
        var overwrite = new TableOverwrite(table, plan, context.Time, context.Loggers.CreateLogger("Arctic"));
        await using var ownedOverwrite = overwrite.ConfigureAwait(false);
        await overwrite.BeginAsync(cancellationToken).ConfigureAwait(false);
        await foreach (var batch in tables.CreateExecutor(settings).ExecuteAsync(plan.Input, cancellationToken).ConfigureAwait(false))
        {
            await overwrite.AddAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        await overwrite.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask TryChangeAsync(Statement statement, LakeCatalog catalog, MixedTable table, CancellationToken cancellationToken)
    {
        var settings = NewSettings();
        var change = await RowChange.BeginAsync(catalog, table, settings, cancellationToken).ConfigureAwait(false);
        await using var ownedChange = change.ConfigureAwait(false);
        var binder = await NewBinderAsync(statement, settings, cancellationToken).ConfigureAwait(false);
        var isUpdate = statement is Statement.Update;
        var bound = statement is Statement.Update update ? binder.BindUpdate(update, change.Target.Identity) : binder.BindDelete((Statement.Delete)statement, change.Target.Identity);
        if (!isUpdate && await change.TryDeleteByFilterAsync(bound, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var tables = new SessionTables(context) { Target = change.Target };
        var plan = new Optimizer(settings).Optimize(bound.Plan);
        await tables.LoadAsync(plan, cancellationToken).ConfigureAwait(false);
        ChangelogInference.CheckBatch(plan, tables);
        await foreach (var batch in tables.CreateExecutor(settings).ExecuteAsync(plan, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                await change.AddAsync(batch, isUpdate, cancellationToken).ConfigureAwait(false);
            }
        }

        await change.CommitAsync(bound, isUpdate, cancellationToken).ConfigureAwait(false);
    }
}

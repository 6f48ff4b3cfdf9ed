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
using Arctic.Sql.Optimizing;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>
/// DELETE, UPDATE and TRUNCATE TABLE of lake tables, in batch: the rows are found by a query over one version of the table and changed in one commit. When others have changed the same rows
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
            await TableTruncation.RunAsync(catalog.Tables, table, catalog.NewRandom(), cancellationToken).ConfigureAwait(false);
            return Listing.Ok;
        }

        await ChangeAsync(statement, catalog, path, command, cancellationToken).ConfigureAwait(false);
        return Listing.Ok;
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
            : table;
    }

    private async Task ChangeAsync(Statement statement, LakeCatalog catalog, ObjectPath path, string command, CancellationToken cancellationToken)
    {
        CommitRetries? retries = null;
        while (true)
        {
            var table = await LoadAsync(catalog, path, command, cancellationToken).ConfigureAwait(false);
            retries ??= CommitRetries.Of(table.Properties, catalog.Tables.Iceberg.Environment);
            TimeSpan wait;
            try
            {
                await TryOnceAsync(statement, catalog, table, cancellationToken).ConfigureAwait(false);
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

    private async ValueTask TryOnceAsync(Statement statement, LakeCatalog catalog, MixedTable table, CancellationToken cancellationToken)
    {
        // One clock for all parts of the statement.
        var settings = new EvaluationSettings { TimeZone = context.Options.TimeZone, Time = context.Time, QueryStart = context.Time.GetUtcNow() };
        var change = await RowChange.BeginAsync(catalog, table, settings, cancellationToken).ConfigureAwait(false);
        await using var ownedChange = change.ConfigureAwait(false);
        var binder = new Binder(await ResolvedTables.ResolveAsync(statement, context.Catalogs, cancellationToken).ConfigureAwait(false), settings);
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

using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>Sends each statement to whoever runs its kind.</summary>
internal sealed class StatementRunner(SessionContext context)
{
    private readonly CatalogStatements _catalogs = new(context);
    private readonly TableStatements _tables = new(context);
    private readonly AlterStatements _alters = new(context);
    private readonly ShowStatements _shows = new(context);
    private readonly QueryStatements _queries = new(context);
    private readonly RowChangeStatements _changes = new(context);
    private readonly TableAsStatements _tableQueries = new(context);
    private readonly CallStatements _calls = new(context);
    private readonly SettingStatements _settings = new(context);
    private List<Statement.Insert>? _openSet;

    /// <summary>Runs a statement.</summary>
    public async Task<QueryResult> RunAsync(ScriptStatement statement, CancellationToken cancellationToken)
    {
        if (_openSet is not null)
        {
            return await RunInSetAsync(statement, cancellationToken).ConfigureAwait(false);
        }

        return statement.Syntax switch
        {
            Statement.Select select => await _queries.SelectAsync(select, cancellationToken).ConfigureAwait(false),
            Statement.Insert insert => await _queries.InsertAsync([insert], statement, cancellationToken).ConfigureAwait(false),
            Statement.StatementSet set => await _queries.InsertAsync(set.Inserts, statement, cancellationToken).ConfigureAwait(false),
            Statement.BeginStatementSet => BeginSet(),
            Statement.EndStatementSet end => throw new ArcticException(ErrorCodes.InvalidStatement, "No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.") { Position = end.Position },
            Statement.Explain explain => await _queries.ExplainAsync(explain, cancellationToken).ConfigureAwait(false),
            Statement.CreateCatalog or Statement.DropCatalog or Statement.UseCatalog or Statement.AlterCatalog or Statement.CreateDatabase or Statement.DropDatabase or Statement.UseDatabase
                or Statement.AlterDatabase => await _catalogs.RunAsync(statement.Syntax, cancellationToken).ConfigureAwait(false),
            Statement.CreateTable { AsQuery: not null } create => await _tableQueries.RunAsync(create, statement, cancellationToken).ConfigureAwait(false),
            Statement.AlterTable or Statement.AlterView or Statement.Analyze => await _alters.RunAsync(statement.Syntax, cancellationToken).ConfigureAwait(false),
            Statement.CreateTable or Statement.DropTable or Statement.CreateView => await _tables.RunAsync(statement.Syntax, cancellationToken).ConfigureAwait(false),
            Statement.Show or Statement.Describe or Statement.DescribeObject { Kind: "CATALOG" } => await _shows.RunAsync(statement.Syntax, cancellationToken).ConfigureAwait(false),
            Statement.Set or Statement.Reset => _settings.Run(statement.Syntax),
            Statement.Delete or Statement.Update or Statement.Truncate => await _changes.RunAsync(statement.Syntax, cancellationToken).ConfigureAwait(false),
            Statement.Call call => await _calls.RunAsync(call, cancellationToken).ConfigureAwait(false),
            Statement.StopJob stop => await StopAsync(stop, cancellationToken).ConfigureAwait(false),
            Statement.ClientCommand { Word: "QUIT" or "EXIT" or "CLEAR" or "HELP" } => Listing.Ok,
            var other => throw NotSupported(other),
        };
    }

    private static ArcticException NotSupported(Statement statement)
    {
        var what = statement is Statement.NotExecuted named ? named.What : statement.GetType().Name switch
        {
            nameof(Statement.DescribeObject) => "DESCRIBE of anything but a table, view or catalog",
            var name => name.ToUpperInvariant(),
        };
        return new ArcticException(ErrorCodes.Unsupported, $"{what} is not supported yet.") { Position = statement.Position };
    }

    private QueryResult BeginSet()
    {
        _openSet = [];
        return Listing.Ok;
    }

    private async Task<QueryResult> RunInSetAsync(ScriptStatement statement, CancellationToken cancellationToken)
    {
        switch (statement.Syntax)
        {
            case Statement.Insert insert:
                _openSet!.Add(insert);
                return Listing.Ok;
            case Statement.CreateTable { AsQuery: not null } create:
                if (await _tableQueries.CreateAsync(create, cancellationToken).ConfigureAwait(false) is { } filled)
                {
                    _openSet!.Add(filled.Insert);
                }

                return Listing.Ok;
            case Statement.EndStatementSet:
                var inserts = _openSet!;
                _openSet = null;
                return inserts.Count == 0 ? Listing.Ok : await _queries.InsertAsync(inserts, statement, cancellationToken).ConfigureAwait(false);
            default:
                throw new ArcticException(
                    ErrorCodes.InvalidStatement, "Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set or use 'END' statement to submit Statement Set.")
                { Position = statement.Position };
        }
    }

    private async Task<QueryResult> StopAsync(Statement.StopJob stop, CancellationToken cancellationToken)
    {
        var job = context.Jobs.Find(stop.JobId)
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"There is no job '{stop.JobId}'.") { Hint = NameSuggestion.For(stop.JobId, context.Jobs.All.Select(j => j.Name)), Position = stop.Position };
        await job.StopWithCheckpointAsync(cancellationToken).ConfigureAwait(false);
        return Listing.Of("result", ["OK"]);
    }
}

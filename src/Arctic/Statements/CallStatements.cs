using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>CALL of the procedures in the database <c>sys</c>, which every catalog seems to have.</summary>
internal sealed class CallStatements(SessionContext context)
{
    /// <summary>The procedures.</summary>
    public static readonly IReadOnlyList<string> Names = ["sys.optimize"];

    public async Task<QueryResult> RunAsync(Statement.Call call, CancellationToken cancellationToken)
    {
        var name = string.Join('.', call.Procedure.Parts.TakeLast(2).Select(p => p.Name));
        return name switch
        {
            "sys.optimize" => await OptimizeAsync(call, cancellationToken).ConfigureAwait(false),
            _ => throw new ArcticException(ErrorCodes.UnknownName, $"There is no procedure '{call.Procedure}'.") { Hint = NameSuggestion.For(name, Names), Position = call.Procedure.Position },
        };
    }

    // CALL sys.optimize('database.table'): folds the changes of a keyed table into its base store.
    private async Task<QueryResult> OptimizeAsync(Statement.Call call, CancellationToken cancellationToken)
    {
        if (call.Arguments is not [var argument] || new Binder(ResolvedTables.Empty, EvaluationSettings.Default).BindConstant(argument) is not Expression.Literal { Value: string text })
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, "sys.optimize takes the name of a table: CALL sys.optimize('database.table').") { Position = call.Position };
        }

        var path = context.Catalogs.ResolveTable(NameOf(text, argument.Span));
        var catalog = context.Catalogs.Get(path.Catalog, argument.Position) as LakeCatalog
            ?? throw new ArcticException(ErrorCodes.InvalidStatement, $"Table '{path}' is not kept by a catalog of type 'arctic': there is nothing to optimize.") { Position = argument.Position };
        var report = await catalog.OptimizeAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        return Listing.Of(["result"], [[report]]);
    }

    private static QualifiedName NameOf(string text, SourceSpan span) => new(text.Split('.').Select(p => new Identifier(p.Trim('`'), span)).ToList(), span);
}

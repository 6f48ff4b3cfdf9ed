using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Procedures;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>CALL of the procedures in the database <c>sys</c>, which every catalog seems to have.</summary>
internal sealed class CallStatements(SessionContext context)
{
    /// <summary>The procedures.</summary>
    public static readonly IReadOnlyList<string> Names = ProcedureCatalog.All.Select(p => p.FullName).ToList();

    public async Task<QueryResult> RunAsync(Statement.Call call, CancellationToken cancellationToken)
    {
        var name = string.Join('.', call.Procedure.Parts.TakeLast(2).Select(p => p.Name));
        var procedure = ProcedureCatalog.All.FirstOrDefault(p => p.FullName == name)
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"There is no procedure '{call.Procedure}'.") { Hint = NameSuggestion.For(name, Names) ?? "SHOW PROCEDURES lists them.", Position = call.Procedure.Position };
        var settings = new EvaluationSettings { TimeZone = context.Options.TimeZone, Time = context.Time, QueryStart = context.Time.GetUtcNow() };
        var arguments = new ProcedureArguments(procedure, settings).Bind(call);
        var place = call.Arguments.Select(a => a is SqlExpression.NamedArgument named ? (named.ArgumentName.Name == Procedure.TableParameter ? named.Value : null) : a).First(a => a is not null)!; // bound above
        var table = NameOf((string)arguments[Procedure.TableParameter], place.Span);
        var path = context.Catalogs.ResolveTable(call.Procedure.Parts.Count > 2 && table.Parts.Count < 3 ? InCatalog(call.Procedure.Parts[0], table) : table);
        var catalog = context.Catalogs.Get(path.Catalog, place.Position) as LakeCatalog
            ?? throw new ArcticException(ErrorCodes.InvalidStatement, $"Table '{path}' is not kept by a catalog of type 'arctic': {procedure.FullName} has nothing to do there.") { Position = place.Position };
        var found = await catalog.LoadMixedAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        return Listing.Of("result", await procedure.RunAsync(new ProcedureCall(procedure, catalog, found, arguments, settings), cancellationToken).ConfigureAwait(false));
    }

    private static QualifiedName NameOf(string text, SourceSpan span) => new(text.Split('.').Select(p => new Identifier(p.Trim('`'), span)).ToList(), span);

    // CALL lake.sys.optimize('db.t') means a table of that catalog.
    private QualifiedName InCatalog(Identifier catalog, QualifiedName table)
    {
        IEnumerable<Identifier> database = table.Parts.Count == 1 ? [new Identifier(context.Catalogs.Get(catalog.Name, catalog.Position).DefaultDatabase, table.Span)] : [];
        return new QualifiedName([catalog, .. database, .. table.Parts], table.Span);
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.UnitTests.Sql;

/// <summary>A session that defines tables and views and binds queries, and runs nothing.</summary>
internal sealed class SqlBench
{
    public CatalogRegistry Catalogs { get; } = new();

    /// <summary>Runs the definitions of a script.</summary>
    public async Task<SqlBench> DefineAsync(string script)
    {
        foreach (var statement in SqlParser.ParseScript(script))
        {
            await ExecuteAsync(statement);
        }

        return this;
    }

    /// <summary>The plan of a query or INSERT; null after a definition, which is carried out.</summary>
    public async Task<LogicalPlan?> ExecuteAsync(Statement statement)
    {
        var binder = new Binder(await ResolvedTables.ResolveAsync(statement, Catalogs, default), EvaluationSettings.Default);
        switch (statement)
        {
            case Statement.Select select:
                return binder.BindQuery(select.Query);
            case Statement.Insert insert:
                return binder.BindInsert(insert);
            case Statement.CreateTable table:
                await Catalogs.Get(Catalogs.Current.Catalog, null).CreateTableAsync(binder.BindTable(table, Catalogs.ResolveTable(table.Name)), default);
                return null;
            case Statement.CreateView view:
                Catalogs.AddTemporary(new ViewDefinition(Catalogs.ResolveTable(view.Name), view.Query, new(view.Columns.Select(c => c.Name)), Catalogs.Current, view.QueryText));
                return null;
            default:
                return null;
        }
    }

    /// <summary>The plan of a query or INSERT.</summary>
    public async Task<LogicalPlan> PlanAsync(string sql) => await ExecuteAsync(SqlParser.Parse(sql)) ?? throw new InvalidOperationException("No query.");
}

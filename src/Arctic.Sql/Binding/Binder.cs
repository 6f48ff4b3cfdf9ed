using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// Gives the names of a statement their meaning and its expressions their types. Waits for nothing: the tables that a statement names are looked up
/// before (<see cref="ResolvedTables.ResolveAsync(Statement, CatalogRegistry, CancellationToken)"/>).
/// </summary>
/// <param name="tables">The tables of the statement.</param>
/// <param name="settings">The session's time zone, for literals that depend on it.</param>
internal sealed class Binder(ResolvedTables tables, EvaluationSettings settings)
{
    private readonly BindingContext _context = new(tables, settings);

    /// <summary>Whether OPTIONS hints count; one is refused otherwise.</summary>
    public bool AllowsTableOptions
    {
        init => _context = _context with { AllowsTableOptions = value };
    }

    /// <summary>Binds a SELECT without tables: <c>SELECT 1 + 1</c>.</summary>
    /// <exception cref="ArcticException">It does not parse, is no query, or makes no sense.</exception>
    public static LogicalPlan BindExpressionQuery(string sql, EvaluationSettings? settings = null) => SqlParser.Parse(sql) is Statement.Select select
        ? new Binder(ResolvedTables.Empty, settings ?? EvaluationSettings.Default).BindQuery(select.Query)
        : throw new ArcticException(ErrorCodes.InvalidStatement, "The statement is no query.");

    /// <summary>Binds a query.</summary>
    public LogicalPlan BindQuery(Query query) => new QueryBinder(_context).BindQuery(query);

    /// <summary>Binds an INSERT.</summary>
    public LogicalPlan.Sink BindInsert(Statement.Insert insert) => new InsertBinder(new QueryBinder(_context), insert).Bind();

    /// <summary>Binds a DELETE.</summary>
    /// <param name="identity">Columns beside the table's own that say which row one is.</param>
    public BoundRowChange BindDelete(Statement.Delete delete, IReadOnlyList<TableColumn.Metadata> identity) => new RowChangeBinder(new QueryBinder(_context), identity).Bind(delete);

    /// <summary>Binds an UPDATE.</summary>
    /// <param name="identity">Columns beside the table's own that say which row one is.</param>
    public BoundRowChange BindUpdate(Statement.Update update, IReadOnlyList<TableColumn.Metadata> identity) => new RowChangeBinder(new QueryBinder(_context), identity).Bind(update);

    /// <summary>Makes the definition of CREATE TABLE. With AS, the query is bound for its columns; the INSERT into the new table is bound once it exists.</summary>
    /// <param name="path">The table's full name.</param>
    public TableDefinition BindTable(Statement.CreateTable statement, ObjectPath path) =>
        new TableBinder(_context, statement, path, statement.AsQuery is null ? null : BindQuery(statement.AsQuery).Schema).Bind();

    /// <summary>What ALTER TABLE makes of a table.</summary>
    public TableAlteration BindAlteration(TableDefinition table, TableChange change) => new AlterTableBinder(_context, table).Bind(change);

    /// <summary>Checks a view that is made or replaced, and writes its query out in full.</summary>
    /// <param name="place">Where the view is named.</param>
    /// <exception cref="ArcticException">The query makes no sense, or its columns do not fit the view's.</exception>
    public ViewDefinition BindView(ViewDefinition view, SyntaxNode place)
    {
        var queries = new QueryBinder(_context);
        var schema = queries.BindQuery(view.Query).Schema;
        if (view.Columns.Count > 0 && view.Columns.Count != schema.Count)
        {
            throw BindingErrors.Invalid(
                place, $"VIEW definition and input fields not match:\n\tDef fields: [{string.Join(", ", view.Columns)}].\n\tInput fields: [{string.Join(", ", schema.Fields.Select(f => f.Name))}].");
        }

        var expanded = new ViewExpander(queries).Expand(view.Query);
        if (view.Columns.Count == 0 && expanded?.Body is QueryBody.Select select)
        {
            RefuseRepeatedName(select);
        }

        return expanded is null ? view : view with { ExpandedText = SqlPrinter.Print(expanded) };
    }

    private static void RefuseRepeatedName(QueryBody.Select select)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in select.Items)
        {
            var name = item.Alias?.Name ?? (item.Expression as SqlExpression.Name)?.Parts[^1].Name;
            if (name is not null && !names.Add(name))
            {
                throw BindingErrors.Invalid(item.Expression, $"A column with the same name `{name}` has been defined.", "Give it another name with AS, or name the view's columns.");
            }
        }
    }

    /// <summary>All columns of a table with their types, computed ones too, in declared order: what DESCRIBE shows.</summary>
    public RowSchema DescribeTable(TableDefinition table) => TableScan.Of(table, table.Options, null, _context).Schema;

    /// <summary>Binds an expression without columns: an argument of a procedure.</summary>
    public Expression BindConstant(SqlExpression expression) =>
        new ExpressionBinder(new QueryBinder(_context), Scope.Empty(null)) { NoAggregatesIn = "a constant" }.BindTyped(expression);

    /// <summary>Binds a condition over the columns of one table, with its constant parts computed: a filter that stands alone.</summary>
    /// <param name="clause">What the condition is called in errors.</param>
    /// <exception cref="ArcticException">It makes no sense, or holds a sub-query.</exception>
    public Expression BindCondition(SqlExpression condition, RowSchema columns, string clause)
    {
        var scope = new Scope([new ScopeRelation(null, [], ScopeColumn.Of(columns, 0))], null);
        var bound = new ExpressionBinder(new QueryBinder(_context), scope) { NoAggregatesIn = clause }.BindCondition(condition, clause);
        return ExpressionTree.Any(bound, part => part is BoundSubquery)
            ? throw BindingErrors.Invalid(condition, $"{clause} takes no sub-queries.")
            : ConstantFolder.Fold(bound, settings);
    }
}

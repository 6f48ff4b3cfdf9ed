using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>What reading a table means: its data, the computed columns over it, its watermark.</summary>
internal static class TableScan
{
    /// <summary>The plan that gives all columns of a table in declared order.</summary>
    /// <param name="asOf">The moment of time travel; null for now.</param>
    public static LogicalPlan Of(TableDefinition table, TableOptions options, Expression? asOf, BindingContext context)
    {
        LogicalPlan plan = new LogicalPlan.Scan(table, new(Enumerable.Range(0, table.Schema.Count)), null, options) { AsOf = asOf };
        if (table.Columns.Any(c => c is TableColumn.Computed))
        {
            plan = Compute(table, plan, context);
        }

        return table.Watermark is null ? plan : AssignWatermark(table, table.Watermark, plan, context);
    }

    private static LogicalPlan.Project Compute(TableDefinition table, LogicalPlan scan, BindingContext context)
    {
        var binder = BinderOver(scan, context, "a computed column");
        var expressions = table.Columns.Select(column => column is TableColumn.Computed computed
            ? Bind(binder, computed.Expression, $"the computed column '{computed.Name}' of '{table.Path}'")
            : Column(scan.Schema, column.Name)).ToList();
        return new LogicalPlan.Project(scan, new(expressions), new RowSchema(table.Columns.Select((c, i) => new Field(c.Name, expressions[i].Type) { Comment = c.Comment })));
    }

    private static LogicalPlan.WatermarkAssigner AssignWatermark(TableDefinition table, WatermarkDefinition watermark, LogicalPlan plan, BindingContext context)
    {
        var index = plan.Schema.FindIndex(watermark.Column);
        var expression = Bind(BinderOver(plan, context, "WATERMARK"), watermark.Expression, $"the watermark of '{table.Path}'");
        return new LogicalPlan.WatermarkAssigner(plan, index, TypeCoercion.Coerce(expression, plan.Schema[index].Type));
    }

    private static ExpressionBinder BinderOver(LogicalPlan plan, BindingContext context, string clause) =>
        new(new QueryBinder(context with { IsStatementText = false }), new Scope([new ScopeRelation(null, [], ScopeColumn.Of(plan.Schema, 0))], null)) { NoAggregatesIn = clause };

    // Positions in a stored definition are those of another text, so they are left out of errors.
    private static Expression Bind(ExpressionBinder binder, SqlExpression expression, string what)
    {
        try
        {
            return binder.BindTyped(expression);
        }
        catch (Columnar.Errors.ArcticException e)
        {
            throw new Columnar.Errors.ArcticException(e.Code, $"Cannot read {what}: {e.Message}", e) { Hint = e.Hint };
        }
    }

    private static Expression Column(RowSchema schema, string name)
    {
        var index = schema.FindIndex(name);
        return new Expression.ColumnReference(index, name, schema[index].Type);
    }
}

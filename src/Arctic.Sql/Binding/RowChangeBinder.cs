using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds DELETE and UPDATE: a query of the rows that they find in their table (spec/flink-sql.md, 3).</summary>
/// <param name="identity">Columns beside the table's own that say which row one is, for the source of the scan to fill in; where there are none the whole row says it.</param>
internal sealed class RowChangeBinder(QueryBinder queries, IReadOnlyList<TableColumn.Metadata> identity)
{
    /// <summary>Binds DELETE.</summary>
    public BoundRowChange Bind(Statement.Delete delete) => Bind(delete.Table, delete.Where, []);

    /// <summary>Binds UPDATE.</summary>
    public BoundRowChange Bind(Statement.Update update) => Bind(update.Table, update.Where, update.Assignments);

    private BoundRowChange Bind(QualifiedName name, SqlExpression? where, IReadOnlyList<(Identifier Column, SqlExpression Value)> assignments)
    {
        var table = queries.Context.Tables.Get(name) is ResolvedTable.Table found ? found.Definition : throw BindingErrors.Invalid(name, $"'{name}' is a view: rows are changed in tables.");
        var target = table with { Columns = new(table.Columns.Concat(identity)) };
        var scan = TableScan.Of(target, target.Options.Overlaid([KeyValuePair.Create(BoundRowChange.TargetOption, "true")]), null, queries.Context);
        var scope = new Scope([new ScopeRelation(name.Last.Name, name.Parts.Select(p => p.Name).ToList(), ScopeColumn.Of(scan.Schema, 0).Take(table.Columns.Count).ToList())], null);

        var condition = where is null ? null : new ExpressionBinder(queries, scope) { NoAggregatesIn = "WHERE" }.BindCondition(where, "WHERE");
        var plan = condition is null ? scan : SubqueryJoins.Filter(scan, condition);
        var stored = table.PhysicalSchema;
        var values = BindValues(table, stored, scope, assignments);
        (plan, values) = SubqueryJoins.Attach(plan, values);

        // Which rows they are, and what they shall be.
        var rows = identity.Count > 0 ? identity.Select(c => c.Name) : stored.Fields.Select(f => f.Name);
        var expressions = rows.Select(r => Column(scan.Schema, r)).Concat(values).ToList();
        var fields = expressions.Select((e, i) => new Field($"${i}", e.Type));
        return new BoundRowChange(
            table,
            new LogicalPlan.Project(plan, new(expressions), new RowSchema(fields)),
            IsOfStoredColumns(table, condition) ? condition ?? new Expression.Literal(true, DataTypes.Boolean.AsNotNull()) : null);
    }

    // Sub-queries and computed columns are no more than a query can tell.
    private static bool IsOfStoredColumns(TableDefinition table, Expression? condition) =>
        table.Columns.All(c => c is TableColumn.Physical) && (condition is null || (ExpressionTree.IsDeterministic(condition) && !ExpressionTree.Any(condition, e => e is BoundSubquery)));

    // The new value of each stored column; empty for DELETE.
    private List<Expression> BindValues(TableDefinition table, RowSchema stored, Scope scope, IReadOnlyList<(Identifier Column, SqlExpression Value)> assignments)
    {
        if (assignments.Count == 0)
        {
            return [];
        }

        var values = stored.Fields.Select(f => scope.Find([new Identifier(f.Name, default)])!.Value.Column.Value).ToList(); // the scope has all columns
        var assigned = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (column, value) in assignments)
        {
            var index = stored.FindIndex(column.Name);
            if (index < 0)
            {
                throw BindingErrors.Unknown(column, $"Unknown target column '{column}'.", column.Name, stored.Fields.Select(f => f.Name));
            }

            if (!assigned.Add(column.Name))
            {
                throw BindingErrors.Invalid(column, $"Target column '{column}' is assigned more than once.");
            }

            if (table.PrimaryKey.Contains(column.Name))
            {
                throw BindingErrors.Invalid(column, $"Cannot update column '{column}' of table '{table.Path}': it is part of the primary key.", "DELETE the rows and INSERT them with their new key.");
            }

            var bound = new ExpressionBinder(queries, scope) { NoAggregatesIn = "UPDATE" }.Bind(value);
            values[index] = TypeCoercion.CanAssign(bound.Type, stored[index].Type)
                ? TypeCoercion.Coerce(bound, stored[index].Type)
                : throw BindingErrors.Mismatch(value, $"Cannot assign a value of type {bound.Type.AsNullable()} to column '{column}' of type {stored[index].Type.AsNullable()}.", "CAST the value to the type of the column.");
        }

        return values;
    }

    private static Expression.ColumnReference Column(RowSchema schema, string name)
    {
        var index = schema.FindIndex(name);
        return new Expression.ColumnReference(index, name, schema[index].Type);
    }
}

/// <summary>What DELETE or UPDATE does, as a query.</summary>
/// <param name="Table">What is changed.</param>
/// <param name="Plan">The rows that it finds: their identity columns, or without such all stored columns; then, with UPDATE, the new values of all stored columns. The scan of the table has <see cref="TargetOption"/>.</param>
/// <param name="Condition">What the rows fulfil, over the table's columns; null where only the plan can tell: with sub-queries, computed columns and what is random.</param>
internal sealed record BoundRowChange(TableDefinition Table, LogicalPlan Plan, Expression? Condition)
{
    /// <summary>An option of the scan that reads the rows to be changed, which no user can write.</summary>
    public const string TargetOption = "$target";

    /// <summary>Whether a scan reads the rows to be changed, and not the table for a sub-query.</summary>
    public static bool IsTarget(LogicalPlan.Scan scan) => scan.Options.ContainsKey(TargetOption);
}

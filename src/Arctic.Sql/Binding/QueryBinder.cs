using System.Collections.Immutable;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds queries: WITH, set operations, VALUES, ORDER BY and LIMIT; SELECT is <see cref="SelectBinder"/>'s.</summary>
/// <param name="commonTables">The plans of WITH names in scope.</param>
internal sealed class QueryBinder(BindingContext context, ImmutableDictionary<string, LogicalPlan> commonTables)
{
    /// <summary>Makes a binder without WITH names.</summary>
    public QueryBinder(BindingContext context)
        : this(context, ImmutableDictionary<string, LogicalPlan>.Empty)
    {
    }

    /// <summary>What the statement is bound against.</summary>
    public BindingContext Context => context;

    /// <summary>Binds a query at the top or in FROM.</summary>
    public LogicalPlan BindQuery(Query query) => BindQuery(query, null, null);

    /// <summary>Binds a query whose VALUES take a bare NULL as a value of the column that it is written to.</summary>
    public LogicalPlan BindQuery(Query query, IReadOnlyList<DataType> targetTypes) => BindQuery(query, null, targetTypes);

    /// <summary>Binds a sub-query of an expression, or one in FROM.</summary>
    /// <param name="outer">The names around it; null when there are none.</param>
    public LogicalPlan BindSubquery(Query query, Scope? outer) => BindQuery(query, outer, null);

    /// <summary>The plan of a name of WITH; null when there is none.</summary>
    public LogicalPlan? FindCommonTable(QualifiedName name) => name.Parts.Count == 1 ? commonTables.GetValueOrDefault(name.Parts[0].Name) : null;

    /// <summary>The plan with its columns cast to types; their nullability stays.</summary>
    public static LogicalPlan Coerce(LogicalPlan plan, IReadOnlyList<DataType> types)
    {
        if (plan.Schema.Fields.Select((f, i) => f.Type.EqualsIgnoringNullability(types[i])).All(same => same))
        {
            return plan;
        }

        var expressions = plan.Schema.Fields.Select((f, i) => TypeCoercion.Coerce(new Expression.ColumnReference(i, f.Name, f.Type), types[i])).ToList();
        return new LogicalPlan.Project(plan, new(expressions), new RowSchema(plan.Schema.Fields.Select((f, i) => new Field(f.Name, expressions[i].Type))));
    }

    private LogicalPlan BindQuery(Query query, Scope? outer, IReadOnlyList<DataType>? targetTypes)
    {
        if (query.IsRecursive)
        {
            throw BindingErrors.Unsupported(query, "WITH RECURSIVE");
        }

        var binder = this;
        foreach (var table in query.With)
        {
            binder = new QueryBinder(context, binder.AddCommonTable(table));
        }

        var plan = binder.BindOrdered(query, outer, targetTypes);
        if (query.Offset is not null && query.Limit is null)
        {
            throw BindingErrors.Invalid(query, "OFFSET needs LIMIT.", "Write LIMIT count OFFSET start.");
        }

        return query.Limit is null ? plan : new LogicalPlan.Limit(plan, query.Offset ?? 0, query.Limit);
    }

    private ImmutableDictionary<string, LogicalPlan> AddCommonTable(CommonTable table)
    {
        var plan = BindQuery(table.Query);
        if (table.Columns.Count > 0)
        {
            plan = Rename(plan, table.Columns);
        }

        return commonTables.SetItem(table.Name.Name, plan);
    }

    private static LogicalPlan Rename(LogicalPlan plan, IReadOnlyList<Identifier> names)
    {
        if (names.Count != plan.Schema.Count)
        {
            throw BindingErrors.Invalid(names[0], $"{names.Count} column names are given for {plan.Schema.Count} columns.");
        }

        return new LogicalPlan.Project(
            plan,
            new(plan.Schema.Fields.Select((f, i) => (Expression)new Expression.ColumnReference(i, f.Name, f.Type))),
            new RowSchema(plan.Schema.Fields.Select((f, i) => f with { Name = names[i].Name })));
    }

    private LogicalPlan BindOrdered(Query query, Scope? outer, IReadOnlyList<DataType>? targetTypes)
    {
        if (query.Body is QueryBody.Select select)
        {
            return new SelectBinder(this, select, outer).Bind(query.OrderBy);
        }

        var plan = query.Body is QueryBody.Values values ? BindValues(values, outer, targetTypes) : BindBody(query.Body, outer);
        return query.OrderBy.Count == 0 ? plan : new LogicalPlan.Sort(plan, BindOutputOrder(plan, query.OrderBy));
    }

    private LogicalPlan BindBody(QueryBody body, Scope? outer) => body switch
    {
        QueryBody.Select select => new SelectBinder(this, select, outer).Bind([]),
        QueryBody.Values values => BindValues(values, outer, null),
        QueryBody.SetOperation set => BindSetOperation(set, outer),
        QueryBody.Table table => new FromBinder(this, outer).Bind(new TableReference.Named(table.Name, table.Span)).Plan,
        QueryBody.Nested nested => BindQuery(nested.Query, outer, null),
        _ => throw new System.Diagnostics.UnreachableException(body.GetType().Name),
    };

    // The keys of ORDER BY behind a set operation or VALUES: ordinals and columns of the result.
    private EquatableList<SortKey> BindOutputOrder(LogicalPlan plan, IReadOnlyList<OrderItem> items)
    {
        var binder = new ExpressionBinder(this, new Scope([new ScopeRelation(null, [], ScopeColumn.Of(plan.Schema, 0))], null)) { NoAggregatesIn = "ORDER BY of a set operation" };
        return items.Select(item =>
        {
            var index = FindOrdinal(item.Expression, plan.Schema.Count) ?? (binder.Bind(item.Expression) is Expression.ColumnReference column
                ? column.Index
                : throw BindingErrors.Unsupported(item.Expression, "ORDER BY an expression behind a set operation"));
            return new SortKey(index, item.IsDescending, item.NullsFirst ?? !item.IsDescending);
        }).ToEquatableList();
    }

    /// <summary>The column that a whole number in ORDER BY means; null for any other expression.</summary>
    internal static int? FindOrdinal(SqlExpression expression, int columns)
    {
        if (expression is not SqlExpression.NumericLiteral number || !int.TryParse(number.Text, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var ordinal))
        {
            return null;
        }

        return ordinal >= 1 && ordinal <= columns ? ordinal - 1 : throw BindingErrors.Invalid(expression, $"Ordinal out of range: the query has {columns} columns.");
    }

    private LogicalPlan.Values BindValues(QueryBody.Values values, Scope? outer, IReadOnlyList<DataType>? targetTypes)
    {
        var binder = new ExpressionBinder(this, Scope.Empty(outer)) { NoAggregatesIn = "VALUES" };
        var rows = values.Rows.Select(r => r.Items.Select(binder.Bind).ToArray()).ToList();
        var width = rows[0].Length;
        var uneven = rows.FindIndex(r => r.Length != width);
        if (uneven >= 0)
        {
            throw BindingErrors.Invalid(values.Rows[uneven], $"Values passed to VALUES operator must have compatible types: one row has {width} columns, this one {rows[uneven].Length}.");
        }

        var fields = new Field[width];
        for (var column = 0; column < width; column++)
        {
            var type = FindValuesType(values, rows, column, targetTypes);
            fields[column] = new Field($"EXPR${column}", type);
            foreach (var row in rows)
            {
                row[column] = TypeCoercion.Coerce(row[column], type);
            }
        }

        return new LogicalPlan.Values(new(rows.Select(r => new EquatableList<Expression>(r))), new RowSchema(fields));
    }

    private static DataType FindValuesType(QueryBody.Values values, List<Expression[]> rows, int column, IReadOnlyList<DataType>? targetTypes)
    {
        var bareNull = rows.FindIndex(r => ExpressionBinder.ContainsNullType(r[column].Type));
        if (bareNull >= 0 && (targetTypes is null || rows[bareNull][column].Type is not DataType.Null))
        {
            throw BindingErrors.IllegalNull(values.Rows[bareNull].Items[column]);
        }

        var subquery = rows.FindIndex(r => ExpressionTree.Any(r[column], e => e is BoundSubquery));
        if (subquery >= 0)
        {
            throw BindingErrors.Unsupported(values.Rows[subquery].Items[column], "A sub-query in VALUES");
        }

        var type = TypeCoercion.FindCommonType(rows.Select(r => r[column].Type).ToArray())
            ?? throw BindingErrors.Mismatch(values.Rows[0].Items[column], $"Values passed to VALUES operator must have compatible types: column {column + 1} has {string.Join(", ", rows.Select(r => r[column].Type.AsNullable()).Distinct())}.");
        return type is not DataType.Null ? type : column < targetTypes!.Count ? targetTypes[column].AsNullable() : DataTypes.Null; // a bare NULL came through only with targets
    }

    private LogicalPlan BindSetOperation(QueryBody.SetOperation set, Scope? outer)
    {
        var left = BindBody(set.Left, outer);
        var right = BindBody(set.Right, outer);
        var name = $"{set.Operator.ToString().ToUpperInvariant()}{(set.IsAll ? " ALL" : "")}";
        if (left.Schema.Count != right.Schema.Count)
        {
            throw BindingErrors.Invalid(set.Right, $"Column count mismatch in {name}: {left.Schema.Count} and {right.Schema.Count}.");
        }

        var types = new DataType[left.Schema.Count];
        for (var i = 0; i < types.Length; i++)
        {
            types[i] = TypeCoercion.FindCommonType(left.Schema[i].Type, right.Schema[i].Type)
                ?? throw BindingErrors.Mismatch(set, $"Type mismatch in column {i + 1} of {name}: {left.Schema[i].Type.AsNullable()} and {right.Schema[i].Type.AsNullable()}.");
        }

        (left, right) = (Coerce(left, types), Coerce(right, types));
        var schema = new RowSchema(left.Schema.Fields.Select((f, i) => new Field(f.Name, types[i])));
        if (set.Operator != SetOperator.Union)
        {
            var kind = set.Operator == SetOperator.Intersect ? SetOperationKind.Intersect : SetOperationKind.Except;
            return new LogicalPlan.SetOperation(left, right, kind, set.IsAll, schema);
        }

        // UNION ALL of unions is one union.
        var branches = left is LogicalPlan.Union union && set.IsAll && union.Schema.Equals(schema) ? [.. union.Branches, right] : new List<LogicalPlan> { left, right };
        LogicalPlan all = new LogicalPlan.Union(new(branches), schema);
        return set.IsAll ? all : Distinct(all);
    }

    /// <summary>The rows of a plan once each.</summary>
    internal static LogicalPlan.Aggregate Distinct(LogicalPlan plan) => new(plan, new(Enumerable.Range(0, plan.Schema.Count)), [], plan.Schema);
}

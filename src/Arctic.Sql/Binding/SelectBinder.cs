using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds one SELECT: FROM, WHERE, grouping, the select list, DISTINCT, and the ORDER BY that may look behind the select list.</summary>
internal sealed class SelectBinder(QueryBinder queries, QueryBody.Select select, Scope? outer)
{
    private LogicalPlan _plan = LogicalPlan.Values.SingleRow;
    private Scope _scope = Scope.Empty(outer);
    private GroupWindow? _window;
    private IReadOnlyList<IReadOnlyList<int>>? _groupingSets;

    /// <summary>The plan, ordered as asked.</summary>
    public LogicalPlan Bind(IReadOnlyList<OrderItem> orderBy)
    {
        if (select.From is not null)
        {
            var (plan, relations) = new FromBinder(queries, outer).Bind(select.From);
            (_plan, _scope) = (plan, new Scope(relations, outer));
            QueryHints.Check(select.Hints, relations);
        }

        if (select.Where is not null)
        {
            var binder = new ExpressionBinder(queries, _scope) { NoAggregatesIn = "WHERE" };
            _plan = SubqueryJoins.Filter(_plan, binder.BindCondition(select.Where, "WHERE"));
        }

        var groupKeys = BindGroupKeys();
        var items = BindItems(groupKeys.Count > 0);
        var having = select.Having is null ? null : NewBinder(groupKeys.Count > 0).BindCondition(select.Having, "HAVING");
        var qualify = select.Qualify is null ? null : BindQualify(select.Qualify, items, groupKeys.Count > 0);
        var order = BindOrder(orderBy, items, groupKeys.Count > 0);
        if (select.GroupBy is not null || having is not null || (qualify is not null && IsAggregated(qualify)) || items.Any(i => IsAggregated(i.Value)) || order.Any(o => o.Expression is not null && IsAggregated(o.Expression)))
        {
            var sets = _groupingSets is null ? null : GroupingSets.Make(_plan, groupKeys, _groupingSets);
            var grouping = Grouping.Make(_plan, groupKeys, sets, [.. items.Select(i => i.Value), .. having is null ? [] : new[] { having }, .. qualify is null ? [] : new[] { qualify }, .. order.Select(o => o.Expression).OfType<Expression>()], queries.Context);
            _plan = grouping.Plan;
            items = items.Select(i => i with { Value = grouping.Rewrite(i.Value) }).ToList();
            order = order.Select(o => o.Expression is null ? o : o with { Expression = grouping.Rewrite(o.Expression) }).ToList();
            qualify = qualify is null ? null : grouping.Rewrite(qualify);
            _plan = having is null ? _plan : SubqueryJoins.Filter(_plan, grouping.Rewrite(having));
        }

        Expression[] computed = [.. items.Select(i => i.Value), .. qualify is null ? [] : new[] { qualify }, .. order.Select(o => o.Expression).OfType<Expression>()];
        if (computed.Any(OverWindows.IsIn))
        {
            var windows = OverWindows.Make(_plan, computed);
            _plan = windows.Plan;
            items = items.Select(i => i with { Value = windows.Rewrite(i.Value) }).ToList();
            order = order.Select(o => o.Expression is null ? o : o with { Expression = windows.Rewrite(o.Expression) }).ToList();
            qualify = qualify is null ? null : windows.Rewrite(qualify);
        }

        _plan = qualify is null ? _plan : SubqueryJoins.Filter(_plan, qualify);

        return Project(items, order);
    }

    private static bool IsAggregated(Expression expression) => ExpressionTree.Any(expression, e => e is BoundAggregate or BoundGrouping);

    private ExpressionBinder NewBinder(bool hasGroupKeys) => new(queries, _scope) { HasGroupKeys = hasGroupKeys, FindCall = FindWindowColumn };

    private Expression? FindWindowColumn(SqlExpression.Call call) => _window?.FindColumn(call);

    private Expression BindQualify(SqlExpression condition, List<OutputColumn> items, bool hasGroupKeys) =>
        new ExpressionBinder(queries, _scope)
        {
            HasGroupKeys = hasGroupKeys,
            Windows = select.Windows,
            FindCall = FindWindowColumn,
            FindAlias = name => name.Parts.Count == 1 && _scope.Find(name.Parts) is null ? items.FirstOrDefault(i => i.Alias == name.Parts[0].Name)?.Value : null,
        }.BindCondition(condition, "QUALIFY");

    private List<Expression> BindGroupKeys()
    {
        var windowCall = GroupWindow.Find(select.GroupBy);
        if (select.GroupBy is { } groupBy && groupBy.Items.Any(i => i is GroupItem.Sets))
        {
            return windowCall is null ? BindGroupingSets(GroupingSets.Of(groupBy)) : throw BindingErrors.Unsupported(windowCall, "A group window together with grouping sets");
        }

        var keys = BindKeys((select.GroupBy?.Items ?? []).OfType<GroupItem.Expressions>().SelectMany(e => e.Items).Where(i => !ReferenceEquals(i, windowCall)));
        if (windowCall is not null)
        {
            _window = GroupWindow.Make(queries, _plan, _scope, windowCall, keys);
            _plan = _window.Plan;
            keys.AddRange(_window.Keys);
        }

        return keys;
    }

    // The keys of all sets; from here on the columns of those that a set leaves out admit NULL.
    private List<Expression> BindGroupingSets(IReadOnlyList<IReadOnlyList<SqlExpression>> sets)
    {
        var leftOut = BindKeys(sets.SelectMany(s => s)).Where(k => !sets.All(s => BindKeys(s).Contains(k))).OfType<Expression.ColumnReference>().Select(c => c.Index).ToHashSet();
        _scope = _scope.WithNulls(leftOut);
        var keys = BindKeys(sets.SelectMany(s => s));
        _groupingSets = keys.Count == 0 ? null : sets.Select(IReadOnlyList<int> (s) => BindKeys(s).Select(k => keys.IndexOf(k)).ToList()).ToList();
        return keys;
    }

    private List<Expression> BindKeys(IEnumerable<SqlExpression> expressions)
    {
        var binder = new ExpressionBinder(queries, _scope) { NoAggregatesIn = "GROUP BY" };
        var keys = new List<Expression>();
        foreach (var expression in expressions)
        {
            var key = binder.BindTyped(expression);
            if (ExpressionTree.Any(key, e => e is BoundSubquery))
            {
                throw BindingErrors.Unsupported(expression, "A sub-query in GROUP BY");
            }

            if (!keys.Contains(key))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private List<OutputColumn> BindItems(bool hasGroupKeys)
    {
        var binder = new ExpressionBinder(queries, _scope) { HasGroupKeys = hasGroupKeys, Windows = select.Windows, FindCall = FindWindowColumn };
        var items = new List<OutputColumn>();
        foreach (var item in select.Items)
        {
            switch (item.Expression)
            {
                case SqlExpression.Star star:
                    items.AddRange(ExpandStar(star, binder));
                    break;
                case SqlExpression.RowStar star:
                    items.AddRange(ExpandRow(binder.Bind(star.Operand), star));
                    break;
                default:
                    items.Add(new OutputColumn(item.Alias?.Name ?? NameOf(item.Expression) ?? $"EXPR${items.Count}", binder.BindTyped(item.Expression)) { Alias = item.Alias?.Name });
                    break;
            }
        }

        return items;
    }

    private static string? NameOf(SqlExpression expression) => expression is SqlExpression.Name name ? name.Parts[^1].Name : null;

    private IEnumerable<OutputColumn> ExpandStar(SqlExpression.Star star, ExpressionBinder binder)
    {
        if (star.Qualifier.Count == 0)
        {
            return select.From is null ? throw BindingErrors.Invalid(star, "SELECT * requires a FROM clause.") : _scope.StarColumns.Select(c => Mention(c, star));
        }

        if (_scope.FindRelation(star.Qualifier) is { } columns)
        {
            return columns.Select(c => Mention(c, star));
        }

        // r.* and t.r.* of a row column are its fields.
        return _scope.Find(star.Qualifier) is null
            ? throw BindingErrors.Unknown(star, $"Unknown identifier '{string.Join('.', star.Qualifier)}'.", star.Qualifier[0].Name, _scope.Relations.Select(r => r.Alias).OfType<string>())
            : ExpandRow(binder.Bind(new SqlExpression.Name(star.Qualifier, star.Span)), star);
    }

    private OutputColumn Mention(ScopeColumn column, SqlExpression star)
    {
        var value = column.Value is Expression.ColumnReference reference ? reference with { } : column.Value;
        queries.Context.Places[value] = star;
        return new OutputColumn(column.Name, value);
    }

    private static IEnumerable<OutputColumn> ExpandRow(Expression row, SqlExpression star) => row.Type is DataType.Row type
        ? type.Fields.Select((f, i) => new OutputColumn(f.Name, ScalarFunctions.FieldAt.Bind([row, new Expression.Literal(i, DataTypes.Int.AsNotNull())])))
        : throw BindingErrors.Mismatch(star, $"'.*' needs a ROW, not a value of type {row.Type.AsNullable()}.");

    // A key of ORDER BY is a column of the result, or an expression over what the select list reads.
    private List<OrderKey> BindOrder(IReadOnlyList<OrderItem> orderBy, List<OutputColumn> items, bool hasGroupKeys)
    {
        var binder = new ExpressionBinder(queries, _scope)
        {
            HasGroupKeys = hasGroupKeys,
            Windows = select.Windows,
            FindCall = FindWindowColumn,
            FindAlias = name => name.Parts.Count == 1 ? items.FirstOrDefault(i => i.Alias == name.Parts[0].Name)?.Value : null,
        };
        return orderBy.SelectMany(IEnumerable<OrderKey> (item) =>
        {
            var ordinal = QueryBinder.FindOrdinal(item.Expression, items.Count);
            var expression = ordinal is null ? binder.BindTyped(item.Expression) : null;

            // Rows are in the order of their fields, the first one first.
            return expression is Expression.Call { Function: var function } row && ReferenceEquals(function, ScalarFunctions.Row)
                ? row.Arguments.Select(field => new OrderKey(null, field, item))
                : [new OrderKey(ordinal, expression, item)];
        }).ToList();
    }

    private LogicalPlan Project(List<OutputColumn> items, List<OrderKey> order)
    {
        var values = items.Select(i => i.Value).ToList();
        var keys = new List<SortKey>();
        foreach (var key in order)
        {
            var index = key.Ordinal ?? values.IndexOf(key.Expression!); // an order key has one of the two
            if (index < 0)
            {
                if (select.IsDistinct)
                {
                    throw BindingErrors.Invalid(key.Item.Expression, "For SELECT DISTINCT, ORDER BY expressions must appear in the select list.");
                }

                index = values.Count;
                values.Add(key.Expression!); // as above
            }

            keys.Add(new SortKey(index, key.Item.IsDescending, key.Item.NullsFirst ?? !key.Item.IsDescending));
        }

        (_plan, values) = SubqueryJoins.Attach(_plan, values);
        var names = UniqueNames(items);
        var fields = values.Select((v, i) => new Field(i < names.Count ? names[i] : OrderName(v, i, names), v.Type)).ToList();
        LogicalPlan plan = new LogicalPlan.Project(_plan, new(values), new RowSchema(fields));
        plan = select.IsDistinct ? QueryBinder.Distinct(plan) : plan;
        plan = keys.Count > 0 ? new LogicalPlan.Sort(plan, new(keys)) : plan;
        return values.Count == items.Count ? plan : new LogicalPlan.Project(
            plan, new(fields.Take(items.Count).Select((f, i) => (Expression)new Expression.ColumnReference(i, f.Name, f.Type))), new RowSchema(fields.Take(items.Count)));
    }

    private static string OrderName(Expression value, int index, List<string> names) =>
        value is Expression.ColumnReference column && !names.Contains(column.Name) ? column.Name : $"$order{index}";

    // k, k becomes k, k0.
    private static List<string> UniqueNames(List<OutputColumn> items)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        var names = new List<string>();
        foreach (var item in items)
        {
            var name = item.Name;
            for (var attempt = 0; !used.Add(name); attempt++)
            {
                name = item.Name + attempt;
            }

            names.Add(name);
        }

        return names;
    }

    private sealed record OutputColumn(string Name, Expression Value)
    {
        public string? Alias { get; init; }
    }

    private sealed record OrderKey(int? Ordinal, Expression? Expression, OrderItem Item);
}

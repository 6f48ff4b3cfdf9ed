using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding.Correlation;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds FROM: tables, views, WITH names, derived tables and joins.</summary>
internal sealed class FromBinder(QueryBinder queries, Scope? outer)
{
    /// <summary>The plan that FROM reads, and the names that it brings.</summary>
    public (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations) Bind(TableReference table) => table switch
    {
        TableReference.Named named => BindNamed(named),
        TableReference.Derived derived => Relate(queries.BindSubquery(derived.Query, outer), derived, null),
        TableReference.Join join => BindJoin(join),
        TableReference.Unnest unnest => BindUnnest(unnest),
        TableReference.Function function when WindowTableBinder.Find(function.Call.Function) is { } kind => Relate(new WindowTableBinder(queries, Bind).Bind(function.Call, kind), function, null),
        TableReference.Function function => throw BindingErrors.Unsupported(table, $"The table function {function.Call.Function}"),
        _ => throw new System.Diagnostics.UnreachableException(table.GetType().Name),
    };

    private (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations) BindNamed(TableReference.Named named)
    {
        if (queries.FindCommonTable(named.Name) is { } commonTable)
        {
            return named.Hints.Count == 0 ? Relate(commonTable, named, named.Name) : throw BindingErrors.Invalid(named.Hints[0], $"'{named.Name}' is a name of WITH: it takes no hints.");
        }

        switch (queries.Context.Tables.Get(named.Name))
        {
            case ResolvedTable.View view:
                return named.Hints.Count == 0 ? Relate(BindView(view), named, named.Name) : throw BindingErrors.Invalid(named.Hints[0], $"View '{named.Name}' cannot be enriched with new options. Hints can only be applied to tables.");
            case ResolvedTable.Table table:
                return Relate(ScanTable(table.Definition, named), named, named.Name);
            default:
                throw new System.Diagnostics.UnreachableException(named.Name.ToString());
        }
    }

    private LogicalPlan BindView(ResolvedTable.View view)
    {
        var plan = new QueryBinder(queries.Context with { Tables = view.Tables, IsStatementText = false }).BindQuery(view.Definition.Query);
        var names = view.Definition.Columns;
        return names.Count == 0 ? plan : new LogicalPlan.Project(
            plan,
            new(plan.Schema.Fields.Select((f, i) => (Expression)new Expression.ColumnReference(i, f.Name, f.Type))),
            new RowSchema(plan.Schema.Fields.Select((f, i) => f with { Name = names[i] })));
    }

    private LogicalPlan ScanTable(TableDefinition table, TableReference.Named named)
    {
        var options = table.Options.Overlaid(OptionsOf(named.Hints, queries.Context));
        var asOf = named.AsOf is null ? null : BindAsOf(named.AsOf);
        return TableScan.Of(table, options, asOf, queries.Context);
    }

    /// <summary>The options of OPTIONS hints; of a repeated key the last one counts.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> OptionsOf(IReadOnlyList<Hint> hints, BindingContext context)
    {
        if (hints.Count > 0 && !context.AllowsTableOptions)
        {
            throw BindingErrors.Invalid(hints[0], "The 'OPTIONS' hint is allowed only when the config option 'table.dynamic-table-options.enabled' is set to true.");
        }

        var other = hints.FirstOrDefault(h => h.Name != "OPTIONS");
        return other is null
            ? hints.SelectMany(h => h.Options).Select(o => KeyValuePair.Create(o.Key, o.Value)).ToList()
            : throw BindingErrors.Invalid(other, $"The hint {other.Name} does not belong behind a table.", "Write it behind SELECT; behind a table stands OPTIONS.");
    }

    private Expression BindAsOf(SqlExpression expression)
    {
        Expression bound;
        try
        {
            bound = new ExpressionBinder(queries, Scope.Empty(null)) { NoAggregatesIn = "FOR SYSTEM_TIME AS OF" }.BindTyped(expression);
        }
        catch (Columnar.Errors.ArcticException e) when (e.Code == Columnar.Errors.ErrorCodes.UnknownName)
        {
            throw BindingErrors.Unsupported(expression, "A join FOR SYSTEM_TIME AS OF a column");
        }

        if (ExpressionTree.Any(bound, e => e is Expression.Call { Function.Name: "PROCTIME" }))
        {
            throw BindingErrors.Invalid(expression, $"Unsupported time travel expression: {bound} for the expression can not be reduced to a constant.");
        }

        return bound.Type is DataType.Timestamp or DataType.TimestampLtz
            ? bound
            : throw BindingErrors.Mismatch(expression, $"FOR SYSTEM_TIME AS OF needs a TIMESTAMP, not {bound.Type.AsNullable()}.");
    }

    private (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations) BindUnnest(TableReference.Unnest unnest)
    {
        var collection = UnnestBinder.BindCollection(queries, unnest, Scope.Empty(outer));
        var schema = UnnestBinder.Elements(collection, unnest).Schema;
        return Relate(new LogicalPlan.Unnest(LogicalPlan.Values.SingleRow, collection, unnest.WithOrdinality, KeepsEmpty: false, schema), unnest, null);
    }

    // The plan under its alias, or under the table's own name.
    private static (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations) Relate(LogicalPlan plan, TableReference table, QualifiedName? name)
    {
        var columns = ScopeColumn.Of(plan.Schema, 0);
        if (table.ColumnAliases.Count > 0)
        {
            if (table.ColumnAliases.Count != columns.Count)
            {
                throw BindingErrors.Invalid(table.ColumnAliases[0], $"List of column aliases must have the same degree as table; table has {columns.Count} columns, whereas alias list has {table.ColumnAliases.Count}.");
            }

            columns = columns.Select((c, i) => c with
            {
                Name = table.ColumnAliases[i].Name,
                Value = new Expression.ColumnReference(i, table.ColumnAliases[i].Name, plan.Schema[i].Type),
            }).ToList();
        }

        var alias = table.Alias?.Name ?? name?.Last.Name;
        IReadOnlyList<string> path = table.Alias is null && name is not null ? name.Parts.Select(p => p.Name).ToList() : [];
        return (plan, [new ScopeRelation(alias, path, columns)]);
    }

    private (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations) BindJoin(TableReference.Join join)
    {
        var (left, leftRelations) = Bind(join.Left);
        var leftTime = join.Right is TableReference.Named { AsOf: { } asOf } ? TemporalJoinBinder.FindTime(queries, left, leftRelations, asOf) : null;
        var isLateral = join.Right is TableReference.Derived { IsLateral: true };
        var collection = join.Right is TableReference.Unnest unnest ? UnnestBinder.BindCollection(queries, unnest, new Scope(leftRelations, outer)) : null;
        var (right, rightRelations) = collection is not null ? Relate(UnnestBinder.Elements(collection, (TableReference.Unnest)join.Right), join.Right, null)
            : (isLateral ? new FromBinder(queries, new Scope(leftRelations, outer)) : this).Bind(leftTime is null ? join.Right : (TableReference.Named)join.Right with { AsOf = null });
        var kind = join.Kind switch
        {
            JoinType.Left => JoinKind.LeftOuter,
            JoinType.Right => JoinKind.RightOuter,
            JoinType.Full => JoinKind.FullOuter,
            _ => JoinKind.Inner,
        };
        var leftNulls = kind is JoinKind.RightOuter or JoinKind.FullOuter;
        var rightNulls = kind is JoinKind.LeftOuter or JoinKind.FullOuter;
        var leftScope = leftRelations;
        var rightScope = Shift(rightRelations, left.Schema.Count, AfterLast(leftRelations));
        RefuseEqualNames(leftScope, rightScope, join);
        var merged = join.IsNatural ? CommonNames(leftScope, rightScope) : join.Using.Select(u => u.Name).ToList();
        var condition = BindJoinCondition(join, leftScope, rightScope, merged);
        var schema = new RowSchema(left.Schema.Fields.Select(f => WithNulls(f, leftNulls)).Concat(right.Schema.Fields.Select(f => WithNulls(f, rightNulls))));
        LogicalPlan plan = leftTime is { } time ? JoinVersions(left, right, kind, time, condition, schema, join.Right)
            : collection is not null ? UnnestBinder.Join(left, collection, join, kind, condition, schema)
            : isLateral ? BindLateral(join, left, right, kind, condition)
            : new LogicalPlan.Join(left, right, kind, [], condition, schema);
        var scope = new List<ScopeRelation>();
        if (merged.Count > 0)
        {
            scope.Add(Merge(kind, leftScope, rightScope, merged, leftNulls, rightNulls));
        }

        scope.AddRange(leftScope.Select(r => WithNulls(r, leftNulls, merged)));
        scope.AddRange(rightScope.Select(r => WithNulls(r, rightNulls, merged)));
        return (plan, scope);
    }

    private static LogicalPlan JoinVersions(LogicalPlan left, LogicalPlan right, JoinKind kind, int time, Expression? condition, RowSchema schema, TableReference place) =>
        TimeAttributes.Of(left)[time] == TimeAttribute.Rowtime
            ? TemporalJoinBinder.Make(left, right, kind, time, condition, schema, place)
            : TemporalJoinBinder.MakeLookup(left, right, kind, condition, schema, place);

    private static LogicalPlan BindLateral(TableReference.Join join, LogicalPlan left, LogicalPlan right, JoinKind kind, Expression? condition) => kind is JoinKind.Inner or JoinKind.LeftOuter
        ? DependentJoin.Make(left, right, kind, condition)
        : throw BindingErrors.Invalid(join.Right, "A LATERAL table stands to the right of an inner or LEFT join: a RIGHT or FULL one would need it without rows to read from.");

    private static int AfterLast(IReadOnlyList<ScopeRelation> relations) => relations.SelectMany(r => r.Columns).Select(c => c.Order).DefaultIfEmpty(-1).Max() + 1;

    private static List<ScopeRelation> Shift(IReadOnlyList<ScopeRelation> relations, int offset, int order)
    {
        var first = relations.SelectMany(r => r.Columns).Select(c => c.Order).DefaultIfEmpty(0).Min();
        return relations.Select(r => r with
        {
            Columns = r.Columns.Select(c => c with { Value = ExpressionTree.MapColumns(c.Value, i => i + offset), Order = c.Order - first + order }).ToList(),
        }).ToList();
    }

    private static void RefuseEqualNames(IReadOnlyList<ScopeRelation> left, IReadOnlyList<ScopeRelation> right, TableReference.Join join)
    {
        var name = left.Select(r => r.Alias).OfType<string>().Intersect(right.Select(r => r.Alias).OfType<string>()).FirstOrDefault();
        if (name is not null)
        {
            throw BindingErrors.Invalid(join.Right, $"Duplicate relation name '{name}' in FROM clause.", "Give one of them an alias.");
        }
    }

    private static List<string> CommonNames(IReadOnlyList<ScopeRelation> left, IReadOnlyList<ScopeRelation> right)
    {
        var rightNames = new Scope(right, null).StarColumns.Select(c => c.Name).ToHashSet();
        return new Scope(left, null).StarColumns.Select(c => c.Name).Where(rightNames.Contains).Distinct().ToList();
    }

    private Expression? BindJoinCondition(TableReference.Join join, IReadOnlyList<ScopeRelation> left, IReadOnlyList<ScopeRelation> right, List<string> merged)
    {
        if (join.Kind is JoinType.Cross or JoinType.Comma)
        {
            return null;
        }

        if (join.IsNatural || join.Using.Count > 0)
        {
            return ExpressionTree.And(merged.Select((name, i) => BindMerged(join, i < join.Using.Count ? join.Using[i] : new Identifier(name, join.Span), left, right)));
        }

        if (join.Condition is null)
        {
            throw BindingErrors.Invalid(join.Right, "INNER, LEFT, RIGHT or FULL join requires a condition (NATURAL keyword or ON or USING clause).", "Write CROSS JOIN for all pairs.");
        }

        var binder = new ExpressionBinder(queries, new Scope([.. left, .. right], outer)) { NoAggregatesIn = "ON" };
        var condition = binder.BindCondition(join.Condition, "ON");
        return ExpressionTree.Any(condition, e => e is BoundSubquery) ? throw BindingErrors.Unsupported(join.Condition, "A sub-query in ON") : condition;
    }

    private static Expression.Call BindMerged(TableReference.Join join, Identifier name, IReadOnlyList<ScopeRelation> left, IReadOnlyList<ScopeRelation> right)
    {
        try
        {
            return ScalarFunctions.Equals.Bind([FindMerged(left, name).Value, FindMerged(right, name).Value]);
        }
        catch (Columnar.Errors.ArcticException e) when (e.Position is null)
        {
            throw BindingErrors.At(join.Right, e);
        }
    }

    private static ScopeColumn FindMerged(IReadOnlyList<ScopeRelation> relations, Identifier name)
    {
        var scope = new Scope(relations, null);
        return scope.Find([name])?.Column ?? throw BindingErrors.Unknown(name, $"Column '{name}' of USING not found in both tables.", name.Name, scope.ColumnNames);
    }

    // The columns that USING and NATURAL make of two: before all others in *, and reached without a table's name.
    private static ScopeRelation Merge(JoinKind kind, IReadOnlyList<ScopeRelation> left, IReadOnlyList<ScopeRelation> right, List<string> names, bool leftNulls, bool rightNulls)
    {
        var first = left.SelectMany(r => r.Columns).Select(c => c.Order).DefaultIfEmpty(0).Min() - names.Count;
        var columns = names.Select((name, i) =>
        {
            var identifier = new Identifier(name, default);
            var fromLeft = WithNulls(FindMerged(left, identifier).Value, leftNulls);
            var fromRight = WithNulls(FindMerged(right, identifier).Value, rightNulls);
            var value = kind switch
            {
                JoinKind.RightOuter => fromRight,
                JoinKind.FullOuter => ScalarFunctions.Coalesce.Bind([fromLeft, fromRight]),
                _ => fromLeft,
            };
            return new ScopeColumn(name, value, first + i);
        });
        return new ScopeRelation(null, [], columns.ToList());
    }

    private static ScopeRelation WithNulls(ScopeRelation relation, bool hasNulls, List<string> merged) => relation with
    {
        Columns = relation.Columns.Select(c => c with { Value = WithNulls(c.Value, hasNulls), IsMerged = c.IsMerged || merged.Contains(c.Name) }).ToList(),
    };

    private static Expression WithNulls(Expression value, bool hasNulls) => hasNulls && value is Expression.ColumnReference column ? column with { Type = column.Type.AsNullable() } : value;

    private static Field WithNulls(Field field, bool hasNulls) => hasNulls ? field with { Type = field.Type.AsNullable() } : field;
}

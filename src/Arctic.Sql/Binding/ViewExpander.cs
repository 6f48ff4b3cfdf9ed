using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// Rewrites the query of a view so that it means the same from anywhere: tables by their full names, columns behind the names of their tables, <c>*</c> as the columns that it
/// means today. What it does not know how to write out (WITH, table functions, merged columns of joins) leaves the text as it was written.
/// </summary>
internal sealed class ViewExpander(QueryBinder queries)
{
    private bool _isComplete = true;

    /// <summary>The rewritten query; null when not all of it could be written out.</summary>
    public Query? Expand(Query query)
    {
        var expanded = Expand(query, []);
        return _isComplete ? expanded : null;
    }

    private Query Expand(Query query, IReadOnlyList<ScopeRelation> outer)
    {
        _isComplete &= query.With.Count == 0;
        if (!_isComplete)
        {
            return query;
        }

        if (query.Body is not QueryBody.Select select)
        {
            return query with { Body = Expand(query.Body, outer) };
        }

        var scope = ScopeOf(select, outer);
        var aliases = select.Items.Select(i => i.Alias?.Name).OfType<string>().ToHashSet();
        return query with
        {
            Body = Expand(select, scope, outer),
            OrderBy = query.OrderBy.Select(o => o.Expression is SqlExpression.Name { Parts: [var name] } && aliases.Contains(name.Name) ? o : o with { Expression = Expand(o.Expression, scope) }).ToList(),
        };
    }

    private QueryBody Expand(QueryBody body, IReadOnlyList<ScopeRelation> outer) => body switch
    {
        QueryBody.Select select => Expand(select, ScopeOf(select, outer), outer),
        QueryBody.Values values => values with { Rows = values.Rows.Select(r => r with { Items = ExpandAll(r.Items, outer) }).ToList() },
        QueryBody.SetOperation set => set with { Left = Expand(set.Left, outer), Right = Expand(set.Right, outer) },
        QueryBody.Nested nested => nested with { Query = Expand(nested.Query, outer) },
        QueryBody.Table table => table with { Name = FullName(table.Name) },
        _ => throw new System.Diagnostics.UnreachableException(body.GetType().Name),
    };

    // The tables of a SELECT come before those of the query around it.
    private List<ScopeRelation> ScopeOf(QueryBody.Select select, IReadOnlyList<ScopeRelation> outer) => [.. select.From is null ? [] : RelationsOf(select.From), .. outer];

    private QueryBody.Select Expand(QueryBody.Select select, IReadOnlyList<ScopeRelation> scope, IReadOnlyList<ScopeRelation> outer)
    {
        _isComplete &= select.Windows.Count == 0;
        var own = scope.Take(scope.Count - outer.Count).ToList();
        return select with
        {
            Items = select.Items.SelectMany(i => Expand(i, scope, own)).ToList(),
            From = select.From is null ? null : Expand(select.From, scope),
            Where = ExpandOrNull(select.Where, scope),
            GroupBy = select.GroupBy is null ? null : select.GroupBy with { Items = select.GroupBy.Items.Select(g => Expand(g, scope)).ToList() },
            Having = ExpandOrNull(select.Having, scope),
            Qualify = ExpandOrNull(select.Qualify, scope),
        };
    }

    private IEnumerable<SelectItem> Expand(SelectItem item, IReadOnlyList<ScopeRelation> scope, IReadOnlyList<ScopeRelation> own)
    {
        if (item.Expression is not SqlExpression.Star star)
        {
            return [item with { Expression = Expand(item.Expression, scope) }];
        }

        var starred = star.Qualifier.Count == 0 ? own : own.Where(r => r.IsCalled(star.Qualifier, star.Qualifier.Count)).Take(1).ToList();
        _isComplete &= starred.Count > 0;
        return starred.SelectMany(r => r.Columns.Select(c => new SelectItem(NameOf(r, c.Name, star.Span), null)));
    }

    private SqlExpression.Name NameOf(ScopeRelation relation, string column, SourceSpan span)
    {
        _isComplete &= relation.Alias is not null;
        return new SqlExpression.Name([new Identifier(relation.Alias ?? "", span), new Identifier(column, span)], span);
    }

    private GroupItem Expand(GroupItem item, IReadOnlyList<ScopeRelation> scope) => item switch
    {
        GroupItem.Expressions expressions => expressions with { Items = ExpandAll(expressions.Items, scope) },
        GroupItem.Sets sets => sets with { Items = sets.Items.Select(i => Expand(i, scope)).ToList() },
        _ => throw new System.Diagnostics.UnreachableException(item.GetType().Name),
    };

    private TableReference Expand(TableReference table, IReadOnlyList<ScopeRelation> scope)
    {
        switch (table)
        {
            case TableReference.Named { AsOf: null } named:
                return named with { Name = FullName(named.Name), Alias = named.Alias ?? named.Name.Last };
            case TableReference.Derived { IsLateral: false } derived:
                return derived with { Query = Expand(derived.Query, []) };
            case TableReference.Join { IsNatural: false, Using.Count: 0 } join:
                return join with { Left = Expand(join.Left, scope), Right = Expand(join.Right, scope), Condition = ExpandOrNull(join.Condition, scope) };
            default:
                _isComplete = false;
                return table;
        }
    }

    // Also of what cannot be written out: the binder says what it means, or that it means nothing.
    private IReadOnlyList<ScopeRelation> RelationsOf(TableReference table)
    {
        _isComplete &= table is TableReference.Named or TableReference.Derived { IsLateral: false } or TableReference.Join;
        return _isComplete ? new FromBinder(queries, null).Bind(table).Relations : [];
    }

    private QualifiedName FullName(QualifiedName name)
    {
        var path = queries.Context.Tables.Get(name) switch
        {
            Catalog.ResolvedTable.Table table => table.Definition.Path,
            Catalog.ResolvedTable.View view => view.Definition.Path,
            var other => throw new System.Diagnostics.UnreachableException(other.GetType().Name),
        };
        return name with { Parts = [new Identifier(path.Catalog, name.Span), new Identifier(path.Database, name.Span), new Identifier(path.Name, name.Span)] };
    }

    private SqlExpression? ExpandOrNull(SqlExpression? expression, IReadOnlyList<ScopeRelation> scope) => expression is null ? null : Expand(expression, scope);

    private List<SqlExpression> ExpandAll(IReadOnlyList<SqlExpression> items, IReadOnlyList<ScopeRelation> scope) => items.Select(i => Expand(i, scope)).ToList();

    private SqlExpression Expand(SqlExpression expression, IReadOnlyList<ScopeRelation> scope)
    {
        switch (expression)
        {
            case SqlExpression.Name name:
                return Expand(name, scope);
            case SqlExpression.InQuery inQuery:
                return inQuery with { Operand = Expand(inQuery.Operand, scope), Query = Expand(inQuery.Query, scope) };
            case SqlExpression.Quantified quantified:
                return quantified with { Operand = Expand(quantified.Operand, scope), Query = Expand(quantified.Query, scope) };
            case SqlExpression.ScalarQuery scalar:
                return scalar with { Query = Expand(scalar.Query, scope) };
            case SqlExpression.Exists exists:
                return exists with { Query = Expand(exists.Query, scope) };
            case SqlExpression.CollectionQuery { Query: not null } or SqlExpression.TableArgument:
            case SqlExpression.Call { Over: not null }:
                _isComplete = false;
                return expression;
            default:
                return SqlRewriter.WithParts(expression, part => Expand(part, scope));
        }
    }

    private SqlExpression.Name Expand(SqlExpression.Name name, IReadOnlyList<ScopeRelation> scope)
    {
        if (name.Parts.Count > 1)
        {
            // t.c stays; a longer name of a table becomes its alias.
            for (var count = name.Parts.Count - 1; count >= 1; count--)
            {
                if (scope.FirstOrDefault(r => r.IsCalled(name.Parts, count)) is { Alias: { } alias })
                {
                    return name with { Parts = [new Identifier(alias, name.Span), .. name.Parts.Skip(count)] };
                }
            }
        }

        var relation = scope.FirstOrDefault(r => r.Columns.Any(c => c.Name == name.Parts[0].Name));
        return relation is null ? name : name with { Parts = [.. NameOf(relation, name.Parts[0].Name, name.Span).Parts, .. name.Parts.Skip(1)] };
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>The columns that names may mean, by the tables that bring them. Columns refer to the plan of the FROM clause by index.</summary>
/// <param name="Relations">In the order of FROM.</param>
/// <param name="Outer">What a sub-query stands in; null at the top.</param>
internal sealed record Scope(IReadOnlyList<ScopeRelation> Relations, Scope? Outer)
{
    /// <summary>No columns: a SELECT without FROM.</summary>
    public static Scope Empty(Scope? outer) => new([], outer);

    /// <summary>This scope, then those around it, from the inside out.</summary>
    public IEnumerable<Scope> WithOuter
    {
        get
        {
            for (var scope = this; scope is not null; scope = scope.Outer)
            {
                yield return scope;
            }
        }
    }

    /// <summary>The columns that <c>*</c> means, in order.</summary>
    public IEnumerable<ScopeColumn> StarColumns => Relations.SelectMany(r => r.Columns).Where(c => !c.IsMerged).OrderBy(c => c.Order);

    /// <summary>The same names, with columns of the plan that admit NULL.</summary>
    public Scope WithNulls(IReadOnlySet<int> columns) => this with
    {
        Relations = Relations.Select(r => r with { Columns = r.Columns.Select(c => c.Value is Expression.ColumnReference value && columns.Contains(value.Index) ? c with { Value = value with { Type = value.Type.AsNullable() } } : c).ToList() }).ToList(),
    };

    /// <summary>Every name that could have been meant, for suggestions.</summary>
    public IEnumerable<string> ColumnNames => Relations.SelectMany(r => r.Columns).Select(c => c.Name).Distinct();

    /// <summary>Finds what the first parts of a name mean; what remains of it are fields of rows.</summary>
    /// <returns>Null when they mean nothing here.</returns>
    /// <exception cref="Columnar.Errors.ArcticException">They mean more than one column.</exception>
    public (ScopeColumn Column, int PartsUsed)? Find(IReadOnlyList<Identifier> parts)
    {
        if (parts.Count > 1 && FindQualified(parts) is { } qualified)
        {
            return qualified;
        }

        return FindAmong(Relations.SelectMany(r => r.Columns).Where(c => !c.IsMerged), parts[0]) is { } column ? (column, 1) : null;
    }

    /// <summary>The columns of <c>t.*</c>; null when no table is called so.</summary>
    public IReadOnlyList<ScopeColumn>? FindRelation(IReadOnlyList<Identifier> qualifier) =>
        Relations.FirstOrDefault(r => r.IsCalled(qualifier, qualifier.Count))?.Columns;

    private (ScopeColumn Column, int PartsUsed)? FindQualified(IReadOnlyList<Identifier> parts)
    {
        for (var qualifiers = Math.Min(parts.Count - 1, 3); qualifiers >= 1; qualifiers--)
        {
            foreach (var relation in Relations)
            {
                if (relation.IsCalled(parts, qualifiers) && FindAmong(relation.Columns, parts[qualifiers]) is { } column)
                {
                    return (column, qualifiers + 1);
                }
            }
        }

        return null;
    }

    private static ScopeColumn? FindAmong(IEnumerable<ScopeColumn> columns, Identifier name)
    {
        ScopeColumn? found = null;
        foreach (var column in columns)
        {
            if (column.Name != name.Name)
            {
                continue;
            }

            if (found is not null)
            {
                throw BindingErrors.Invalid(name, $"Column '{name}' is ambiguous.", "Write the name of its table before it.");
            }

            found = column;
        }

        return found;
    }
}

/// <summary>One table of FROM.</summary>
/// <param name="Alias">What it is called; null for what has no name.</param>
/// <param name="Path">The full name of a table without an alias: it may be written before a column in whole or from the right; empty otherwise.</param>
internal sealed record ScopeRelation(string? Alias, IReadOnlyList<string> Path, IReadOnlyList<ScopeColumn> Columns)
{
    /// <summary>Whether the first <paramref name="count"/> parts name this table.</summary>
    public bool IsCalled(IReadOnlyList<Identifier> parts, int count)
    {
        if (count == 1)
        {
            return Alias == parts[0].Name;
        }

        return count <= Path.Count && Path.Skip(Path.Count - count).SequenceEqual(parts.Take(count).Select(p => p.Name));
    }
}

/// <summary>One column of a table of FROM.</summary>
/// <param name="Value">What it is over the plan of FROM: a column reference, or COALESCE of two for a column of FULL JOIN … USING.</param>
/// <param name="Order">Its place among the columns of <c>*</c>.</param>
internal sealed record ScopeColumn(string Name, Expression Value, int Order)
{
    /// <summary>Whether a join has merged it into another: then only its table's name reaches it.</summary>
    public bool IsMerged { get; init; }

    /// <summary>The columns of a plan, in order.</summary>
    /// <param name="offset">Where the plan's columns start in that of FROM.</param>
    public static IReadOnlyList<ScopeColumn> Of(RowSchema schema, int offset) =>
        schema.Fields.Select((f, i) => new ScopeColumn(f.Name, new Expression.ColumnReference(offset + i, f.Name, f.Type), offset + i)).ToList();
}

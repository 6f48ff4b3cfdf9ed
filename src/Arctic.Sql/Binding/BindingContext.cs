using Arctic.Columnar.Expressions;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>What one statement is bound against, and what binding it has found out.</summary>
/// <param name="Tables">The tables and views that it names.</param>
/// <param name="Settings">The session's time zone, for literals that depend on it.</param>
internal sealed record BindingContext(ResolvedTables Tables, EvaluationSettings Settings)
{
    /// <summary>Whether OPTIONS hints count; one is refused otherwise.</summary>
    public bool AllowsTableOptions { get; init; } = true;

    /// <summary>Whether what is bound stands in the statement itself; the text of a view or of a table's definition has other places.</summary>
    public bool IsStatementText { get; init; } = true;

    /// <summary>Where bound expressions were written, by identity; for errors that are found out later.</summary>
    public Dictionary<Expression, SqlExpression> Places { get; } = new(ReferenceEqualityComparer.Instance);
}

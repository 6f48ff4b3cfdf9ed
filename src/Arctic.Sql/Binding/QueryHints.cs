using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>The hints behind SELECT. They say how to run a query, not what it answers, and we choose ourselves; but one that nobody knows, or that names no table of FROM, is a typing error.</summary>
internal static class QueryHints
{
    private static readonly string[] Known = ["BROADCAST", "SHUFFLE_HASH", "SHUFFLE_MERGE", "NEST_LOOP", "MULTI_JOIN", "LOOKUP", "STATE_TTL"];

    /// <summary>Refuses hints that mean nothing.</summary>
    /// <param name="hints">As written.</param>
    /// <param name="relations">What FROM brings.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><see cref="Columnar.Errors.ErrorCodes.UnknownName"/>: there is no such hint, or no such table.</exception>
    public static void Check(IReadOnlyList<Hint> hints, IReadOnlyList<ScopeRelation> relations)
    {
        foreach (var hint in hints)
        {
            if (!Known.Contains(hint.Name))
            {
                throw BindingErrors.Unknown(hint, $"There is no hint '{hint.Name}' behind SELECT.", hint.Name, Known);
            }

            var names = hint.Name switch
            {
                "LOOKUP" => hint.Options.Where(o => o.Key == "table").Select(o => o.Value),
                "STATE_TTL" => hint.Options.Select(o => o.Key),
                _ => hint.Arguments,
            };
            foreach (var name in names.Where(n => !relations.Any(r => IsNamed(r, n))))
            {
                throw BindingErrors.Unknown(
                    hint, $"The options of following hints cannot match the name of input tables or views: '{name}' in '{hint.Name}'.", name, relations.Select(r => r.Alias).OfType<string>());
            }
        }
    }

    // By its alias, which hides the table's name, or by the last parts of that name.
    private static bool IsNamed(ScopeRelation relation, string name) =>
        relation.Alias == name || (relation.Path.Count > 0 && $".{string.Join('.', relation.Path)}".EndsWith($".{name}", StringComparison.Ordinal));
}

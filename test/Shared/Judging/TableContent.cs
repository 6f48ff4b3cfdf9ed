using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Testing.Judging;

/// <summary>The rows of a table in the two canonical forms, in no order.</summary>
/// <param name="Schema">The columns; null when they are known from elsewhere.</param>
internal sealed record TableContent(RowSchema? Schema, IReadOnlyList<string?[]> Exact, IReadOnlyList<string?[]> Coarse)
{
    public static async Task<TableContent> ReadAsync(RowSchema? schema, IAsyncEnumerable<ChangeBatch> batches)
    {
        var (exact, coarse) = (new List<string?[]>(), new List<string?[]>());
        await foreach (var batch in batches)
        {
            using (batch)
            {
                exact.AddRange(CanonicalRows.CellsOf(batch, isCoarse: false));
                coarse.AddRange(CanonicalRows.CellsOf(batch, isCoarse: true));
            }
        }

        return new TableContent(schema, exact, coarse);
    }

    /// <summary>Sorted rows as text, of the columns that are compared.</summary>
    public List<string> Sorted(bool isCoarse = false, Func<int, bool>? isCompared = null) => CanonicalRows.Sort(isCoarse ? Coarse : Exact, isCompared);

    /// <summary>How the rows differ from those that an engine found; null when they are the same.</summary>
    /// <param name="isCompared">Which columns are looked at; null for all.</param>
    public string? FindDifference(Judge judge, Verdict verdict, Func<int, bool>? isCompared = null)
    {
        if (verdict.Refusal is not null)
        {
            return $"refused: {verdict.Refusal}";
        }

        if (verdict.MisledFilters.Count > 0)
        {
            return $"pruning loses rows: {string.Join(", ", verdict.MisledFilters)}";
        }

        var ours = CanonicalRows.Sort((judge.IsCoarse ? Coarse : Exact).Select(r => r.Select((cell, i) => cell ?? judge.NullOf(Schema![i].Type)).ToArray()), isCompared);
        var theirs = CanonicalRows.Sort(CanonicalRows.CellsOf(verdict, (RowSchema)Schema!, judge.IsCoarse), isCompared);
        var different = Enumerable.Range(0, Math.Max(ours.Count, theirs.Count)).FirstOrDefault(i => i >= ours.Count || i >= theirs.Count || ours[i] != theirs[i], -1);
        return different < 0 ? null : $"{ours.Count} rows of ours, {theirs.Count} of theirs; first difference: '{ours.ElementAtOrDefault(different)}' here, '{theirs.ElementAtOrDefault(different)}' there";
    }
}

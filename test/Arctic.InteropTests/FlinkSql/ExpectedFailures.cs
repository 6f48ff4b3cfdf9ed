namespace Arctic.InteropTests.FlinkSql;

/// <summary>What came of a recorded statement.</summary>
/// <param name="Key">How the list names it.</param>
/// <param name="Difference">In what our answer differs; null for nothing.</param>
internal sealed record RecordedOutcome(string Key, string? Difference);

/// <summary>The list of recorded answers that ours do not equal yet, <c>expected-failures/flink-sql.txt</c>: theme, then the statement.</summary>
internal static class ExpectedFailures
{
    /// <summary>Fails for a difference that is not listed, and for an entry that is equal now: the list may only shrink.</summary>
    public static void Check(string theme, IReadOnlyList<RecordedOutcome> outcomes, ITestOutputHelper output)
    {
        var expected = Read(theme);
        var failures = outcomes.Where(o => o.Difference is not null).ToList();
        output.WriteLine($"flink-sql {theme}: {outcomes.Count} cases, {outcomes.Count - failures.Count} equal");
        var unexpected = failures.Where(f => !expected.Contains(OneLine(f.Key))).Select(f => $"{OneLine(f.Key)}\n    {f.Difference}").ToList();
        var repaired = expected.Except(failures.Select(f => OneLine(f.Key))).ToList();
        Assert.True(unexpected.Count == 0, $"{unexpected.Count} statements differ:\n{string.Join("\n", unexpected)}");
        Assert.True(repaired.Count == 0, $"Equal now, take them off the list of expected failures:\n{string.Join("\n", repaired)}");
    }

    private static HashSet<string> Read(string theme) =>
        File.ReadLines(Path.Combine(Repository.Root, "test", "Arctic.InteropTests", "expected-failures", "flink-sql.txt"))
            .Where(l => l.StartsWith(theme + " ", StringComparison.Ordinal))
            .Select(l => l[(theme.Length + 1)..])
            .ToHashSet();

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}

namespace Arctic.Testing.Judging;

/// <summary>The tables of warehouses on disk, with the rows that we read: keyed ones after self-optimizing, when their base store holds every row. Outside engines must find the same.</summary>
/// <param name="Root">A folder that holds all warehouses.</param>
/// <param name="Tables">Every table but change stores.</param>
internal sealed record JudgedLake(string Root, IReadOnlyList<JudgedLake.Table> Tables)
{
    private const string ChangeStoreSuffix = "_change_";

    /// <summary>A table.</summary>
    /// <param name="Folder">The table's folder, of a keyed one that of its base store.</param>
    /// <param name="Content">What <c>SELECT *</c> gave.</param>
    public sealed record Table(string Folder, TableContent Content);

    /// <summary>Self-optimizes the keyed tables of warehouses and reads all tables.</summary>
    public static async Task<JudgedLake> OpenAsync(string root, IEnumerable<string> warehouses, CancellationToken cancellationToken)
    {
        var tables = new List<Table>();
        foreach (var warehouse in warehouses)
        {
            await using var session = new SessionBuilder().Build();
            await ExecuteAsync(session, $"CREATE CATALOG judged WITH ('type' = 'arctic', 'warehouse' = '{warehouse}')", cancellationToken);
            foreach (var folder in TableFolders(warehouse))
            {
                var (database, name) = (Path.GetFileName(Path.GetDirectoryName(folder)), Path.GetFileName(folder));
                if (Directory.Exists(folder + ChangeStoreSuffix))
                {
                    await ExecuteAsync(session, $"CALL sys.optimize('judged.{database}.{name}')", cancellationToken);
                }

                await using var result = await session.ExecuteAsync($"SELECT * FROM judged.`{database}`.`{name}`", cancellationToken);
                tables.Add(new Table(folder, await TableContent.ReadAsync(result.Schema, result.ReadAsync(cancellationToken))));
            }
        }

        return new JudgedLake(root, tables);
    }

    /// <summary>Asserts that the engines that are there read the tables of a warehouse with our rows; a missing engine is a warning of the test.</summary>
    public static async Task CheckAsync(string warehouse, CancellationToken cancellationToken)
    {
        JudgedLake? lake = null;
        foreach (var engine in Judge.Engines)
        {
            if (Judge.TryFind(engine, out var reason) is not { } judge)
            {
                TestContext.Current.AddWarning($"Not judged: {reason}");
                continue;
            }

            lake ??= await OpenAsync(warehouse, [warehouse], cancellationToken);
            Assert.NotEmpty(lake.Tables);
            Assert.Empty(await lake.FindProblemsAsync(judge, cancellationToken));
        }
    }

    /// <summary>What an engine reads otherwise than we: a line a table.</summary>
    public async Task<IReadOnlyList<string>> FindProblemsAsync(Judge judge, CancellationToken cancellationToken)
    {
        var verdicts = await judge.ReadAsync(Root, Tables.Select(t => t.Folder).ToList(), cancellationToken);
        return Tables.Zip(verdicts)
            .Select(t => (t.First.Folder, Problem: t.First.Content.FindDifference(judge, t.Second)))
            .Where(t => t.Problem is not null)
            .Select(t => $"{judge.Engine}: {Path.GetRelativePath(Root, t.Folder)}: {t.Problem}")
            .ToList();
    }

    private static IEnumerable<string> TableFolders(string warehouse) =>
        Directory.EnumerateFiles(warehouse, "version-hint.text", SearchOption.AllDirectories)
            .Select(hint => Path.GetDirectoryName(Path.GetDirectoryName(hint))!)
            .Where(folder => !folder.EndsWith(ChangeStoreSuffix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    private static async Task ExecuteAsync(Session session, string statement, CancellationToken cancellationToken)
    {
        await using var result = await session.ExecuteAsync(statement, cancellationToken);
        await foreach (var batch in result.ReadAsync(cancellationToken))
        {
            batch.Dispose();
        }
    }
}

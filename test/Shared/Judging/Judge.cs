using System.Diagnostics;
using System.Text.Json;
using Arctic.Columnar.Types;

namespace Arctic.Testing.Judging;

/// <summary>An outside engine that reads Iceberg tables in local folders, through <c>test/judge/judge.mjs</c>.</summary>
internal sealed class Judge
{
    /// <summary>The engines that there are.</summary>
    public static readonly IReadOnlyList<string> Engines = ["clickhouse", "icebird"];

    private static readonly string Folder = FindFolder();

    private readonly string _modules;

    private Judge(string engine, string modules) => (Engine, _modules) = (engine, modules);

    /// <summary><c>clickhouse</c> or <c>icebird</c>.</summary>
    public string Engine { get; }

    /// <summary>What the engine cannot tell as finely as we: icebird keeps milliseconds and reads decimals as doubles.</summary>
    public bool IsCoarse => Engine == "icebird";

    /// <summary>What the engine has in the place of NULL: ClickHouse knows no nested type that admits it, and reads the empty value.</summary>
    public string? NullOf(DataType type) => (Engine, type) switch
    {
        ("clickhouse", DataType.Array) => "[]",
        ("clickhouse", DataType.Map) => "{}",
        ("clickhouse", DataType.Row row) => $"{{{string.Join(", ", row.Fields.Select(f => NullOf(f.Type) ?? "null"))}}}",
        _ => null,
    };

    /// <summary>
    /// The engine, when Node.js and the packages are there; otherwise skips the test, or fails it when <c>ARCTIC_JUDGES</c> is <c>required</c>, as CI sets it.
    /// </summary>
    public static Judge Find(string engine)
    {
        if (TryFind(engine, out var reason) is { } judge)
        {
            return judge;
        }

        Assert.Skip(reason);
        throw new UnreachableException();
    }

    /// <summary>The engine; null with a reason when it is not there. Fails the test instead when <c>ARCTIC_JUDGES</c> is <c>required</c>.</summary>
    public static Judge? TryFind(string engine, out string reason)
    {
        var modules = Environment.GetEnvironmentVariable("JUDGE_NODE_MODULES") ?? Path.Combine(Folder, "node_modules");
        reason = $"the outside engine '{engine}' is not installed: run 'npm install' in test/judge";
        if (Directory.Exists(Path.Combine(modules, engine == "clickhouse" ? "chdb" : "icebird")) && FindNode())
        {
            return new Judge(engine, modules);
        }

        if (Environment.GetEnvironmentVariable("ARCTIC_JUDGES") == "required")
        {
            Assert.Fail(reason);
        }

        return null;
    }

    /// <summary>Reads the current snapshot of tables below one folder.</summary>
    /// <param name="root">A folder that holds them all.</param>
    /// <param name="tables">Table folders (those that hold <c>metadata</c>).</param>
    /// <returns>For each table, in order, its rows, or why the engine refuses it.</returns>
    public async Task<IReadOnlyList<Verdict>> ReadAsync(string root, IReadOnlyList<string> tables, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Folder, "judge.mjs"), Engine, root])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["JUDGE_NODE_MODULES"] = _modules;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        foreach (var table in tables)
        {
            await process.StandardInput.WriteLineAsync(table.AsMemory(), cancellationToken);
        }

        process.StandardInput.Close();
        var verdicts = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Verdict.Parse).ToList();
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0 && verdicts.Count == tables.Count, $"{Engine} read {verdicts.Count} of {tables.Count} tables and ended with {process.ExitCode}: {await errors}");
        return verdicts;
    }

    private static string FindFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
        }

        return Path.Combine(folder, "test", "judge");
    }

    private static bool FindNode()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>What an engine says of one table.</summary>
/// <param name="Table">The folder.</param>
/// <param name="Rows">Cells as text in the judge's canonical form, null for NULL; empty when refused.</param>
/// <param name="Refusal">Why the engine does not read the table; null when it does.</param>
internal sealed record Verdict(string Table, IReadOnlyList<string?[]> Rows, string? Refusal)
{
    /// <summary>How many conditions the engine tried with and without pruning.</summary>
    public int FilterCount { get; init; }

    /// <summary>The conditions that found other rows when the engine pruned.</summary>
    public IReadOnlyList<string> MisledFilters { get; init; } = [];

    public static Verdict Parse(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        return root.TryGetProperty("refused", out var refused)
            ? new Verdict(root.GetProperty("table").GetString()!, [], refused.GetString())
            : new Verdict(root.GetProperty("table").GetString()!, root.GetProperty("rows").EnumerateArray().Select(r => r.EnumerateArray().Select(c => c.GetString()).ToArray()).ToList(), null)
            {
                FilterCount = root.TryGetProperty("filters", out var filters) ? filters.GetInt32() : 0,
                MisledFilters = root.TryGetProperty("misled", out var misled) ? misled.EnumerateArray().Select(m => m.GetString()!).ToList() : [],
            };
    }
}

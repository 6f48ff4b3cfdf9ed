using System.Globalization;
using Arctic.Dataflow.Checkpoints;

namespace Arctic.Workloads.Crash;

/// <summary>Where one job of the crash test lives: its script, its warehouse, and in it the folder of its checkpoints.</summary>
internal sealed class CrashSite
{
    /// <summary>Writes every change as it comes.</summary>
    public const string PlainQuery = "SELECT id, seq, name FROM src";

    /// <summary>Gives the same rows through the state of an operator: a change that were read twice would be summed twice.</summary>
    public const string AggregateQuery = "SELECT id, SUM(seq), CONCAT('name-', CAST(SUM(seq) AS STRING)) FROM src GROUP BY id";

    /// <summary>The statement that makes the table unless it is there.</summary>
    public const string CreateTable = "CREATE TABLE IF NOT EXISTS lake.db.t (id BIGINT, seq BIGINT, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true')";

    private readonly string _feed;

    /// <summary>Makes the folder; the script is to be written.</summary>
    public CrashSite(string folder, string feed)
    {
        _feed = feed;
        Warehouse = Path.Combine(folder, "warehouse");
        Script = Path.Combine(folder, "crash.sql");
        Directory.CreateDirectory(Warehouse);
    }

    public string Warehouse { get; }

    public string Script { get; }

    /// <summary>The folder of the job's checkpoints; null before its first run.</summary>
    public string? JobFolder => Path.Combine(Warehouse, ".arctic", "jobs") is var jobs && Directory.Exists(jobs) ? Directory.GetDirectories(jobs).SingleOrDefault() : null;

    /// <summary>The statement that opens the warehouse.</summary>
    private string CreateCatalog => $"CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = '{Warehouse}')";

    /// <summary>The numbers of the checkpoints that exist, ascending.</summary>
    public IReadOnlyList<long> Checkpoints => JobFolder is { } folder
        ? Directory.GetFiles(folder).Select(f => JobPaths.ParseCheckpoint(Path.GetFileName(f))).Where(c => c is not null).Select(c => c!.Value.Value).Order().ToList()
        : [];

    /// <summary>The newest run that has claimed the job; 0 before the first.</summary>
    public long Incarnation => JobFolder is { } folder ? Directory.GetFiles(folder).Select(f => JobPaths.ParseClaim(Path.GetFileName(f))?.Value ?? 0).Append(0).Max() : 0;

    /// <summary>The metadata file of a checkpoint.</summary>
    public string CheckpointFile(long checkpoint) => Path.Combine(JobFolder!, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{checkpoint}"));

    /// <summary>Writes the script.</summary>
    /// <param name="query">What is inserted.</param>
    /// <param name="rowsPerSecond">Null for no bound.</param>
    /// <param name="interval">Between checkpoints.</param>
    /// <param name="parallelism">The subtasks of each step.</param>
    public void WriteScript(string query = PlainQuery, double? rowsPerSecond = null, string interval = "1 s", int parallelism = 1)
    {
        var rate = rowsPerSecond is { } limit ? string.Create(CultureInfo.InvariantCulture, $", 'scan.rows-per-second' = '{limit}'") : "";
        File.WriteAllText(
            Script,
            $"""
            SET 'execution.runtime-mode' = 'streaming';
            SET 'execution.checkpointing.interval' = '{interval}';
            SET 'parallelism.default' = '{parallelism}';
            {CreateCatalog};
            CREATE DATABASE IF NOT EXISTS lake.db;
            {CreateTable};
            CREATE TABLE src (id BIGINT, seq BIGINT, name STRING) WITH ('connector' = 'filesystem', 'path' = '{_feed}', 'format' = 'changelog-csv'{rate});
            INSERT INTO lake.db.t {query};

            """);
    }

    /// <summary>Folds the changes that are there into the base store, from this process and beside whatever writes.</summary>
    public Task OptimizeAsync() => ExecuteAsync("CALL sys.optimize('lake.db.t')");

    /// <summary>Runs statements on the warehouse in this process.</summary>
    public async Task ExecuteAsync(params string[] statements)
    {
        await using var session = new SessionBuilder().Build();
        foreach (var statement in statements.Prepend(CreateCatalog))
        {
            await using var result = await session.ExecuteAsync(statement);
        }
    }
}

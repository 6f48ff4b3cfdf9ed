using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.DuckDb.Native;

namespace Arctic.DuckDb.Sources;

/// <summary>What one run of a plan shares: the database, opened when a part of the plan first needs it, and the memory of our own operators.</summary>
internal sealed class BatchRun(DuckDbOptions options, EvaluationSettings settings) : IDisposable
{
    private readonly Lazy<DuckDatabase> _database = new(() => new DuckDatabase(options));

    /// <summary>The settings of DuckDB.</summary>
    public DuckDbOptions Options => options;

    /// <summary>What expressions depend on.</summary>
    public EvaluationSettings Settings => settings;

    /// <summary>The database.</summary>
    public DuckDatabase Database => _database.Value;

    /// <summary>Whether the run needed the database.</summary>
    public bool HasDatabase => _database.IsValueCreated;

    /// <summary>What the dataflow's operators may hold.</summary>
    public MemoryBudget Budget { get; } = new("operators of a batch query", options.MemoryBytesMax);

    public void Dispose()
    {
        if (HasDatabase)
        {
            Database.Dispose();
        }
    }
}

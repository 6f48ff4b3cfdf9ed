using Arctic.Dataflow.Connectors;
using Arctic.Sql.Logical;
using Arctic.Sql.Physical;

namespace Arctic.DuckDb;

/// <summary>Makes the source of a job that writes the result of a batch query.</summary>
internal static class BatchQuerySource
{
    /// <summary>A bounded source that runs the plan. It cannot be replayed: run it without checkpoints but the last one, so that all rows or none are committed.</summary>
    /// <param name="executor">Runs the plan.</param>
    /// <param name="plan">The query.</param>
    /// <param name="mode">The kinds of the rows: insert-only unless a bounded changelog passes straight through.</param>
    public static ISource Create(DuckBatchExecutor executor, LogicalPlan plan, ChangelogMode mode = ChangelogMode.Insert) =>
        new EnumerableSource(plan.Schema, SourceReplay.None, mode, token => executor.ExecuteAsync(plan, token));
}

using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.DuckDb.Sources;
using Arctic.Sql.Logical;

namespace Arctic.DuckDb;

/// <summary>
/// Runs batch plans: scans, filters, projections, unions and limits with our own kernels; joins, groups, sorts and set operations in DuckDB where it is proven to do them as Flink does, else
/// with the dataflow's operators. A plan without any of these never opens DuckDB. Thread-safe; keeps nothing between runs.
/// </summary>
/// <param name="options">How much of the machine a query may use.</param>
/// <param name="scans">Where tables' rows come from.</param>
/// <param name="settings">What expressions depend on.</param>
internal sealed class DuckBatchExecutor(DuckDbOptions options, IBatchScanProvider scans, EvaluationSettings settings)
{
    /// <summary>Which engine is asked first; tests compare the two.</summary>
    public BatchEngine Engine { get; init; } = BatchEngine.DuckDbWhereProven;

    /// <summary>Runs a plan.</summary>
    /// <param name="plan">A query, without a sink at its root.</param>
    /// <returns>Batches of the plan's schema, which the caller disposes; in the plan's order where its root orders. Insert-only unless a changelog passes straight through.</returns>
    /// <exception cref="ArcticException">
    /// <see cref="ErrorCodes.Unsupported"/>: the plan has something that no executor can do in batch; <see cref="ErrorCodes.ResourcesExhausted"/>: the query outgrew its memory; whatever a scan throws.
    /// </exception>
    public async IAsyncEnumerable<ChangeBatch> ExecuteAsync(LogicalPlan plan, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var source = new BatchSourcePlanner(scans, Engine).Plan(plan);
        using var run = new BatchRun(options, settings);
        await foreach (var batch in source.ReadAsync(run, cancellationToken).ConfigureAwait(false))
        {
            if (batch.RowCount == 0)
            {
                batch.Dispose();
                continue;
            }

            yield return batch;
        }
    }

    /// <summary>The plan as EXPLAIN shows what runs where: one line a step, DuckDB's with their SQL.</summary>
    public string Explain(LogicalPlan plan) => new BatchSourcePlanner(scans, Engine).Plan(plan).Describe("");
}

/// <summary>What joins, groups and sorts.</summary>
internal enum BatchEngine
{
    /// <summary>DuckDB where it is proven to do as Flink does, else the dataflow's operators.</summary>
    DuckDbWhereProven,

    /// <summary>The dataflow's operators alone.</summary>
    Operators,
}

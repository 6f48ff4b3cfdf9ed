using Arctic.Columnar;
using Arctic.Sql.Logical;

namespace Arctic.DuckDb;

/// <summary>Where batch queries get their tables' rows from; the session implements it with connectors and merge-on-read. Safe for concurrent calls.</summary>
internal interface IBatchScanProvider
{
    /// <summary>Starts a read of a table as of the statement's snapshot: each call gives the same rows, as often as a plan wants them.</summary>
    /// <param name="scan">The table, its columns in order, and a predicate that may be used for pruning only.</param>
    /// <returns>Batches with the scan's columns, which the caller disposes.</returns>
    IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, CancellationToken cancellationToken);
}

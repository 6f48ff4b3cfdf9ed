using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic;

/// <summary>
/// What a statement gives: rows, <c>OK</c>, or a job that was started. Rows come while they are read; dispose the result to stop a query that is still running.
/// </summary>
public sealed class QueryResult : IAsyncDisposable
{
    private readonly IAsyncEnumerable<ChangeBatch> _batches;
    private readonly Func<ValueTask> _dispose;
    private int _isRead;

    internal QueryResult(ResultKind kind, RowSchema schema, bool isChangelog, IAsyncEnumerable<ChangeBatch> batches, Func<ValueTask>? dispose = null)
    {
        Kind = kind;
        Schema = schema;
        IsChangelog = isChangelog;
        _batches = batches;
        _dispose = dispose ?? (() => ValueTask.CompletedTask);
    }

    /// <summary>What the statement gave.</summary>
    public ResultKind Kind { get; }

    /// <summary>The columns of the rows; of a statement without rows one column <c>result</c>.</summary>
    public RowSchema Schema { get; }

    /// <summary>Whether rows may take others back: a streaming query, whose rows' kinds matter. Otherwise every row is <c>+I</c>.</summary>
    public bool IsChangelog { get; }

    /// <summary>The name of the job that an INSERT started or ran; null for other statements.</summary>
    public string? JobName { get; internal init; }

    /// <summary>The rows, once. Each batch is valid until the next one is asked for; <see cref="ChangeBatch.Retain"/> keeps it.</summary>
    /// <exception cref="InvalidOperationException">The rows have been read already.</exception>
    /// <exception cref="Columnar.Errors.ArcticException">The query failed while it ran.</exception>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
        {
            throw new InvalidOperationException("The rows of a result can be read once.");
        }

        await foreach (var batch in _batches.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                yield return batch;
            }
            finally
            {
                batch.Dispose();
            }
        }
    }

    /// <summary>Stops the query if it still runs.</summary>
    public ValueTask DisposeAsync() => _dispose();
}

/// <summary>What a statement gave.</summary>
public enum ResultKind
{
    /// <summary>Rows of a query.</summary>
    Rows,

    /// <summary>Rows of a statement about the session or catalog: SHOW, DESCRIBE, EXPLAIN, SET.</summary>
    Listing,

    /// <summary>Nothing but success.</summary>
    Success,

    /// <summary>A job was started and runs on.</summary>
    JobStarted,

    /// <summary>A job ran to its end, and what it wrote is committed.</summary>
    JobFinished,
}

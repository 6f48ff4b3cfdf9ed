using System.Globalization;
using Arctic.Dataflow.Jobs;
using Arctic.SqlLogicTests.Running;

namespace Arctic.SqlLogicTests.Restoring;

/// <summary>
/// Runs statements whose jobs are killed halfway: each reader gives half of its rows, a checkpoint is taken, each gives one row more, which is lost, and the job is cancelled. The same statement
/// then goes on from the checkpoint with another parallelism.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="collected">Where queries write to.</param>
/// <param name="setInterruption">Told what the sources of the next statement obey.</param>
internal sealed class InterruptedStatements(Session session, CollectConnector collected, Action<Interruption?> setInterruption)
{
    private int _queryCount;

    /// <summary>The jobs that were killed and went on.</summary>
    public int InterruptionCount { get; private set; }

    /// <summary>Runs an INSERT or statement set.</summary>
    public async Task InsertAsync(ScriptStatement statement, CancellationToken cancellationToken)
    {
        await SetAsync("parallelism.default", "2", cancellationToken).ConfigureAwait(false);
        await SetAsync("table.dml-sync", "false", cancellationToken).ConfigureAwait(false);
        var isEnded = await RunToCheckpointAsync(statement, cancellationToken).ConfigureAwait(false);
        await SetAsync("table.dml-sync", "true", cancellationToken).ConfigureAwait(false);
        await SetAsync("parallelism.default", "3", cancellationToken).ConfigureAwait(false);
        if (!isEnded)
        {
            InterruptionCount++;
            await using var result = await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        }

        await SetAsync("parallelism.default", "1", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a query as an INSERT into a table of the connector <c>collect</c>: a SELECT has no checkpoints.</summary>
    public async Task<ResultRows> SelectAsync(ScriptStatement query, CancellationToken cancellationToken)
    {
        var table = string.Create(CultureInfo.InvariantCulture, $"default_catalog.default_database.slt_result_{++_queryCount}");
        await using (var unread = await session.ExecuteAsync(query, cancellationToken).ConfigureAwait(false))
        {
            var columns = unread.Schema.Fields.Select((f, i) => $"c{i} {f.Type.Name}");
            await ExecuteAsync($"CREATE TEMPORARY TABLE {table} ({string.Join(", ", columns)}) WITH ('connector' = 'collect')", cancellationToken).ConfigureAwait(false);
        }

        var insert = session.ParseScript($"INSERT INTO {table} {query.Text}", query.Script.Name).Statements[0];
        await InsertAsync(insert, cancellationToken).ConfigureAwait(false);
        return collected.RowsOf(table);
    }

    // Whether the job has ended: nothing held it, because nothing was left behind the first half.
    private async Task<bool> RunToCheckpointAsync(ScriptStatement statement, CancellationToken cancellationToken)
    {
        var interruption = new Interruption();
        setInterruption(interruption);
        try
        {
            await using var result = await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
            var job = session.Jobs.Single(j => j.Name == result.JobName);
            await Task.WhenAny(interruption.AtRest, job.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!interruption.IsHeld || job.Completion.IsCompleted)
            {
                await session.WaitForJobsAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (await job.TriggerCheckpointAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
                interruption.ReleaseOneRow();
                await Task.WhenAny(interruption.AtRest, job.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
                await job.CancelAsync().ConfigureAwait(false);
            }

            var isFinished = job.Status == JobStatus.Finished;

            // Makes the session forget the job; throws when it failed.
            await session.StopJobsAsync(cancellationToken).ConfigureAwait(false);
            return isFinished;
        }
        finally
        {
            setInterruption(null);
        }
    }

    private Task SetAsync(string key, string value, CancellationToken cancellationToken) => ExecuteAsync($"SET '{key}' = '{value}'", cancellationToken);

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        await using var result = await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
    }
}

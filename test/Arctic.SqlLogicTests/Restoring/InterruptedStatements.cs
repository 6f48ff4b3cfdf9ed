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
        await SetParallelismAsync(2, cancellationToken).ConfigureAwait(false);
        var isInterrupted = await RunToCheckpointAsync(statement, cancellationToken).ConfigureAwait(false);
        await SetParallelismAsync(3, cancellationToken).ConfigureAwait(false);
        if (isInterrupted)
        {
            InterruptionCount++;
            await using var result = await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
        }

        await SetParallelismAsync(1, cancellationToken).ConfigureAwait(false);
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
        await ExecuteAsync($"DROP TEMPORARY TABLE {table}", cancellationToken).ConfigureAwait(false);
        return collected.RowsOf(table);
    }

    // False when the job has ended: nothing held it, because nothing was left behind the first half.
    private async Task<bool> RunToCheckpointAsync(ScriptStatement statement, CancellationToken cancellationToken)
    {
        var interruption = new Interruption();
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        setInterruption(interruption);
        var running = session.ExecuteAsync(statement, giveUp.Token);
        await Task.WhenAny(interruption.AtRest, running).WaitAsync(cancellationToken).ConfigureAwait(false);
        setInterruption(null);
        if (running.IsCompleted || !interruption.IsHeld)
        {
            await using var result = await running.ConfigureAwait(false);
            return false;
        }

        // A wait that is given up leaves its job with the session.
        await giveUp.CancelAsync().ConfigureAwait(false);
        await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await KillBehindCheckpointAsync(session.Jobs.Single(), interruption, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task KillBehindCheckpointAsync(IJob job, Interruption interruption, CancellationToken cancellationToken)
    {
        if (await job.TriggerCheckpointAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
            interruption.ReleaseOneRow();
            await Task.WhenAny(interruption.AtRest, job.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        await job.CancelAsync().ConfigureAwait(false);

        // Makes the session forget the job; throws when it failed.
        await session.StopJobsAsync(cancellationToken).ConfigureAwait(false);
    }

    private Task SetParallelismAsync(int parallelism, CancellationToken cancellationToken) =>
        ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET 'parallelism.default' = '{parallelism}'"), cancellationToken);

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        await using var result = await session.ExecuteAsync(statement, cancellationToken).ConfigureAwait(false);
    }
}

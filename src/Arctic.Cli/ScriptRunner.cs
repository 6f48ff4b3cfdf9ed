using System.Diagnostics;
using Arctic.Cli.Output;
using Arctic.Columnar.Errors;

namespace Arctic.Cli;

/// <summary>Runs parsed scripts statement by statement: results to stdout, jobs in the background, then waits for the jobs.</summary>
internal sealed class ScriptRunner(Session session, CommandHost host, string output)
{
    /// <summary>Runs all statements; stops at the first that fails.</summary>
    /// <returns>The exit status.</returns>
    public async Task<int> RunAsync(IReadOnlyList<Script> scripts)
    {
        try
        {
            foreach (var statement in scripts.SelectMany(s => s.Statements))
            {
                var isEnd = statement.Syntax is Sql.Syntax.Statement.ClientCommand { Word: "QUIT" or "EXIT" };
                if (!isEnd)
                {
                    await RunPlacedAsync(statement);
                }

                if (isEnd || host.Stopping.IsCancellationRequested)
                {
                    break;
                }
            }

            await session.WaitForJobsAsync(host.Stopping);
        }
        catch (OperationCanceledException) when (host.Stopping.IsCancellationRequested)
        {
            // A signal: jobs are stopped with a checkpoint below.
        }
        catch (Exception e) when (e is ArcticException or BrokenPipeException)
        {
            await StopAfterAsync(e);
            throw;
        }

        await session.StopJobsAsync(CancellationToken.None);
        return ExitCodes.Success;
    }

    // The error that ended the script is told last; a job that fails while it is stopped is told of before it.
    private async Task StopAfterAsync(Exception error)
    {
        try
        {
            await session.StopJobsAsync(CancellationToken.None);
        }
        catch (ArcticException e)
        {
            if (e.Message != error.Message)
            {
                host.WriteError(e);
            }
        }
    }

    // An error without a place of its own gets that of its statement.
    private async Task RunPlacedAsync(ScriptStatement statement)
    {
        try
        {
            await RunAsync(statement);
        }
        catch (ArcticException e) when (e.Position is null)
        {
            throw new ArcticException(e.Code, e.Message, e) { Hint = e.Hint, Position = statement.Position };
        }
    }

    private async Task RunAsync(ScriptStatement statement)
    {
        var clock = Stopwatch.StartNew();
        await using var result = await session.ExecuteAsync(statement, host.Stopping);
        switch (result.Kind)
        {
            case ResultKind.Rows or ResultKind.Listing:
                await PrintAsync(result, clock);
                break;
            case ResultKind.JobStarted:
                host.WriteNotice($"[INFO] Job '{result.JobName}' has been started.");
                break;
            case ResultKind.JobFinished:
                host.WriteNotice($"[INFO] Job '{result.JobName}' has finished; its rows are committed.");
                break;
            case ResultKind.Success when output == "table":
                host.WriteNotice("[INFO] Execute statement succeeded.");
                break;
        }
    }

    private async Task PrintAsync(QueryResult result, Stopwatch clock)
    {
        var printer = ResultPrinters.Create(output, result, session, host.Output, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(host.Stopping);
        var jobs = result.IsChangelog ? StopWhenJobFailsAsync(stop) : Task.CompletedTask;
        try
        {
            await PrintRowsAsync(result, printer, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await jobs;
        }
    }

    private async Task PrintRowsAsync(QueryResult result, IResultPrinter printer, CancellationToken stopped)
    {
        var isInterrupted = false;
        printer.Begin();
        try
        {
            await foreach (var batch in result.ReadAsync(stopped))
            {
                printer.Write(batch);
                if (result.IsChangelog)
                {
                    host.Output.Flush();
                }
            }
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            isInterrupted = true;
        }

        printer.End(isInterrupted);
        host.Output.Flush();
    }

    // A streaming SELECT may show what a job of the same script writes: when that fails, there is nothing left to wait for.
    private async Task StopWhenJobFailsAsync(CancellationTokenSource stop)
    {
        try
        {
            await session.WaitForJobsAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The SELECT ended first.
        }
        catch (ArcticException)
        {
            await stop.CancelAsync();
            throw;
        }
    }
}

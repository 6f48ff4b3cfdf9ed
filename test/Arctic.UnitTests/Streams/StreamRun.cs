using Arctic.Dataflow.Jobs;
using Arctic.Streams;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.Streams;

/// <summary>Runs of jobs that have no end.</summary>
internal static class StreamRun
{
    /// <summary>Runs a job until a table has had so many changes, then stops it.</summary>
    /// <param name="watching">Reads the table.</param>
    public static async Task<JobStatus> UntilAsync(StreamEnvironment job, Session watching, string table, int changes, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = job.ExecuteAsync(stop.Token);
        using var watch = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var seen = watching.WaitForChangesAsync(table, changes, watch.Token);
        await Task.WhenAny(running, seen);
        await stop.CancelAsync();
        try
        {
            return await running;
        }
        finally
        {
            await watch.CancelAsync();
            await seen.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}

/// <summary>From one operation of a store on nothing works any more; counted once it is told to.</summary>
internal sealed class CrashAt(int operation, FaultKind kind) : IFaultPlan
{
    private int _operations = int.MinValue;

    public void Start() => Interlocked.Exchange(ref _operations, 0);

    public Fault Next(StoreOperation next, string location)
    {
        var number = Interlocked.Increment(ref _operations);
        return number < operation ? Fault.None : new Fault(number == operation ? kind : FaultKind.FailBefore);
    }
}

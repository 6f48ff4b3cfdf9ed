using Arctic.Columnar.Errors;
using Arctic.Columnar.Randomness;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Graph;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow.Jobs;

/// <summary>Runs jobs in this process, side by side in one pool of slots.</summary>
public sealed class LocalJobExecutor : IJobExecutor
{
    private readonly IObjectStore _store;
    private readonly SlotPool _slots;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;

    /// <summary>Makes an executor.</summary>
    /// <param name="store">Where checkpoints lie.</param>
    /// <param name="slots">Shared by all jobs of the process.</param>
    /// <param name="time">The clock of intervals, delays and operators.</param>
    /// <param name="random">The source of names that must differ; used under a lock.</param>
    /// <param name="loggers">Makes the jobs' log.</param>
    public LocalJobExecutor(IObjectStore store, SlotPool slots, TimeProvider time, Random random, ILoggerFactory loggers) =>
        (_store, _slots, _time, _random, _logger) = (store, slots, time, random, loggers.CreateLogger(DataflowTelemetry.Name));

    /// <inheritdoc/>
    public ValueTask<IJob> StartAsync(JobRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        request.Options.Check();
        JobGraphCheck.Check(request.Graph, request.Options.MaxParallelism);
        var checkpoints = request.Recovery == JobRecovery.None ? null : new CheckpointStore(_store, new JobPaths(CheckpointDirOf(request), request.Name));
        var slots = _slots.Take(request.Name, request.Graph.Vertices.Max(v => v.Parallelism));
        var cancelled = new CancellationTokenSource();
        var context = new JobContext(request, checkpoints, _time, NextRandom(), _logger, cancelled.Token);
        return ValueTask.FromResult<IJob>(new LocalJob(context, slots, cancelled));
    }

    private static string CheckpointDirOf(JobRequest request) => request.Options.CheckpointDir ?? throw new ArcticException(
        ErrorCodes.InvalidOption, $"Job '{request.Name}' needs a folder for its checkpoints, but 'execution.checkpointing.dir' is not set.");

    private Random NextRandom()
    {
        lock (_random)
        {
            return EntropyRandom.Fork(_random);
        }
    }
}

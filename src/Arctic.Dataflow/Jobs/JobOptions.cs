using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;

namespace Arctic.Dataflow.Jobs;

/// <summary>How jobs run.</summary>
public sealed record JobOptions
{
    /// <summary>The number of subtasks of a vertex that asks for none of its own. At least 1.</summary>
    [Option("parallelism.default", Aliases = ["parallelism"])]
    public int DefaultParallelism { get; init; } = 1;

    /// <summary>The number of key groups that keyed state is cut into: the greatest parallelism that a restore can choose. 1 to 32768; fixed for the life of a job.</summary>
    [Option("pipeline.max-parallelism")]
    public int MaxParallelism { get; init; } = 128;

    /// <summary>The slots of a process; a job takes as many as its widest vertex has subtasks. At least 1.</summary>
    [Option("taskmanager.numberOfTaskSlots")]
    public int TaskSlots { get; init; } = 16;

    /// <summary>From the start of one checkpoint to the start of the next. 0 takes none but the last one of a job that ends: nothing is visible before.</summary>
    [Option("execution.checkpointing.interval")]
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The folder below which jobs keep their checkpoints; a path or URI. Null takes the session's default.</summary>
    [Option("execution.checkpointing.dir", Aliases = ["state.checkpoints.dir"])]
    public string? CheckpointDir { get; init; }

    /// <summary>The checkpoints that are kept. At least 2, so that a damaged one has a predecessor.</summary>
    [Option("execution.checkpointing.num-retained", Aliases = ["state.checkpoints.num-retained"])]
    public int CheckpointsRetained { get; init; } = 2;

    /// <summary>How long a checkpoint may take until it is given up and a new one is tried.</summary>
    [Option("execution.checkpointing.timeout")]
    public TimeSpan CheckpointTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What happens when a task fails with an error that a retry may help.</summary>
    [Option("restart-strategy.type", Aliases = ["restart-strategy"])]
    public RestartStrategy RestartStrategy { get; init; } = RestartStrategy.FixedDelay;

    /// <summary>How often a job recovers without a committed checkpoint in between before it fails. At least 0.</summary>
    [Option("restart-strategy.fixed-delay.attempts")]
    public int RestartAttempts { get; init; } = 3;

    /// <summary>The wait before a job recovers.</summary>
    [Option("restart-strategy.fixed-delay.delay")]
    public TimeSpan RestartDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The batches that wait in one channel of an exchange before its sender has to. At least 1.</summary>
    [Option("execution.exchange.queue-batches-max")]
    public int ExchangeQueueBatchesMax { get; init; } = 8;

    /// <summary>The rows to which an exchange joins small batches while more input is at hand. At least 1.</summary>
    [Option("execution.exchange.batch-rows-target")]
    public int ExchangeBatchRowsTarget { get; init; } = 4096;

    /// <summary>The longest that rows wait in an exchange to be joined while more input is at hand; an idle input never makes them wait.</summary>
    [Option("execution.buffer-timeout.interval", Aliases = ["execution.buffer-timeout"])]
    public TimeSpan ExchangeFlushInterval { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>How often watermarks of processing time are told.</summary>
    [Option("pipeline.auto-watermark-interval")]
    public TimeSpan WatermarkInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a subtask of a source must give no rows until event time does not wait for it; 0 waits for ever.</summary>
    [Option("table.exec.source.idle-timeout")]
    public TimeSpan SourceIdleTimeout { get; init; } = TimeSpan.Zero;

    /// <summary>How long state that is not written is kept; what has been idle for longer is forgotten, and starts anew. 0 keeps it for ever. A restore counts as writing.</summary>
    [Option("table.exec.state.ttl")]
    public TimeSpan StateTtl { get; init; } = TimeSpan.Zero;

    /// <summary>Refuses values out of their range.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public JobOptions Check()
    {
        Require(DefaultParallelism >= 1 && DefaultParallelism <= MaxParallelism, "parallelism.default", DefaultParallelism, $"1 to 'pipeline.max-parallelism' ({MaxParallelism})");
        Require(MaxParallelism is >= 1 and <= 32768, "pipeline.max-parallelism", MaxParallelism, "1 to 32768");
        Require(TaskSlots >= 1, "taskmanager.numberOfTaskSlots", TaskSlots, "at least 1");
        Require(CheckpointInterval >= TimeSpan.Zero, "execution.checkpointing.interval", CheckpointInterval, "0 or more");
        Require(CheckpointsRetained >= 2, "execution.checkpointing.num-retained", CheckpointsRetained, "at least 2, so that a damaged checkpoint has a predecessor");
        Require(CheckpointTimeout > TimeSpan.Zero, "execution.checkpointing.timeout", CheckpointTimeout, "more than 0");
        Require(RestartAttempts >= 0, "restart-strategy.fixed-delay.attempts", RestartAttempts, "0 or more");
        Require(RestartDelay >= TimeSpan.Zero, "restart-strategy.fixed-delay.delay", RestartDelay, "0 or more");
        Require(ExchangeQueueBatchesMax >= 1, "execution.exchange.queue-batches-max", ExchangeQueueBatchesMax, "at least 1");
        Require(ExchangeBatchRowsTarget >= 1, "execution.exchange.batch-rows-target", ExchangeBatchRowsTarget, "at least 1");
        Require(ExchangeFlushInterval >= TimeSpan.Zero, "execution.buffer-timeout.interval", ExchangeFlushInterval, "0 or more");
        Require(WatermarkInterval > TimeSpan.Zero, "pipeline.auto-watermark-interval", WatermarkInterval, "more than 0");
        Require(SourceIdleTimeout >= TimeSpan.Zero, "table.exec.source.idle-timeout", SourceIdleTimeout, "0 or more");
        Require(StateTtl >= TimeSpan.Zero, "table.exec.state.ttl", StateTtl, "0 or more");
        return this;
    }

    private static void Require(bool isFine, string key, object value, string expected)
    {
        if (!isFine)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{key}' is {value}, but must be {expected}.");
        }
    }
}

/// <summary>What happens when a task fails with an error that a retry may help.</summary>
public enum RestartStrategy
{
    /// <summary>The job fails.</summary>
    None,

    /// <summary>The job waits and recovers from its newest checkpoint.</summary>
    FixedDelay,
}

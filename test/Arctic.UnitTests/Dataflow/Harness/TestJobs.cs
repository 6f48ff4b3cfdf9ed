using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Arctic.UnitTests.Dataflow.Harness;

/// <summary>Starts jobs over a store in memory, and waits for what happens to them by name.</summary>
internal sealed class TestJobs(IObjectStore? store = null, TimeProvider? time = null, int slots = 16)
{
    /// <summary>No checkpoint but those that a test asks for; recovery without a wait.</summary>
    public static readonly JobOptions Options = new() { CheckpointDir = "memory:///checkpoints", CheckpointInterval = TimeSpan.Zero, RestartDelay = TimeSpan.Zero };

    private readonly SlotPool _slots = new(slots);

    public IObjectStore Store { get; } = store ?? new MemoryObjectStore(TimeProvider.System);

    public SlotPool Slots => _slots;

    public async Task<RunningJob> StartAsync(JobGraph graph, JobOptions? options = null, string name = "job", JobRecovery recovery = JobRecovery.FromCheckpoints)
    {
        var executor = new LocalJobExecutor(Store, _slots, time ?? TimeProvider.System, new Random(7), NullLoggerFactory.Instance);
        var events = new JobEvents();
        var job = await executor.StartAsync(
            new JobRequest { Name = name, Graph = graph, Options = options ?? Options, Recovery = recovery, OnEvent = events.Add }, CancellationToken.None);
        return new RunningJob(job, events);
    }

    /// <summary>Source, exchange by value, totals and sink.</summary>
    public static JobGraph TotalsGraph(ISource source, ISink sink, int parallelism = 1) => Graph(source, sink, parallelism, () => new TotalsOperator());

    /// <summary>Source, exchange by value, operators and sink.</summary>
    public static JobGraph Graph(ISource source, ISink sink, int parallelism = 1, params Func<StreamOperator>[] operators) => new()
    {
        Vertices =
        [
            new JobVertex { Name = "Numbers", Parallelism = parallelism, Source = source },
            new JobVertex { Name = "Totals", Parallelism = sink.Parallelism ?? parallelism, Operators = operators, Sink = sink, SinkId = "job/sink" },
        ],
        Edges = [new JobEdge(0, 1, 0, new ExchangeKind.Partitioned(new ValuePartitioner()))],
    };
}

/// <summary>A job and what has happened to it.</summary>
internal sealed record RunningJob(IJob Job, JobEvents Events) : IAsyncDisposable
{
    public async Task FinishAsync()
    {
        await Job.Completion.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(JobStatus.Finished, Job.Status);
    }

    public ValueTask DisposeAsync() => Job.DisposeAsync();
}

/// <summary>The events of one job, in order.</summary>
internal sealed class JobEvents
{
    private readonly Lock _lock = new();
    private readonly List<JobEvent> _events = [];
    private readonly List<(Func<JobEvent, bool> IsMet, TaskCompletionSource<JobEvent> Met)> _waiting = [];

    public List<JobEvent> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    public void Add(JobEvent happened)
    {
        lock (_lock)
        {
            _events.Add(happened);
            _waiting.RemoveAll(w => w.IsMet(happened) && w.Met.TrySetResult(happened));
        }
    }

    /// <summary>The first event of a kind that meets a condition, past or to come.</summary>
    public async Task<T> WhenAsync<T>(Func<T, bool>? condition = null)
        where T : JobEvent
    {
        bool IsMet(JobEvent happened) => happened is T wanted && (condition is null || condition(wanted));
        var met = new TaskCompletionSource<JobEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_events.FirstOrDefault(IsMet) is { } past)
            {
                return (T)past;
            }

            _waiting.Add((IsMet, met));
        }

        return (T)await met.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }
}

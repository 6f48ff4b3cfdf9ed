using System.Diagnostics;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// Draws the subtasks of a graph, the exchanges between them, and what each gets back of a checkpoint. The result owns everything; when <see cref="Build"/> fails, disposing the builder closes
/// what had been made by then.
/// </summary>
internal sealed class ExecutionBuilder : IAsyncDisposable
{
    private readonly JobContext _job;
    private readonly RestorePoint _point;
    private readonly ITaskListener _listener;
    private readonly Dictionary<(int Vertex, int Subtask), InputGate> _gates = [];
    private readonly Dictionary<int, SourceCoordinator> _sources = [];
    private readonly List<IAsyncDisposable> _made = [];
    private readonly List<TaskOutput> _outputs = [];

    public ExecutionBuilder(JobContext job, RestorePoint point, ITaskListener listener) => (_job, _point, _listener) = (job, point, listener);

    private JobGraph Graph => _job.Graph;

    public ExecutionParts Build()
    {
        var tasks = new List<StreamTask>();
        for (var vertex = 0; vertex < Graph.Vertices.Count; vertex++)
        {
            if (Graph.Vertices[vertex].Source is { } source)
            {
                _sources.Add(vertex, CreateCoordinator(vertex, source));
            }

            for (var subtask = 0; subtask < Graph.Vertices[vertex].Parallelism; subtask++)
            {
                if (Graph.Vertices[vertex].Source is null)
                {
                    _gates.Add((vertex, subtask), CreateGate(vertex));
                }
            }
        }

        for (var vertex = 0; vertex < Graph.Vertices.Count; vertex++)
        {
            for (var subtask = 0; subtask < Graph.Vertices[vertex].Parallelism; subtask++)
            {
                tasks.Add(CreateTask(vertex, subtask));
            }
        }

        return new ExecutionParts(tasks, _gates.Values.ToList(), _sources);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _made.DisposeAllAsync().ConfigureAwait(false);
        }
        finally
        {
            _outputs.ForEach(o => o.Drop());
        }
    }

    private T Made<T>(T part)
        where T : IAsyncDisposable
    {
        _made.Add(part);
        return part;
    }

    private SourceCoordinator CreateCoordinator(int vertex, ISource source)
    {
        var parallelism = Graph.Vertices[vertex].Parallelism;
        var restored = _point.SourceOf(vertex);
        var enumerator = restored is { IsFinished: true } ? null : source.CreateEnumerator(SourceContextOf(vertex, -1), restored?.Enumerator ?? default);
        var coordinator = Made(new SourceCoordinator(vertex, enumerator, source.Assignment, parallelism, _listener));

        // Splits stay with their readers; at another parallelism they are dealt out in turn.
        var isRescaled = restored is not null && restored.Parallelism != parallelism;
        var next = 0;
        foreach (var entry in restored?.Splits ?? [])
        {
            var split = new SourceSplit(entry.Id, entry.State);
            var subtask = enumerator?.FindReader(split) ?? (isRescaled ? next++ % parallelism : entry.Subtask);
            coordinator.Restore(subtask, split);
        }

        return coordinator;
    }

    private InputGate CreateGate(int vertex)
    {
        var inputs = InputsOf(vertex).SelectMany(edge => Enumerable.Repeat(edge.Input, ChannelCountOf(edge))).ToList();
        return new InputGate(inputs, _job.Options.ExchangeQueueBatchesMax);
    }

    private StreamTask CreateTask(int index, int subtask)
    {
        var vertex = Graph.Vertices[index];
        var counters = _job.AddCounters(index);
        var keyGroups = KeyGroupRange.Of(subtask, vertex.Parallelism, _job.Options.MaxParallelism);
        var writer = vertex.Sink is { } sink ? Made(sink.CreateWriter(SinkContextOf(index, subtask))) : null;
        var output = writer is not null ? new SinkOutput(writer, counters) : CreateOutput(index, subtask, counters);
        _outputs.Add(output);
        var chain = new OperatorChain(vertex.Operators.Select(create => Made(create())).ToList(), output, (place, next) => OperatorContextOf(index, subtask, place, next, keyGroups));
        var parts = new StreamTaskParts
        {
            Vertex = index,
            VertexName = vertex.Name,
            Subtask = subtask,
            Parallelism = vertex.Parallelism,
            Chain = chain,
            Output = output,
            Writer = writer,
            Counters = counters,
            Listener = _listener,
            Time = _job.Time,
            SaveState = (file, barrier, cancellationToken) => StoreOf().SaveStateAsync(file.Content, _job.Incarnation, barrier.Try, index, subtask, cancellationToken),
            StateOf = place => _point.State?.ReaderOf(index, place, keyGroups),
        };
        if (vertex.Source is not { } source)
        {
            return new ExchangeTask(parts, _gates[(index, subtask)]);
        }

        var reader = _point.SourceOf(index) is { IsFinished: true } ? null : Made(source.CreateReader(SourceContextOf(index, subtask)));
        return new SourceTask(parts, _sources[index], reader);
    }

    private CheckpointStore StoreOf() => _job.Checkpoints ?? throw new UnreachableException("Only a job with recovery snapshots state.");

    private TaskOutput CreateOutput(int vertex, int subtask, SubtaskCounters counters)
    {
        var edges = Graph.Edges.Where(e => e.From == vertex).Select(e => CreateEdge(e, subtask)).ToList();
        return edges.Count == 0 ? new DiscardOutput() : new ExchangeOutput(edges, counters);
    }

    private EdgeWriter CreateEdge(JobEdge edge, int subtask) => edge.Exchange switch
    {
        ExchangeKind.Forward => new ForwardEdgeWriter(ChannelOf(edge, subtask, subtask)),
        ExchangeKind.Rebalance => new RebalanceEdgeWriter(ChannelsOf(edge, subtask), subtask),
        ExchangeKind.Broadcast => new BroadcastEdgeWriter(ChannelsOf(edge, subtask)),
        ExchangeKind.Partitioned(var partitioner) => new PartitionedEdgeWriter(
            ChannelsOf(edge, subtask), partitioner, _job.Options.ExchangeBatchRowsTarget, _job.Options.ExchangeFlushInterval, _job.Time),
        var other => throw new UnreachableException($"Exchange {other}"),
    };

    private List<IExchange> ChannelsOf(JobEdge edge, int subtask) =>
        Enumerable.Range(0, Graph.Vertices[edge.To].Parallelism).Select(target => ChannelOf(edge, subtask, target)).ToList();

    // The channels of a gate lie edge by edge in the order of the inputs, and in each edge by the sending subtask.
    private IExchange ChannelOf(JobEdge edge, int from, int to)
    {
        var before = InputsOf(edge.To).TakeWhile(e => !ReferenceEquals(e, edge)).Sum(ChannelCountOf);
        return _gates[(edge.To, to)].SenderOf(before + (edge.Exchange is ExchangeKind.Forward ? 0 : from));
    }

    private IEnumerable<JobEdge> InputsOf(int vertex) => Graph.Edges.Where(e => e.To == vertex).OrderBy(e => e.Input);

    private int ChannelCountOf(JobEdge edge) => edge.Exchange is ExchangeKind.Forward ? 1 : Graph.Vertices[edge.From].Parallelism;

    private SourceContext SourceContextOf(int vertex, int subtask) => new()
    {
        Name = Graph.Vertices[vertex].Name,
        Parallelism = Graph.Vertices[vertex].Parallelism,
        Subtask = subtask,
        Time = _job.Time,
        Logger = _job.Logger,
    };

    private SinkContext SinkContextOf(int vertex, int subtask) => new()
    {
        Name = Graph.Vertices[vertex].Name,
        SinkId = Graph.Vertices[vertex].SinkId ?? throw new UnreachableException("A sink has an id."),
        Incarnation = _job.Incarnation,
        Parallelism = Graph.Vertices[vertex].Parallelism,
        Subtask = subtask,
        Time = _job.Time,
        Random = _job.NewRandom(),
        Logger = _job.Logger,
    };

    private OperatorContext OperatorContextOf(int vertex, int subtask, int place, IOperatorOutput next, KeyGroupRange keyGroups) => new()
    {
        Output = next,
        Name = Graph.Vertices[vertex].Operators.Count == 1 ? Graph.Vertices[vertex].Name : $"{Graph.Vertices[vertex].Name} [{place}]",
        Parallelism = Graph.Vertices[vertex].Parallelism,
        Subtask = subtask,
        KeyGroups = keyGroups,
        Time = _job.Time,
        Logger = _job.Logger,
    };
}

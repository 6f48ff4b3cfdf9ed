using Arctic.Columnar.Randomness;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Runtime;
using Microsoft.Extensions.Logging;

namespace Arctic.Dataflow.Jobs;

/// <summary>What the states of one job share. Only the job's own loop writes it; <see cref="Snapshot"/> may be called by anybody.</summary>
internal sealed class JobContext
{
    private readonly Lock _lock = new();
    private readonly List<SubtaskCounters>[] _counters;
    private readonly Random _random;
    private long _tries;
    private long _committed;
    private long _abandoned;
    private int _restarts;
    private TimeSpan? _lastDuration;

    public JobContext(JobRequest request, CheckpointStore? checkpoints, TimeProvider time, Random random, ILogger logger, CancellationToken cancelled)
    {
        (Request, Checkpoints, Time, _random, Logger, Cancelled) = (request, checkpoints, time, random, logger, cancelled);
        _counters = request.Graph.Vertices.Select(_ => new List<SubtaskCounters>()).ToArray();
        Plan = $"{request.Graph.Fingerprint}\npipeline.max-parallelism: {request.Options.MaxParallelism}";
    }

    public JobRequest Request { get; }

    public string Name => Request.Name;

    public JobGraph Graph => Request.Graph;

    public JobOptions Options => Request.Options;

    /// <summary>Null for a job without recovery.</summary>
    public CheckpointStore? Checkpoints { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>Set when the user cancels the job.</summary>
    public CancellationToken Cancelled { get; }

    /// <summary>What state is given back to only if it is equal.</summary>
    public string Plan { get; }

    /// <summary>The run; 0 until it is claimed.</summary>
    public Incarnation Incarnation { get; set; }

    /// <summary>The checkpoints that were over when the job began; null until it is claimed.</summary>
    public CheckpointId? OverAtClaim { get; set; }

    /// <summary>Recoveries since the last committed checkpoint.</summary>
    public int RestartsInARow { get; private set; }

    /// <summary>What the user asks for while the job runs.</summary>
    public JobControl Control { get; } = new();

    /// <summary>Numbers tries of checkpoints; never repeats within a run.</summary>
    public long NextTry() => ++_tries;

    /// <summary>A source of its own for one part, from the job's seed.</summary>
    public Random NewRandom()
    {
        lock (_random)
        {
            return EntropyRandom.Fork(_random);
        }
    }

    public SubtaskCounters AddCounters(int vertex)
    {
        var counters = new SubtaskCounters(Name, Graph.Vertices[vertex].Name);
        lock (_lock)
        {
            _counters[vertex].Add(counters);
        }

        return counters;
    }

    public void Tell(JobEvent happened) => Request.OnEvent?.Invoke(happened);

    public void CountRestart()
    {
        RestartsInARow++;
        DataflowTelemetry.Restarts.Add(1, new KeyValuePair<string, object?>("job", Name));
        lock (_lock)
        {
            _restarts++;
        }
    }

    public void CountCommitted(TimeSpan duration)
    {
        RestartsInARow = 0;
        DataflowTelemetry.Checkpoints.Add(1, new("job", Name), new("outcome", "committed"));
        DataflowTelemetry.CheckpointSeconds.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("job", Name));
        lock (_lock)
        {
            _committed++;
            _lastDuration = duration;
        }
    }

    public void CountAbandoned()
    {
        DataflowTelemetry.Checkpoints.Add(1, new("job", Name), new("outcome", "abandoned"));
        lock (_lock)
        {
            _abandoned++;
        }
    }

    public JobMetrics Snapshot()
    {
        lock (_lock)
        {
            return new JobMetrics
            {
                Vertices = Graph.Vertices.Select((v, i) => Sum(v.Name, _counters[i])).ToList(),
                CheckpointsCommitted = _committed,
                CheckpointsAbandoned = _abandoned,
                LastCheckpointDuration = _lastDuration,
                Restarts = _restarts,
            };
        }
    }

    private static VertexMetrics Sum(string name, List<SubtaskCounters> counters) =>
        new(name, counters.Sum(c => c.RowsIn), counters.Sum(c => c.RowsOut), counters.Sum(c => c.BatchesOut), counters.Sum(c => c.BytesOut));
}

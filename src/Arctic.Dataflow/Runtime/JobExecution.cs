using System.Threading.Channels;
using Arctic.Dataflow.Checkpoints;
using Arctic.Dataflow.Jobs;

namespace Arctic.Dataflow.Runtime;

/// <summary>The tasks, exchanges and source coordinators of one attempt. Disposing it ends them all and gives every batch back.</summary>
internal sealed class JobExecution : IAsyncDisposable, ITaskListener
{
    private readonly CancellationTokenSource _ending = new();

    // Holds at most an answer of each subtask and barrier under way, an end of each source, one of all tasks and a few ticks; so it is bounded by its writers.
    private readonly Channel<ExecutionMessage> _messages = Channel.CreateUnbounded<ExecutionMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly List<Task> _running = [];
    private ExecutionParts _parts = new([], [], new Dictionary<int, SourceCoordinator>());

    private JobExecution()
    {
    }

    /// <summary>Makes everything that the attempt needs; nothing of it stays when a part cannot be made.</summary>
    public static async Task<JobExecution> CreateAsync(JobContext job, RestorePoint point)
    {
        var execution = new JobExecution();
        var builder = new ExecutionBuilder(job, point, execution);
        try
        {
            execution._parts = builder.Build();
            return execution;
        }
        catch
        {
            try
            {
                await builder.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                Log.ClosingFailed(job.Logger, error, job.Name);
            }

            execution._ending.Dispose();
            throw;
        }
    }

    public int SubtaskCount => _parts.Tasks.Count;

    /// <summary>Whether every source's readers have been told of the end.</summary>
    public bool AreSourcesFinished => _parts.Sources.Values.All(s => s.IsFinished);

    /// <summary>Starts every task, then the sources.</summary>
    public void Start()
    {
        foreach (var task in _parts.Tasks)
        {
            // A loop of its own on the pool: an operator that computes for long must not hold the next task up.
            _running.Add(Task.Run(() => task.RunAsync(_ending.Token), CancellationToken.None));
        }

        foreach (var source in _parts.Sources.Values)
        {
            source.Start();
        }
    }

    /// <summary>Sends a barrier into every source.</summary>
    /// <returns>Where each source stood, without the splits of its readers, which come with their answers.</returns>
    public IReadOnlyList<SourceEntry> SendBarrier(CheckpointBarrier barrier) => _parts.Sources
        .Select(s =>
        {
            var (enumerator, isFinished) = s.Value.SendBarrier(barrier);
            return new SourceEntry { Vertex = s.Key, Parallelism = s.Value.Parallelism, IsFinished = isFinished, Enumerator = enumerator, Splits = [] };
        })
        .ToList();

    /// <summary>Lets the tasks go, from the sources on, and waits until they have; what is still in flight is delivered.</summary>
    /// <param name="cancellationToken">Gives the wait up: a sink whose reader has gone takes nothing any more.</param>
    /// <exception cref="Exception">What a task failed with meanwhile.</exception>
    public async ValueTask CloseAsync(CancellationToken cancellationToken)
    {
        foreach (var source in _parts.Sources.Values)
        {
            source.Close();
        }

        // A failure is told before its task ends, so it comes out before this.
        _ = PostWhenEndedAsync();
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is var message && message is not ExecutionMessage.TasksEnded)
        {
            if (message is ExecutionMessage.Failed(var error))
            {
                throw error;
            }
        }
    }

    public ValueTask<ExecutionMessage> ReceiveAsync(CancellationToken cancellationToken) => _messages.Reader.ReadAsync(cancellationToken);

    public void Post(ExecutionMessage message) => _messages.Writer.TryWrite(message);

    ValueTask ITaskListener.AcknowledgeAsync(SubtaskSnapshot snapshot, CancellationToken cancellationToken)
    {
        Post(new ExecutionMessage.Acknowledged(snapshot));
        return ValueTask.CompletedTask;
    }

    void ITaskListener.Fail(Exception error) => Post(new ExecutionMessage.Failed(error));

    void ITaskListener.SourceEnded(int vertex) => Post(new ExecutionMessage.SourceEnded(vertex));

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        foreach (var gate in _parts.Gates)
        {
            gate.Abort();
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
        try
        {
            await _parts.Sources.Values.Concat<IAsyncDisposable>(_parts.Tasks).DisposeAllAsync().ConfigureAwait(false);
        }
        finally
        {
            // Reads that the sources gave up may have held its token until now.
            _ending.Dispose();
        }
    }

    private async Task PostWhenEndedAsync()
    {
        await Task.WhenAll(_running).ConfigureAwait(false);
        Post(new ExecutionMessage.TasksEnded());
    }
}

/// <summary>What an execution consists of.</summary>
/// <param name="Tasks">All subtasks.</param>
/// <param name="Gates">The gates of those with inputs.</param>
/// <param name="Sources">The coordinators, by vertex.</param>
internal sealed record ExecutionParts(IReadOnlyList<StreamTask> Tasks, IReadOnlyList<InputGate> Gates, IReadOnlyDictionary<int, SourceCoordinator> Sources);

using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Iceberg.Mapping;

namespace Arctic.Streams;

/// <summary>
/// A job that a program draws: sources, steps, sinks. Its name keys its checkpoints and its commits, so that a job of the same name and steps goes on where the last run of it has stopped,
/// each row counted once. Not thread-safe while it is drawn.
/// </summary>
public sealed class StreamEnvironment
{
    private readonly Session _session;
    private readonly JobOptions? _options;
    private readonly List<StreamEnd> _ends = [];

    internal StreamEnvironment(Session session, string name, JobOptions? options) => (_session, Name, _options) = (session, name, options);

    /// <summary>The job's name.</summary>
    public string Name { get; }

    /// <summary>The rows of a table as records: those properties that are columns are read, and nothing else.</summary>
    /// <param name="table">The name as SQL has it: <c>lake.shop.orders</c>.</param>
    /// <param name="options">What is read of it; null reads the table as it is when the job starts.</param>
    public DataStream<T> FromTable<T>(string table, TableSourceOptions? options = null) => FromSql<T>((options ?? new()).ToSql(table), $"the table '{table}'");

    /// <summary>The rows of a query as records. It runs as a stream: an aggregate gives a change whenever a group changes, which <see cref="DataStream{T}.AsChanges"/> shows.</summary>
    /// <param name="query">A SELECT.</param>
    public DataStream<T> FromSql<T>(string query) => FromSql<T>(query, "the query");

    /// <summary>Rows that are at hand. Bounded; a restarted job goes on behind the last row that was committed.</summary>
    /// <param name="rows">Must be the same ones, in the same order, in each run of the job.</param>
    public DataStream<T> FromCollection<T>(IEnumerable<T> rows, string name = "Collection") =>
        FromSource<T>(name, _ => new RecordSource<T>(_ => EachAsync(rows), isBounded: true, RecordReplay.SameRows), isSingle: true);

    /// <summary>Rows as they come, for as long as they come. They are written with the checkpoints, not only at the end.</summary>
    /// <param name="read">Starts a read; called once a run.</param>
    /// <param name="replay">Whether each read gives the same rows from the first on. Without it a crash loses what came since the last checkpoint.</param>
    public DataStream<T> FromAsyncEnumerable<T>(Func<CancellationToken, IAsyncEnumerable<T>> read, RecordReplay replay, string name = "AsyncEnumerable") =>
        FromSource<T>(name, _ => new RecordSource<T>(read, isBounded: false, replay), isSingle: true);

    /// <summary>The rows of a source of the caller's as records.</summary>
    /// <param name="name">What the source is, in plans.</param>
    public DataStream<T> FromSource<T>(ISource source, string name) => FromSource<T>(name, _ => source, isSingle: false);

    /// <summary>The rows of a connector as records.</summary>
    /// <param name="options">As <c>WITH (…)</c> takes them, <c>connector</c> included. The columns are the properties of the record.</param>
    /// <param name="name">What the source is, in plans.</param>
    public DataStream<T> FromConnector<T>(IReadOnlyDictionary<string, string> options, string name) =>
        FromSource<T>(name, context => ConnectorUse.CreateSource(context, name, RowMapping<T>.NaturalSchema, options), isSingle: false);

    /// <summary>Starts the job, which goes on from its newest checkpoint if there is one. It runs beside the caller until it ends, is stopped, or the session is disposed.</summary>
    /// <returns>The job under way; the session disposes it.</returns>
    /// <exception cref="ArcticException">The job is not valid: tables, types and kinds of changes are looked at before anything runs.</exception>
    public Task<IJob> StartAsync(CancellationToken cancellationToken = default) => _session.UseAsync(context => StartAsync(context, cancellationToken), cancellationToken);

    /// <summary>
    /// Runs the job until it ends. When the token is cancelled the job is stopped with a final checkpoint, from which a job of the same name goes on; what fits a hosted service's stopping token.
    /// </summary>
    /// <returns><see cref="JobStatus.Finished"/>, or <see cref="JobStatus.Stopped"/> when the token, or whoever else had the job, has stopped it.</returns>
    /// <exception cref="ArcticException">The job is not valid, or has failed.</exception>
    public async Task<JobStatus> ExecuteAsync(CancellationToken cancellationToken = default)
    {
        var job = await StartAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await job.Completion.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!job.Completion.IsCompleted)
            {
                await job.StopWithCheckpointAsync(CancellationToken.None).ConfigureAwait(false);
            }

            await job.Completion.ConfigureAwait(false);
            return job.Status;
        }
        finally
        {
            _session.StartedJobs.Remove(job);
            await job.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal StreamEnvironment Add(StreamEnd end)
    {
        _ends.Add(end);
        return this;
    }

    internal async IAsyncEnumerable<T> CollectAsync<T>(DataStream<T> stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        stream.AddReader();
        var schema = RowMapping<T>.NaturalSchema;
        var results = new ResultSink(schema);
        var job = await _session.UseAsync(context => CollectAsync(context, stream, results, cancellationToken), cancellationToken).ConfigureAwait(false);
        await using (job.ConfigureAwait(false))
        {
            var reader = new DecodingReader<T>(RowMapping<T>.Of(schema, MappingUse.Read, "the results"));
            await foreach (var batch in results.ReadAsync(job, cancellationToken).ConfigureAwait(false))
            {
                var rows = reader.Read(batch);
                for (var i = 0; i < rows.Count; i++)
                {
                    yield return rows.Rows[i];
                }
            }
        }
    }

    private static async IAsyncEnumerable<T> EachAsync<T>(IEnumerable<T> rows)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var row in rows)
        {
            yield return row;
        }
    }

    private DataStream<T> FromSql<T>(string query, string owner) => new(this, new QueryNode(query, schema => RowMapping<T>.ColumnsOf(schema, owner)), owner);

    private DataStream<T> FromSource<T>(string name, Func<SessionContext, ISource> create, bool isSingle) => new(this, new SourceNode(name, create, isSingle), $"source '{name}'");

    private async Task<IJob> StartAsync(SessionContext context, CancellationToken cancellationToken)
    {
        if (_ends.Count == 0)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Job '{Name}' has no sink.") { Hint = "End a stream with SinkTo, or read it with CollectAsync." };
        }

        var drawing = new StreamDrawing(context, Name, OptionsIn(context));
        foreach (var end in _ends)
        {
            await end.LoadAsync(drawing, cancellationToken).ConfigureAwait(false);
        }

        foreach (var end in _ends)
        {
            await end.DrawAsync(drawing, cancellationToken).ConfigureAwait(false);
        }

        var graph = drawing.Build();
        var job = await context.Executor.StartAsync(new JobRequest { Name = Name, Graph = graph, Options = OptionsOf(graph, drawing) }, cancellationToken).ConfigureAwait(false);
        context.Jobs.Add(job);
        return job;
    }

    private async Task<IJob> CollectAsync<T>(SessionContext context, DataStream<T> stream, ResultSink results, CancellationToken cancellationToken)
    {
        var drawing = new StreamDrawing(context, Name, OptionsIn(context));
        var drawn = await stream.DrawAsync(drawing, results.Schema, "the results", cancellationToken).ConfigureAwait(false);
        if (drawn.Mode != ChangelogMode.Insert)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot collect the rows of a stream of job '{Name}': it gives {drawn.Mode}, and a row alone does not tell what it does.") { Hint = "CollectChangesAsync gives the kinds, too." };
        }

        drawing.AppendSink(drawn, results, "Results");
        return await context.Executor.StartAsync(
            new JobRequest { Name = $"{Name} (collect)", Graph = drawing.Build(), Options = drawing.Options, Recovery = JobRecovery.None }, cancellationToken).ConfigureAwait(false);
    }

    private JobOptions OptionsIn(SessionContext context) => (_options ?? context.Options.Job).Check();

    // A bounded job is committed as a whole, at its end, as a bounded INSERT is: nothing half-done is ever seen.
    private static JobOptions OptionsOf(JobGraph graph, StreamDrawing drawing) => drawing.Options with
    {
        CheckpointInterval = StreamDrawing.IsBounded(graph) ? TimeSpan.Zero : drawing.Options.CheckpointInterval,
        CheckpointDir = drawing.Options.CheckpointDir ?? drawing.DefaultCheckpointDir,
    };
}

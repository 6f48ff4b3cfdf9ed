using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Randomness;
using Arctic.Connectors;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Jobs;
using Arctic.Maintenance;
using Arctic.Sql.Catalog;
using Arctic.Sql.Parsing;
using Arctic.Statements;
using Arctic.Storage.ObjectStores;
using Arctic.Stores;
using Microsoft.Extensions.Logging;

namespace Arctic;

/// <summary>
/// The one place where parts are put together: catalogs, connectors, SQL and the executors of one process. Statements run one at a time; the jobs that they start run beside them until they end,
/// are stopped, or the session is disposed, which cancels them.
/// </summary>
public sealed class Session : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SessionContext _context;
    private readonly StatementRunner _statements;

    internal Session(SessionBuilder builder)
    {
        var random = builder.Random ?? new EntropyRandom();
        foreach (var (key, value) in builder.Options)
        {
            SessionOptions.Check(key, value);
        }

        var options = new SessionOptions(builder.Options);
        var stores = new SessionStores(options, builder.ObjectStore, builder.Time, random);
        var slots = new SlotPool(options.Job.Check().TaskSlots);
        _context = new SessionContext
        {
            Options = options,
            Catalogs = new CatalogRegistry(),
            Connectors = BuiltInConnectors.Create(builder.PrintOutput, Console.Error).With(builder.Connectors),
            Stores = stores,
            Http = RestCatalog.CreateHttpClient(),
            Time = builder.Time,
            Random = random,
            Loggers = builder.LoggerFactory,
            Jobs = new SessionJobs(),
            Optimizer = new BackgroundOptimizer(builder.Time, builder.LoggerFactory.CreateLogger<BackgroundOptimizer>()),
            Slots = slots,
            Executor = new LocalJobExecutor(stores.Store, slots, builder.Time, random, builder.LoggerFactory),
            SourceDecorator = builder.SourceDecorator ?? (source => source),
        };
        _statements = new StatementRunner(_context);
    }

    /// <summary>The jobs that have been started and not been stopped: name and status.</summary>
    public IReadOnlyList<IJob> Jobs => _context.Jobs.All;

    /// <summary>The same jobs, for whoever ends one of them.</summary>
    internal SessionJobs StartedJobs => _context.Jobs;

    /// <summary>The session's time zone.</summary>
    public TimeZoneInfo TimeZone => _context.Options.TimeZone;

    /// <summary>The widest column that is printed, in cells (<c>table.display.max-column-width</c>).</summary>
    public int DisplayColumnWidthMax => _context.Options.Sql.DisplayColumnWidthMax;

    /// <summary>Opens tables by name or by folder, to look into them without SQL.</summary>
    internal Tables.TableOpener TableOpener => new(_context);

    /// <summary>What expressions outside of a statement depend on; their clock stands still.</summary>
    internal EvaluationSettings EvaluationSettings => new() { TimeZone = _context.Options.TimeZone, Time = _context.Time, QueryStart = _context.Time.GetUtcNow() };

    /// <summary>Reads a whole script, so that a slip in its last line is found before its first one runs.</summary>
    /// <param name="text">Statements, each ended by a semicolon; the last one need not be.</param>
    /// <param name="name">Where the text came from; jobs are named by it, and found again after a restart by that name.</param>
    /// <exception cref="ArcticException"><c>SYNTAX_ERROR</c>, with line and column.</exception>
    public Script ParseScript(string text, string name = "session") => new(name, text, SqlParser.ParseScript(text));

    /// <summary>Runs one statement.</summary>
    /// <inheritdoc cref="ExecuteAsync(ScriptStatement, CancellationToken)"/>
    public Task<QueryResult> ExecuteAsync(string statement, CancellationToken cancellationToken = default)
    {
        var script = ParseScript(statement);
        return script.Statements is [var only]
            ? ExecuteAsync(only, cancellationToken)
            : throw new ArcticException(ErrorCodes.InvalidStatement, $"One statement is expected, but the text has {script.Statements.Count}.") { Hint = "Use ParseScript and run its statements one by one." };
    }

    /// <summary>
    /// Runs one statement. A query's rows come while the result is read; a bounded INSERT has committed when this returns; an unbounded one has started as a job.
    /// </summary>
    /// <returns>The result, which the caller disposes.</returns>
    /// <exception cref="ArcticException">The statement is not valid, or failed; nothing is half-done.</exception>
    public async Task<QueryResult> ExecuteAsync(ScriptStatement statement, CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _statements.RunAsync(statement, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Begins a job that a program draws of sources, functions and sinks, beside those that SQL draws.</summary>
    /// <param name="name">Stable over restarts and unique among the jobs over the same checkpoints: the job goes on by it where its last run has stopped.</param>
    /// <param name="options">How the job runs; null takes the session's options as they are when it starts.</param>
    public Streams.StreamEnvironment CreateStreamEnvironment(string name, JobOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new Streams.StreamEnvironment(this, name, options);
    }

    /// <summary>Uses what the session holds between statements, not during one.</summary>
    internal async Task<T> UseAsync<T>(Func<SessionContext, Task<T>> use, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await use(_context).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Waits until every job has ended.</summary>
    /// <exception cref="ArcticException">A job failed; the others run on.</exception>
    public Task WaitForJobsAsync(CancellationToken cancellationToken = default) => _context.Jobs.WaitAsync(cancellationToken);

    /// <summary>Stops every job with a final checkpoint, from which a job of the same name goes on.</summary>
    /// <exception cref="ArcticException">A job had failed.</exception>
    public Task StopJobsAsync(CancellationToken cancellationToken = default) => _context.Jobs.StopAsync(cancellationToken);

    /// <summary>Cancels the jobs that still run, without a checkpoint, and self-optimizing. Nothing committed is lost.</summary>
    public async ValueTask DisposeAsync()
    {
        await _context.Jobs.DisposeAsync().ConfigureAwait(false);
        await _context.Optimizer.DisposeAsync().ConfigureAwait(false);
        _context.Stores.Dispose();
        _context.Http.Dispose();
        _gate.Dispose();
    }
}

/// <summary>What the statements of a session share.</summary>
internal sealed record SessionContext
{
    public required SessionOptions Options { get; init; }

    public required CatalogRegistry Catalogs { get; init; }

    public required ConnectorRegistry Connectors { get; init; }

    public required SessionStores Stores { get; init; }

    /// <summary>Reaches catalog servers; no connection is made before it is used.</summary>
    public required HttpClient Http { get; init; }

    /// <summary>Reaches every location.</summary>
    public IObjectStore Store => Stores.Store;

    public required TimeProvider Time { get; init; }

    public required Random Random { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    public required SessionJobs Jobs { get; init; }

    public required BackgroundOptimizer Optimizer { get; init; }

    public required IJobExecutor Executor { get; init; }

    /// <summary>The slots of the executor.</summary>
    public required SlotPool Slots { get; init; }

    /// <summary>Wraps every source before a job reads it.</summary>
    public required Func<ISource, ISource> SourceDecorator { get; init; }
}

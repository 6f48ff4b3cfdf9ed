using Arctic.Catalog;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Dataflow.Connectors;
using Arctic.DuckDb;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Physical;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Arctic.Queries;

/// <summary>
/// What the tables of one statement are read and written through. Lake tables are loaded once, so that every scan of a statement sees the same snapshots.
/// </summary>
internal sealed class SessionTables(SessionContext context) : ISourceSinkResolver, IBatchScanProvider
{
    private readonly Dictionary<ObjectPath, LakeTable> _lake = [];

    /// <summary>Where the rows come from that DELETE or UPDATE changes; null for other statements.</summary>
    public RowTarget? Target { get; init; }

    /// <summary>Loads the lake tables that a plan names and that are not loaded yet.</summary>
    public async Task LoadAsync(LogicalPlan plan, CancellationToken cancellationToken)
    {
        var table = plan switch
        {
            LogicalPlan.Scan scan when !IsTarget(scan) => scan.Table,
            LogicalPlan.Sink sink => sink.Table,
            LogicalPlan.LookupJoin join => join.Table.Table,
            _ => null,
        };
        if (table is not null && !_lake.ContainsKey(table.Path) && LakeLink.Find(table, context.Catalogs) is { } link)
        {
            var catalog = context.Catalogs.Get(link.Catalog, null) as LakeCatalog
                ?? throw new ArcticException(ErrorCodes.InvalidOption, $"{SubjectOf(table)} stands for a table of catalog '{link.Catalog}', which is not of type 'arctic'.");
            _lake[table.Path] = plan is LogicalPlan.Sink
                ? await catalog.LoadForWriteAsync(link.Database, link.Table, Settings, cancellationToken).ConfigureAwait(false)
                : await catalog.LoadAsync(link.Database, link.Table, Settings, cancellationToken).ConfigureAwait(false);
        }

        foreach (var input in plan.Inputs)
        {
            await LoadAsync(input, cancellationToken).ConfigureAwait(false);
        }
    }

    private EvaluationSettings Settings => new() { TimeZone = context.Options.TimeZone, Time = context.Time, QueryStart = context.Time.GetUtcNow() };

    /// <inheritdoc/>
    public bool IsBounded(LogicalPlan.Scan scan) => IsTarget(scan) || CreateSource(scan).IsBounded;

    /// <inheritdoc/>
    public ChangelogMode SourceMode(LogicalPlan.Scan scan) => IsTarget(scan) ? ChangelogMode.Insert : CreateSource(scan).ChangelogMode;

    /// <inheritdoc/>
    public ChangelogMode SinkMode(LogicalPlan.Sink sink) => CreateSink(sink).ChangelogMode;

    /// <inheritdoc/>
    public ISource CreateSource(LogicalPlan.Scan scan)
    {
        if (_lake.TryGetValue(scan.Table.Path, out var lake))
        {
            return context.SourceDecorator(lake.CreateSource(scan));
        }

        var connector = context.Connectors.FindSource(ConnectorOf(scan.Table), SubjectOf(scan.Table));
        var source = connector.CreateSource(ContextOf(scan.Table, scan.Table.Schema, scan.Options));
        var columns = scan.Columns.ToArray();
        return context.SourceDecorator(columns.SequenceEqual(Enumerable.Range(0, source.Schema.Count)) ? source : new ProjectedSource(source, columns));
    }

    /// <inheritdoc/>
    public ISource CreateLookup(LogicalPlan.Scan scan) => _lake.TryGetValue(scan.Table.Path, out var lake)
        ? lake.CreateLookup(scan)
        : throw new ArcticException(ErrorCodes.Unsupported, $"Rows cannot be looked up in {SubjectOf(scan.Table)} of connector '{scan.Table.Connector}'.")
        {
            Hint = "Join FOR SYSTEM_TIME AS OF a processing time with a table that has a primary key, in a catalog of type 'arctic'.",
        };

    /// <inheritdoc/>
    public ISink CreateSink(LogicalPlan.Sink sink)
    {
        if (_lake.TryGetValue(sink.Table.Path, out var lake))
        {
            return lake.CreateSink(sink);
        }

        if (sink.Mode == InsertMode.Overwrite)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"INSERT OVERWRITE requires that the connector of {SubjectOf(sink.Table)} supports it, and '{sink.Table.Connector}' does not.")
            {
                Hint = "Tables of a catalog of type 'arctic' do.",
            };
        }

        var connector = context.Connectors.FindSink(ConnectorOf(sink.Table), SubjectOf(sink.Table));
        return connector.CreateSink(ContextOf(sink.Table, sink.Table.SinkSchema, sink.Options));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<ChangeBatch> ReadAsync(LogicalPlan.Scan scan, CancellationToken cancellationToken) => IsTarget(scan)
        ? Target!.ReadAsync(scan, cancellationToken) // a target is one
        : BoundedRead.ReadAsync(CreateSource(scan), scan.Table.Path.ToString(), context.Time, context.Loggers.CreateLogger("Arctic"), cancellationToken);

    /// <summary>The lake table that an INSERT OVERWRITE replaces by rows of its own; null for every other INSERT.</summary>
    public LakeTable? FindOverwritingItself(LogicalPlan.Sink sink) =>
        sink.Mode == InsertMode.Overwrite && _lake.TryGetValue(sink.Table.Path, out var lake) && Reads(sink.Input, lake) ? lake : null;

    // Under whatever name.
    private bool Reads(LogicalPlan plan, LakeTable table) =>
        plan is LogicalPlan.Scan scan ? _lake.TryGetValue(scan.Table.Path, out var read) && table.Is(read) : plan.Inputs.Any(i => Reads(i, table));

    /// <summary>What runs batch queries over these tables.</summary>
    public DuckBatchExecutor CreateExecutor(EvaluationSettings settings) => new(
        new DuckDbOptions { MemoryBytesMax = context.Options.Sql.BatchMemoryLimit.Bytes, SpillDirectory = Path.GetTempPath(), Threads = context.Options.Job.DefaultParallelism }, this, settings);

    private bool IsTarget(LogicalPlan.Scan scan) => Target is not null && BoundRowChange.IsTarget(scan);

    /// <summary>
    /// Where the checkpoints of a job go when <c>execution.checkpointing.dir</c> is not set: in the warehouse of a lake table, if it is a folder of ours, else below the current folder.
    /// </summary>
    public string DefaultCheckpointDir(LogicalPlan.Sink sink) =>
        _lake.TryGetValue(sink.Table.Path, out var lake) && lake.Catalog.Warehouse is { } warehouse ? ObjectLocation.Combine(warehouse, LakeCatalog.InternalFolder) : Path.GetFullPath(LakeCatalog.InternalFolder);

    private TableConnectorContext ContextOf(TableDefinition table, Columnar.Types.RowSchema schema, TableOptions options) => new()
    {
        Name = table.Path.ToString(),
        Schema = schema,
        PrimaryKey = table.PrimaryKey,
        Options = options,
        ObjectStore = context.Store,
        Time = context.Time,
    };

    private static string SubjectOf(TableDefinition table) => $"table '{table.Path}'";

    private static string ConnectorOf(TableDefinition table) => table.Connector
        ?? throw new ArcticException(ErrorCodes.InvalidOption, $"Table '{table.Path}' has no option 'connector', and its catalog keeps no data.")
        {
            Hint = "CREATE TABLE … WITH ('connector' = '…'), or make the table in a catalog of type 'arctic'.",
        };
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Jobs;
using Arctic.Dataflow.Operators;
using Arctic.Queries;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Optimizing;
using Arctic.Sql.Parsing;
using Arctic.Sql.Physical;
using Arctic.Sql.Syntax;

namespace Arctic.Streams;

/// <summary>Draws the streams of one job into a graph: queries and tables as SQL draws them, so that a job of streams and an INSERT read, spread and commit alike.</summary>
/// <param name="context">The session.</param>
/// <param name="jobName">Stable over restarts; the sinks' ids start with it.</param>
/// <param name="options">The job's parallelism and key groups.</param>
internal sealed class StreamDrawing(SessionContext context, string jobName, JobOptions options)
{
    private readonly SessionTables _tables = new(context);
    private readonly GraphDraft _graph = new();
    private readonly Dictionary<StreamNode, DrawnStream> _drawn = [];
    private readonly Dictionary<string, int> _endCounts = new(StringComparer.Ordinal);
    private readonly List<TableTarget> _targets = [];
    private readonly SinkWriting _sinks = new(options, context.Options.Sql.NotNullEnforcer);

    /// <summary>The session.</summary>
    public SessionContext Context => context;

    /// <summary>The job's parallelism and key groups.</summary>
    public JobOptions Options => options;

    /// <summary>Bounds the state of all operators of the job.</summary>
    public MemoryBudget StateBudget { get; } = new("the state of a job's operators ('arctic.state.memory-limit')", context.Options.Sql.StateMemoryLimit.Bytes);

    /// <summary>The graph, once all ends are drawn.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: an overwrite by rows that have no end.</exception>
    public JobGraph Build()
    {
        var graph = _graph.Build();
        if (!IsBounded(graph) && _targets.FirstOrDefault(t => t.Sink.Mode == InsertMode.Overwrite) is { } overwritten)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Job '{jobName}' cannot overwrite table '{overwritten.Path}': its sources have no end, and each checkpoint would replace what the one before it wrote.")
            {
                Hint = "Append, or read bounded sources.",
            };
        }

        return graph;
    }

    /// <summary>Whether a job ends by itself.</summary>
    public static bool IsBounded(JobGraph graph) => graph.Vertices.All(v => v.Source is null or { IsBounded: true });

    /// <summary>Where checkpoints go when no option says it.</summary>
    public string DefaultCheckpointDir => _targets.Count > 0 ? _tables.DefaultCheckpointDir(_targets[0].Sink) : Path.GetFullPath(Catalog.LakeCatalog.InternalFolder);

    /// <summary>The vertex that a node's reader appends its operators to: the node's own, or one behind it when several read it.</summary>
    public async Task<DrawnStream> ReadAsync(StreamNode node, CancellationToken cancellationToken)
    {
        if (!_drawn.TryGetValue(node, out var drawn))
        {
            drawn = await node.DrawAsync(this, cancellationToken).ConfigureAwait(false);
            _drawn.Add(node, drawn);
        }

        return node.ReaderCount <= 1 ? drawn : drawn with
        {
            Vertex = _graph.Add(new VertexDraft { Parallelism = drawn.Vertex.Parallelism, IsSingle = drawn.Vertex.IsSingle, Inputs = { (drawn.Vertex, 0, new ExchangeKind.Forward()) } }),
        };
    }

    /// <summary>Adds a vertex whose inputs are there.</summary>
    public VertexDraft Add(VertexDraft vertex) => _graph.Add(vertex);

    /// <summary>A source by itself.</summary>
    public DrawnStream DrawSource(string name, Func<SessionContext, ISource> create, bool isSingle)
    {
        var source = context.SourceDecorator(create(context));
        return new DrawnStream(_graph.Add(new VertexDraft { Parallelism = isSingle ? 1 : options.DefaultParallelism, IsSingle = isSingle, Source = source }.Named(name)), source.Schema, source.ChangelogMode);
    }

    /// <summary>A query as a stream.</summary>
    /// <param name="columnsOf">Which of its columns are wanted.</param>
    public async Task<DrawnStream> DrawQueryAsync(string sql, Func<RowSchema, int[]> columnsOf, CancellationToken cancellationToken)
    {
        if (SqlParser.ParseScript(sql) is not [Statement.Select select])
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"One query is expected, but the text is '{sql}'.");
        }

        var resolved = await ResolvedTables.ResolveAsync(select, context.Catalogs, cancellationToken).ConfigureAwait(false);
        var bound = new Binder(resolved, PlanSettings) { AllowsTableOptions = true }.BindQuery(select.Query);
        var plan = new Optimizer(PlanSettings).Optimize(Projected(bound, columnsOf(bound.Schema)));
        await _tables.LoadAsync(plan, cancellationToken).ConfigureAwait(false);
        plan = PlanRewrite.Apply(plan);
        var changes = new ChangelogInference(_tables).Infer(plan);
        RefuseOverwritingItself(plan);
        return new DrawnStream(new PlanDrawing(_tables, options, RunSettings, StateBudget, _graph, changes).Draw(plan), plan.Schema, changes.ModeOf(plan));
    }

    /// <summary>Finds a table to write.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, and others that an INSERT gives.</exception>
    public async Task<TableTarget> LoadTargetAsync(string table, TableSinkOptions sinkOptions, CancellationToken cancellationToken)
    {
        if (SqlParser.ParseScript($"INSERT INTO {table} SELECT 1") is not [Statement.Insert insert])
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"The name of a table is expected, but the text is '{table}'.");
        }

        var resolved = await ResolvedTables.ResolveAsync(insert, context.Catalogs, cancellationToken).ConfigureAwait(false);
        var definition = resolved.Get(insert.Table) is ResolvedTable.Table found
            ? found.Definition
            : throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot write '{table}': it is a view.");
        var schema = definition.SinkSchema;
        var sink = new LogicalPlan.Sink(
            new LogicalPlan.Values([], schema), definition, definition.Options.Overlaid(sinkOptions.ToOptions()), sinkOptions.Mode == TableSinkMode.Overwrite ? InsertMode.Overwrite : InsertMode.Into);
        await _tables.LoadAsync(sink, cancellationToken).ConfigureAwait(false);
        var target = new TableTarget(sink, definition.Path.ToString(), schema);
        _targets.Add(target);
        return target;
    }

    /// <summary>Ends a stream in a table.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the table does not take the kinds of changes that come.</exception>
    public void AppendTable(DrawnStream stream, TableTarget target)
    {
        var sink = _tables.CreateSink(target.Sink);
        RequireKinds(stream.Mode, sink, $"Table '{target.Path}'", "Write into a table with a primary key, or see to it that rows only come: AsChanges() shows the kinds.");

        // Not the columns, as SQL has it: the table may get another one without the plan being another. An overwrite is another sink than an insert: the work of one must never be committed as the other.
        Append(stream, sink, $"Sink(table=[{target.Path}])", $"{target.Path}{Repeated(target.Path)}{(target.Sink.Mode == InsertMode.Overwrite ? "!" : "")}");
    }

    /// <summary>Ends a stream in a sink.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the sink does not take the kinds of changes that come.</exception>
    public void AppendSink(DrawnStream stream, ISink sink, string name)
    {
        RequireKinds(stream.Mode, sink, $"Sink '{name}'", "AsChanges() gives the kinds as a part of rows that only come.");
        Append(stream, sink, name, $"{name}{Repeated(name)}");
    }

    private void Append(DrawnStream stream, ISink sink, string name, string id)
    {
        if (stream.Mode.HasFlag(ChangelogMode.UpdateBefore) && !sink.ChangelogMode.HasFlag(ChangelogMode.UpdateBefore))
        {
            stream.Vertex.With("UpdateBeforeToDelete", () => new UpdateBeforeToDeleteOperator());
        }

        _sinks.Append(_graph, stream.Vertex, sink, name, $"{jobName}/{id}");
    }

    private static void RequireKinds(ChangelogMode mode, ISink sink, string subject, string hint)
    {
        // A -U is a -D for whoever does not know it; the +U behind it is what must be known.
        var refused = mode & ~sink.ChangelogMode & ~ChangelogMode.UpdateBefore;
        if (refused != 0)
        {
            var kinds = string.Join(" and ", new[] { (ChangelogMode.UpdateAfter, "update"), (ChangelogMode.Delete, "delete") }.Where(k => refused.HasFlag(k.Item1)).Select(k => k.Item2));
            throw new ArcticException(ErrorCodes.InvalidStatement, $"{subject} doesn't support consuming {kinds} changes, and the stream gives them.") { Hint = hint };
        }
    }

    // The sinks of a job have different ids, and each the same one in every run.
    private string Repeated(string name)
    {
        var count = _endCounts[name] = _endCounts.GetValueOrDefault(name) + 1;
        return count == 1 ? "" : $"#{count}";
    }

    private void RefuseOverwritingItself(LogicalPlan query)
    {
        if (_targets.FirstOrDefault(t => _tables.FindOverwritingItself(t.Sink with { Input = query }) is not null) is { } target)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Job '{jobName}' cannot overwrite table '{target.Path}', which it reads: its commit is refused when others have changed the rows, and a job's must not be.")
            {
                Hint = "INSERT OVERWRITE in SQL does it in one commit.",
            };
        }
    }

    private static LogicalPlan Projected(LogicalPlan query, int[] columns) => columns.SequenceEqual(Enumerable.Range(0, query.Schema.Count)) ? query : new LogicalPlan.Project(
        query, columns.Select(Expression (c) => new Expression.ColumnReference(c, query.Schema[c].Name, query.Schema[c].Type)).ToEquatableList(), query.Schema.Project(columns));

    private EvaluationSettings RunSettings => new() { TimeZone = context.Options.TimeZone, Time = context.Time };

    private EvaluationSettings PlanSettings => RunSettings with { QueryStart = context.Time.GetUtcNow() };
}

/// <summary>A table that is written.</summary>
/// <param name="Sink">As a statement would write it; its input is nothing but the columns.</param>
/// <param name="Path">The table's full name.</param>
/// <param name="Schema">What it takes.</param>
internal sealed record TableTarget(LogicalPlan.Sink Sink, string Path, RowSchema Schema);

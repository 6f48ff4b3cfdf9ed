using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Jobs;
using Arctic.DuckDb;
using Arctic.Queries;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Changelog;
using Arctic.Sql.Logical;
using Arctic.Sql.Optimizing;
using Arctic.Sql.Physical;
using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>SELECT, INSERT and EXPLAIN: binds, optimizes, decides between bounded and streaming, and starts what runs.</summary>
internal sealed class QueryStatements(SessionContext context)
{
    private readonly RowChangeStatements _changes = new(context);

    /// <summary>Runs a query; its rows come while the result is read.</summary>
    public async Task<QueryResult> SelectAsync(Statement.Select select, CancellationToken cancellationToken)
    {
        var (plan, tables) = await PlanAsync(select, cancellationToken).ConfigureAwait(false);
        if (ModeOf(plan, tables) == RuntimeMode.Batch)
        {
            return new QueryResult(ResultKind.Rows, plan.Schema, isChangelog: false, BatchExecutor(tables).ExecuteAsync(plan, cancellationToken));
        }

        var results = new ResultSink(plan.Schema);
        var job = await context.Executor.StartAsync(
            new JobRequest
            {
                Name = "select",
                Graph = Planner(tables, StreamingSettings).PlanQuery(plan, results),
                Options = context.Options.Job,
                Recovery = JobRecovery.None,
            },
            cancellationToken).ConfigureAwait(false);
        return new QueryResult(ResultKind.Rows, plan.Schema, isChangelog: true, results.ReadAsync(job, cancellationToken), job.DisposeAsync);
    }

    /// <summary>Runs one INSERT, or several as one job.</summary>
    public async Task<QueryResult> InsertAsync(IReadOnlyList<Statement.Insert> inserts, ScriptStatement statement, CancellationToken cancellationToken)
    {
        var plans = new List<LogicalPlan.Sink>();
        var tables = new SessionTables(context);
        foreach (var insert in inserts)
        {
            var (plan, _) = await PlanAsync(insert, cancellationToken, tables).ConfigureAwait(false);
            plans.Add((LogicalPlan.Sink)plan);
        }

        var name = context.Options.Sql.PipelineName ?? statement.DefaultJobName;
        var isStreaming = plans.Select(p => ModeOf(p, tables)).ToList().Contains(RuntimeMode.Streaming);
        var isUnbounded = plans.Any(p => ChangelogInference.IsUnbounded(p, tables));
        if (isStreaming && plans.Select((p, i) => (Plan: p, Insert: inserts[i])).FirstOrDefault(p => p.Plan.Mode == InsertMode.Overwrite) is { Plan: { } overwrite } stream)
        {
            // Each checkpoint would replace what the one before it wrote.
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot overwrite table '{overwrite.Table.Path}': streaming mode does not support INSERT OVERWRITE.")
            {
                Hint = "SET 'execution.runtime-mode' = 'batch', and read bounded tables.",
                Position = stream.Insert.Position,
            };
        }


        if (plans.FindIndex(p => tables.FindOverwritingItself(p) is not null) is >= 0 and var itself)
        {
            // Its commit is refused when others have changed the rows, and a job's must not be.
            if (plans.Count > 1)
            {
                throw new ArcticException(ErrorCodes.Unsupported, $"INSERT OVERWRITE of table '{plans[itself].Table.Path}' by rows of its own cannot be part of a statement set.") { Hint = "Run it by itself.", Position = inserts[itself].Position };
            }

            await _changes.OverwriteAsync(inserts[0], tables.FindOverwritingItself(plans[0])!, cancellationToken).ConfigureAwait(false); // found above
            return Listing.OfJob(ResultKind.JobFinished, name);
        }

        // What passes rows on as they come runs in the graph in both modes; what DuckDB computes comes in as a source.
        var executor = BatchExecutor(tables);
        var graph = Planner(tables, isStreaming ? StreamingSettings : BatchSettings)
            .PlanInserts(name, plans, plan => isStreaming || IsPipeline(plan.Input) ? null : BatchQuerySource.Create(executor, plan.Input));
        return await RunAsync(name, graph, plans, tables, waits: !isUnbounded || context.Options.Sql.DmlSync, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Shows the plan of a query or of INSERTs, and how they would run.</summary>
    public async Task<QueryResult> ExplainAsync(Statement.Explain explain, CancellationToken cancellationToken)
    {
        if (explain.Details.Contains("PLAN_ADVICE") && context.Options.Sql.RuntimeMode == RuntimeMode.Batch)
        {
            throw new ArcticException(ErrorCodes.Unsupported, "EXPLAIN PLAN_ADVICE is not supported under batch mode.") { Position = explain.Position };
        }

        IReadOnlyList<Statement> targets = explain.Target switch
        {
            Statement.StatementSet set => set.Inserts,
            Statement.CreateTable { AsQuery: { } query } => [new Statement.Select(query, query.Span)],
            var other => [other],
        };
        var plans = new List<string>();
        foreach (var target in targets)
        {
            plans.Add(await ExplainAsync(target, cancellationToken).ConfigureAwait(false));
        }

        return Listing.Of("result", [string.Join("\n\n", plans)]);
    }

    private async Task<string> ExplainAsync(Statement target, CancellationToken cancellationToken)
    {
        var tables = new SessionTables(context);
        var bound = await BindAsync(target, cancellationToken).ConfigureAwait(false);
        var optimized = new Optimizer(BatchSettings).Optimize(bound);
        await tables.LoadAsync(optimized, cancellationToken).ConfigureAwait(false);
        var mode = ModeOf(optimized, tables);
        var query = optimized is LogicalPlan.Sink sink ? sink.Input : optimized;
        var execution = mode == RuntimeMode.Batch
            ? BatchExecutor(tables).Explain(query)
            : (optimized is LogicalPlan.Sink insert ? Planner(tables, StreamingSettings).PlanInserts("explain", [insert]) : Planner(tables, StreamingSettings).PlanQuery(optimized, new ResultSink(optimized.Schema))).Fingerprint;
        return $"== Abstract Syntax Tree ==\n{bound}\n\n== Optimized Logical Plan ==\n{optimized}\n\n== Execution ({mode.ToString().ToLowerInvariant()}) ==\n{execution.TrimEnd()}";
    }

    /// <summary>What expressions of a bounded statement depend on: its clock stands still.</summary>
    private EvaluationSettings BatchSettings => StreamingSettings with { QueryStart = context.Time.GetUtcNow() };

    private EvaluationSettings StreamingSettings => new() { TimeZone = context.Options.TimeZone, Time = context.Time };

    private async Task<(LogicalPlan Plan, SessionTables Tables)> PlanAsync(Statement statement, CancellationToken cancellationToken, SessionTables? tables = null)
    {
        tables ??= new SessionTables(context);
        var plan = new Optimizer(BatchSettings).Optimize(await BindAsync(statement, cancellationToken).ConfigureAwait(false));
        await tables.LoadAsync(plan, cancellationToken).ConfigureAwait(false);
        return (plan, tables);
    }

    private async Task<LogicalPlan> BindAsync(Statement statement, CancellationToken cancellationToken)
    {
        var binder = new Binder(await ResolvedTables.ResolveAsync(statement, context.Catalogs, cancellationToken).ConfigureAwait(false), BatchSettings)
        {
            AllowsTableOptions = context.Options.Sql.DynamicTableOptions,
        };
        return statement switch
        {
            Statement.Select select => binder.BindQuery(select.Query),
            Statement.Insert insert => binder.BindInsert(insert),
            _ => throw new System.Diagnostics.UnreachableException(statement.GetType().Name),
        };
    }

    // Bounded when every source ends and none takes rows back; else the answer is a changelog.
    private RuntimeMode ModeOf(LogicalPlan plan, SessionTables tables)
    {
        var mode = context.Options.Sql.RuntimeMode;
        if (mode == RuntimeMode.Batch)
        {
            ChangelogInference.CheckBatch(plan, tables);
        }
        else if (mode == RuntimeMode.Automatic)
        {
            mode = ChangelogInference.IsUnbounded(plan, tables) || GivesChanges(plan, tables) ? RuntimeMode.Streaming : RuntimeMode.Batch;
        }

        return mode;
    }

    private static bool GivesChanges(LogicalPlan plan, SessionTables tables) =>
        plan is LogicalPlan.Scan scan ? tables.SourceMode(scan) != ChangelogMode.Insert : plan.Inputs.Any(i => GivesChanges(i, tables));

    // Steps that pass rows on as they come run in the dataflow, in parallel and with checkpoints, in both modes.
    private static bool IsPipeline(LogicalPlan plan) =>
        plan is LogicalPlan.Scan or LogicalPlan.Values or LogicalPlan.Project or LogicalPlan.Filter or LogicalPlan.Union or LogicalPlan.WatermarkAssigner && plan.Inputs.All(IsPipeline);

    private PhysicalPlanner Planner(SessionTables tables, EvaluationSettings settings) =>
        new(tables, context.Options.Job.Check(), settings, new MemoryBudget("the state of a job's operators ('arctic.state.memory-limit')", context.Options.Sql.StateMemoryLimit.Bytes), context.Options.Sql.NotNullEnforcer);

    private DuckBatchExecutor BatchExecutor(SessionTables tables) => tables.CreateExecutor(BatchSettings);

    private async Task<QueryResult> RunAsync(
        string name, Dataflow.Graph.JobGraph graph, IReadOnlyList<LogicalPlan.Sink> plans, SessionTables tables, bool waits, CancellationToken cancellationToken)
    {
        // A bounded INSERT is committed as a whole, at its end: nothing half-done is ever seen. One that was asked to stream commits with its checkpoints, and goes on from them.
        var isWhole = graph.Vertices.All(v => v.Source is null or { IsBounded: true }) && context.Options.Sql.RuntimeMode != RuntimeMode.Streaming;
        var options = isWhole ? context.Options.Job with { CheckpointInterval = TimeSpan.Zero } : context.Options.Job;
        var job = await context.Executor.StartAsync(
            new JobRequest { Name = name, Graph = graph, Options = options with { CheckpointDir = options.CheckpointDir ?? tables.DefaultCheckpointDir(plans[0]) } }, cancellationToken).ConfigureAwait(false);
        context.Jobs.Add(job);
        if (!waits)
        {
            return Listing.OfJob(ResultKind.JobStarted, name);
        }

        // When the wait is given up, the job stays with the session, which stops it with a checkpoint. One that has ended, well or badly, is told of here and nowhere else.
        await Task.WhenAny(job.Completion).WaitAsync(cancellationToken).ConfigureAwait(false);
        context.Jobs.Remove(job);
        try
        {
            await job.Completion.ConfigureAwait(false);
        }
        finally
        {
            await job.DisposeAsync().ConfigureAwait(false);
        }

        return Listing.OfJob(ResultKind.JobFinished, name);
    }
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Changelog;

/// <summary>
/// Finds out which changes flow along the edges of a streaming plan: first, from the leaves up, whether rows are updated and deleted; then, from the
/// root down, where the row before an update is needed. Refuses what nobody can consume (spec/flink-sql.md, 4).
/// </summary>
internal sealed class ChangelogInference(IConnectorTraits traits)
{
    private const ChangelogMode Updates = ChangelogMode.UpdateBefore | ChangelogMode.UpdateAfter;

    private readonly ChangelogPlan _result = new();

    /// <summary>Whether any source of the plan goes on for ever.</summary>
    public static bool IsUnbounded(LogicalPlan plan, IConnectorTraits traits) => plan is LogicalPlan.Scan scan ? !traits.IsBounded(scan) : plan.Inputs.Any(i => IsUnbounded(i, traits));

    /// <summary>Refuses a plan that cannot run in batch: a source without an end, or one that gives more than inserts.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>.</exception>
    public static void CheckBatch(LogicalPlan plan, IConnectorTraits traits)
    {
        if (plan is LogicalPlan.Scan scan)
        {
            if (!traits.IsBounded(scan))
            {
                throw Refuse($"Querying an unbounded table '{scan.Table.Path}' in batch mode is not allowed. The table source is unbounded.", "SET 'execution.runtime-mode' = 'streaming'.");
            }

            if (traits.SourceMode(scan) != ChangelogMode.Insert)
            {
                throw Refuse(
                    $"Querying a table in batch mode is currently only possible for INSERT-only table sources. But the source for table '{scan.Table.Path}' produces other changelog messages than just INSERT.",
                    "SET 'execution.runtime-mode' = 'streaming'.");
            }
        }

        foreach (var input in plan.Inputs)
        {
            CheckBatch(input, traits);
        }
    }

    /// <summary>The changes of every node of a streaming plan.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: an operator or sink cannot consume what comes to it.</exception>
    public ChangelogPlan Infer(LogicalPlan plan)
    {
        InferKinds(plan);
        if (plan is LogicalPlan.Sink sink)
        {
            CheckSink(sink);
            InferBefore(sink.Input, NeedsBefore(sink));
        }
        else
        {
            InferBefore(plan, needsBefore: true);
        }

        return _result;
    }

    // Bottom up: the kinds with both sides of updates, and the keys.
    private ChangelogMode InferKinds(LogicalPlan node)
    {
        var inputs = node.Inputs.Select(InferKinds).ToList();
        _result.SetKeys(node, UpsertKeys.Of(node, node.Inputs.Select(_result.UpsertKeysOf).ToList()));
        var all = inputs.Aggregate(ChangelogMode.None, (sum, mode) => sum | mode);
        var isUpdating = (all & ~ChangelogMode.Insert) != 0;
        var mode = node switch
        {
            LogicalPlan.Scan scan => InferScan(scan),
            LogicalPlan.Values => ChangelogMode.Insert,
            LogicalPlan.WindowTable window when TimeAttributes.Of(window.Input)[window.Window.TimeIndex] == TimeAttribute.None => throw Refuse(
                $"The window function requires the timecol is a time attribute type, but is {window.Input.Schema[window.Window.TimeIndex].Type.AsNullable()}.",
                "Declare a watermark for the column, or run the statement in batch."),
            LogicalPlan.WindowTable { Window.Kind: TimeWindowKind.Session } => Refusing(node, "WindowTableFunction of SESSION", ChangelogMode.Insert),
            LogicalPlan.Aggregate aggregate when WindowProperties.Grouping(aggregate) is not null => ChangelogMode.Insert,
            LogicalPlan.Aggregate => ChangelogMode.Insert | Updates | (isUpdating ? ChangelogMode.Delete : 0),
            LogicalPlan.Over over => InferOver(over),
            LogicalPlan.Rank rank => InferRank(rank),
            LogicalPlan.Join join when JoinTiming.Of(join) is { } timing => Refusing(node, timing is JoinTiming.Window ? "WindowJoin" : "IntervalJoin", ChangelogMode.Insert),
            LogicalPlan.TemporalJoin join => InferTemporalJoin(join, inputs[0]),

            // A row that is taken back would be looked up anew, and might meet another row than it did when it came.
            LogicalPlan.LookupJoin => Refusing(node, "LookupJoin", ChangelogMode.Insert, "Look rows up where they come from, before they are grouped, ranked or joined; or join the table itself, as an ordinary table."),
            LogicalPlan.Join { Kind: JoinKind.Inner or JoinKind.LeftSemi } => all,
            LogicalPlan.Join => all | ChangelogMode.Insert | ChangelogMode.Delete,
            LogicalPlan.SetOperation => ChangelogMode.All,
            LogicalPlan.TopN => ChangelogMode.All,
            LogicalPlan.Limit => isUpdating ? ChangelogMode.All : ChangelogMode.Insert,
            LogicalPlan.Sort sort => InferSort(sort),
            _ => all,
        };
        _result.SetMode(node, mode);
        return mode;
    }

    private ChangelogMode InferScan(LogicalPlan.Scan scan)
    {
        var mode = traits.SourceMode(scan);
        if (!mode.HasFlag(ChangelogMode.UpdateAfter) || mode.HasFlag(ChangelogMode.UpdateBefore))
        {
            return mode;
        }

        if (scan.Table.PrimaryKey.Count == 0)
        {
            throw Refuse(
                $"Table '{scan.Table.Path}' produces a changelog stream that contains UPDATE_AFTER but no UPDATE_BEFORE. This requires defining a primary key constraint on the table.",
                "Add PRIMARY KEY (…) NOT ENFORCED.");
        }

        _result.SetUpsert(scan);
        return ChangelogMode.All;
    }

    // By time first a stream can be sorted; else only what has an end.
    private ChangelogMode InferSort(LogicalPlan.Sort sort) =>
        TimeOrder.IsByTime(sort) ? Refusing(sort, "TemporalSort", ChangelogMode.Insert)
        : IsUnbounded(sort, traits) ? throw Refuse("Sort on a non-time-attribute field is not supported.", "Add LIMIT, or leave ORDER BY out: a stream has no end to sort at.")
        : ChangelogMode.Insert;

    private ChangelogMode InferOver(LogicalPlan.Over over)
    {
        TimeOrder.Check(over);
        return TimeOrder.IsByTime(over) ? Refusing(over, "OverAggregate", ChangelogMode.Insert) : ChangelogMode.All;
    }

    private ChangelogMode InferRank(LogicalPlan.Rank rank) =>
        WindowProperties.Partitioning(rank) is not null ? Refusing(rank, "WindowRank", ChangelogMode.Insert)
        : TimeOrder.FindDeduplication(rank, _result.ModeOf(rank.Input)) is DeduplicateKeep.First ? ChangelogMode.Insert
        : ChangelogMode.All;

    private ChangelogMode InferTemporalJoin(LogicalPlan.TemporalJoin join, ChangelogMode left)
    {
        var keys = _result.UpsertKeysOf(join.Right);
        if (keys.Count == 0)
        {
            throw Refuse(
                "Temporal Table Join requires primary key in versioned table, but no primary key can be found.", "Add PRIMARY KEY (…) NOT ENFORCED, or number the rows by ROW_NUMBER and keep the first of each key.");
        }

        if (!keys.Any(k => k.All(c => join.Keys.Any(j => j.Right == c))))
        {
            throw Refuse(
                $"Temporal table's primary key [{string.Join(", ", keys[0].Select(c => join.Right.Schema[c].Name))}] must be included in the equivalence condition of temporal join.",
                "Equate the whole key in ON.");
        }

        return left;
    }

    // The mode of a node that takes no changes but inserts.
    private ChangelogMode Refusing(LogicalPlan node, string requester, ChangelogMode mode, string hint = "Read insert-only sources, or leave the times out of the condition.")
    {
        foreach (var input in node.Inputs)
        {
            if (FindProducer(input, updates: true, deletes: true) is { } producer)
            {
                throw Refuse(
                    $"{requester} doesn't support consuming {KindsOf(_result.ModeOf(producer))} changes which is produced by node {PlanPrinter.Node(producer)}",
                    hint);
            }
        }

        return mode;
    }

    private static string KindsOf(ChangelogMode mode)
    {
        var kinds = new List<string>();
        if ((mode & Updates) != 0)
        {
            kinds.Add("update");
        }

        if (mode.HasFlag(ChangelogMode.Delete))
        {
            kinds.Add("delete");
        }

        return string.Join(" and ", kinds);
    }

    private void CheckSink(LogicalPlan.Sink sink)
    {
        var accepted = traits.SinkMode(sink);
        var refusesUpdates = !accepted.HasFlag(ChangelogMode.UpdateAfter);
        var refusesDeletes = !accepted.HasFlag(ChangelogMode.Delete);
        if (FindProducer(sink.Input, refusesUpdates, refusesDeletes) is not { } producer)
        {
            return;
        }

        var mode = _result.ModeOf(producer);
        var kinds = new List<string>();
        if (refusesUpdates && (mode & Updates) != 0)
        {
            kinds.Add("update");
        }

        if (refusesDeletes && mode.HasFlag(ChangelogMode.Delete))
        {
            kinds.Add("delete");
        }

        throw Refuse(
            $"Table sink '{sink.Table.Path}' doesn't support consuming {string.Join(" and ", kinds)} changes which is produced by node {PlanPrinter.Node(producer)}",
            "Write into a table with a primary key, or make the query append-only.");
    }

    // The node where refused kinds first come up, seen from the sink; nodes that only pass rows on are not blamed.
    private LogicalPlan? FindProducer(LogicalPlan node, bool updates, bool deletes)
    {
        var mode = _result.ModeOf(node);
        if (!((updates && (mode & Updates) != 0) || (deletes && mode.HasFlag(ChangelogMode.Delete))))
        {
            return null;
        }

        return node is LogicalPlan.Project or LogicalPlan.Filter or LogicalPlan.Union or LogicalPlan.WatermarkAssigner or LogicalPlan.WindowTable or LogicalPlan.Unnest
            ? node.Inputs.Select(i => FindProducer(i, updates, deletes)).FirstOrDefault(p => p is not null) ?? node
            : node;
    }

    // A sink that takes no -U can do without it only when its key tells the query's rows apart.
    private bool NeedsBefore(LogicalPlan.Sink sink)
    {
        if (traits.SinkMode(sink).HasFlag(ChangelogMode.UpdateBefore))
        {
            return true;
        }

        var key = sink.Table.PrimaryKey.Select(sink.Input.Schema.FindIndex).ToHashSet();
        return !_result.UpsertKeysOf(sink.Input).Any(k => k.Count > 0 && k.All(key.Contains));
    }

    // Top down: whether somebody reads the row before an update.
    private void InferBefore(LogicalPlan node, bool needsBefore)
    {
        var mode = _result.ModeOf(node);
        if (!needsBefore && CanLeaveOutBefore(node))
        {
            _result.SetMode(node, mode & ~ChangelogMode.UpdateBefore);
        }

        foreach (var input in node.Inputs)
        {
            InferBefore(input, node switch
            {
                // A version is told by its key and its own time; what was before is known. A row that normalizing completes would have the time of the one that it deletes.
                LogicalPlan.TemporalJoin join when ReferenceEquals(input, join.Right) => false,
                LogicalPlan.Project or LogicalPlan.Union or LogicalPlan.WatermarkAssigner => needsBefore,

                // A filter can make a deletion of an update only where it sees the row before; over the key it never does.
                LogicalPlan.Filter filter => needsBefore || !IsOverKey(filter.Predicate, filter.Input),
                _ => true,
            });
        }
    }

    private bool CanLeaveOutBefore(LogicalPlan node) => node switch
    {
        LogicalPlan.Aggregate => true,
        LogicalPlan.Scan scan => _result.NeedsNormalization(scan) && (scan.Predicate is null || IsOverKey(scan.Predicate, scan)),
        LogicalPlan.Project or LogicalPlan.Union or LogicalPlan.WatermarkAssigner => node.Inputs.All(i => !_result.ModeOf(i).HasFlag(ChangelogMode.UpdateBefore) || CanLeaveOutBefore(i)),
        LogicalPlan.Filter filter => IsOverKey(filter.Predicate, filter.Input) && CanLeaveOutBefore(filter.Input),
        _ => false,
    };

    private bool IsOverKey(Columnar.Expressions.Expression predicate, LogicalPlan input)
    {
        var columns = ExpressionTree.ColumnsOf(predicate);
        return _result.UpsertKeysOf(input).Any(k => columns.All(k.Contains));
    }

    private static ArcticException Refuse(string message, string hint) => new(ErrorCodes.InvalidStatement, message) { Hint = hint };
}

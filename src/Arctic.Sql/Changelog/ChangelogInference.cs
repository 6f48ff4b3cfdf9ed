using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
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
            LogicalPlan.Aggregate => ChangelogMode.Insert | Updates | (isUpdating ? ChangelogMode.Delete : 0),
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

    private ChangelogMode InferSort(LogicalPlan.Sort sort) => IsUnbounded(sort, traits)
        ? throw Refuse("Sort on a non-time-attribute field is not supported.", "Add LIMIT, or leave ORDER BY out: a stream has no end to sort at.")
        : ChangelogMode.Insert;

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

        return node is LogicalPlan.Project or LogicalPlan.Filter or LogicalPlan.Union or LogicalPlan.WatermarkAssigner
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

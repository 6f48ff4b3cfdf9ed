using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Rewrites a bound plan into one that gives the same rows with less work. Both modes share it.</summary>
/// <param name="settings">What constants are computed with.</param>
internal sealed class Optimizer(EvaluationSettings settings)
{
    private const int PassesMax = 32;

    private readonly IPlanRule[] _rules =
    [
        new FoldConstants(settings),
        new RemoveTrivialFilter(),
        new AggregateOfNothing(),
        new MergeFilters(),
        new PushFilterThroughProject(),
        new PushFilterThroughJoin(),
        new PushJoinConditionIntoInputs(),
        new PushFilterThroughUnion(),
        new PushFilterThroughAggregate(),
        new PushFilterThroughSort(),
        new ExtractEquiJoinKeys(),
        new MergeProjects(),
        new RemoveIdentityProject(),
        new PushLimitThroughProject(),
        new MakeTopN(),
        new MakeRank(),
    ];

    private readonly IPlanRule[] _scanRules = [new MergeProjects(), new RemoveIdentityProject(), new PushFilterIntoScan(), new PushLimitIntoScan()];

    /// <summary>Whether a scan must keep the columns of its table's primary key, though nobody above reads them: an upsert stream is told apart by them.</summary>
    public Func<LogicalPlan.Scan, bool> KeepsPrimaryKey { get; init; } = static scan => scan.Table.PrimaryKey.Count > 0;

    /// <summary>The better plan, of the same schema.</summary>
    public LogicalPlan Optimize(LogicalPlan plan)
    {
        plan = RunToFixedPoint(plan, _rules);
        plan = new ColumnPruning(KeepsPrimaryKey).Prune(plan);
        return RunToFixedPoint(plan, _scanRules);
    }

    // Each pass goes from the leaves to the root; a rule's work may let another one work below it in the next pass.
    private static LogicalPlan RunToFixedPoint(LogicalPlan plan, IReadOnlyList<IPlanRule> rules)
    {
        for (var pass = 0; pass < PassesMax; pass++)
        {
            var rewritten = RunOnce(plan, rules);
            if (ReferenceEquals(rewritten, plan))
            {
                return plan;
            }

            plan = rewritten;
        }

        return plan;
    }

    private static LogicalPlan RunOnce(LogicalPlan plan, IReadOnlyList<IPlanRule> rules)
    {
        var inputs = plan.Inputs.Select(i => RunOnce(i, rules)).ToList();
        if (inputs.Zip(plan.Inputs).Any(p => !ReferenceEquals(p.First, p.Second)))
        {
            plan = plan.WithInputs(inputs);
        }

        foreach (var rule in rules)
        {
            plan = rule.TryRewrite(plan) ?? plan;
        }

        return plan;
    }
}

/// <summary>One rewriting of a node and what is right below it. Stateless.</summary>
internal interface IPlanRule
{
    /// <summary>The node that may stand for this one: same columns, same rows; null where the rule has nothing to do, so that rules come to an end.</summary>
    LogicalPlan? TryRewrite(LogicalPlan node);
}

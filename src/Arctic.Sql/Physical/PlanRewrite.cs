using Arctic.Sql.Logical;

namespace Arctic.Sql.Physical;

/// <summary>Says what the dataflow has no operator for by what it has: before the changelog is inferred, so that what is inferred is what runs.</summary>
internal static class PlanRewrite
{
    /// <summary>The same rows by nodes that can be drawn.</summary>
    public static LogicalPlan Apply(LogicalPlan plan)
    {
        var inputs = plan.Inputs.Select(Apply).ToList();
        var node = inputs.Zip(plan.Inputs).All(i => ReferenceEquals(i.First, i.Second)) ? plan : plan.WithInputs(inputs);
        return node switch
        {
            LogicalPlan.SetOperation set => SetOperations.Rewrite(set),
            LogicalPlan.Limit { Input: LogicalPlan.Sort sort, Count: { } count } limit => new LogicalPlan.TopN(sort.Input, sort.Keys, limit.Offset, count),
            _ => node,
        };
    }
}

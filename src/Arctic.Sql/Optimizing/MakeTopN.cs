using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>A limit over a sort keeps only the best rows while it reads, instead of sorting all.</summary>
internal sealed class MakeTopN : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node is LogicalPlan.Limit { Count: { } count, Input: LogicalPlan.Sort sort } limit
        ? new LogicalPlan.TopN(sort.Input, sort.Keys, limit.Offset, count)
        : null;
}

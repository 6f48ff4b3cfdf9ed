using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Tells the source how many rows are wanted at most; the limit itself stays.</summary>
internal sealed class PushLimitIntoScan : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Limit { Count: { } count, Input: LogicalPlan.Scan { Predicate: null } scan } limit || count > long.MaxValue - limit.Offset)
        {
            return null;
        }

        var rows = limit.Offset + count;
        return scan.RowsMax <= rows ? null : limit with { Input = scan with { RowsMax = rows } };
    }
}

using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Rows that are not wanted need not be projected.</summary>
internal sealed class PushLimitThroughProject : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node) => node is LogicalPlan.Limit { Input: LogicalPlan.Project project } limit
        ? project with { Input = limit with { Input = project.Input } }
        : null;
}

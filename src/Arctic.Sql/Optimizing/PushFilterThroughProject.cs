using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Filters before projecting, on the expressions that the filtered columns stand for.</summary>
internal sealed class PushFilterThroughProject : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Filter { Input: LogicalPlan.Project project } filter)
        {
            return null;
        }

        // A value that may differ when computed twice must be computed once, before the filter.
        return ExpressionTree.ColumnsOf(filter.Predicate).All(c => ExpressionTree.IsDeterministic(project.Expressions[c]))
            ? project with { Input = new LogicalPlan.Filter(project.Input, ExpressionTree.Inline(filter.Predicate, project.Expressions)) }
            : null;
    }
}

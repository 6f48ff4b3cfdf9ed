using Arctic.Columnar.Expressions;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>A projection that passes every column on, under its name, goes.</summary>
internal sealed class RemoveIdentityProject : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Project project || project.Expressions.Count != project.Input.Schema.Count)
        {
            return null;
        }

        for (var i = 0; i < project.Expressions.Count; i++)
        {
            var field = project.Input.Schema[i];
            if (project.Expressions[i] is not Expression.ColumnReference column || column.Index != i || field.Name != project.Schema[i].Name || !field.Type.Equals(project.Schema[i].Type))
            {
                return null;
            }
        }

        return project.Input;
    }
}

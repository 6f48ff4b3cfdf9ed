using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Over;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding;

/// <summary>Over nodes, one a window, with the way from expressions that hold functions OVER them to expressions over their columns.</summary>
internal sealed class OverWindows
{
    private readonly Dictionary<BoundOver, int> _columns = [];

    private OverWindows(LogicalPlan plan) => Plan = plan;

    /// <summary>The columns of the input in their places, then what was computed.</summary>
    public LogicalPlan Plan { get; private set; }

    /// <summary>Whether an expression holds a function OVER a window.</summary>
    public static bool IsIn(Expression expression) => ExpressionTree.Any(expression, e => e is BoundOver);

    /// <summary>Computes every function OVER a window that the expressions hold.</summary>
    public static OverWindows Make(LogicalPlan input, IEnumerable<Expression> expressions)
    {
        var windows = new OverWindows(input);
        foreach (var window in Collect(expressions).GroupBy(o => o.Window))
        {
            windows.Append(window.Key, window.ToList());
        }

        return windows;
    }

    /// <summary>The expression with columns in the place of the functions.</summary>
    public Expression Rewrite(Expression expression) => ExpressionTree.Rewrite(
        expression, part => part is BoundOver over ? new Expression.ColumnReference(_columns[over], Plan.Schema[_columns[over]].Name, over.Type) : null);

    private static List<BoundOver> Collect(IEnumerable<Expression> expressions)
    {
        var found = new List<BoundOver>();
        foreach (var expression in expressions)
        {
            ExpressionTree.Any(expression, part =>
            {
                if (part is BoundOver over && !found.Contains(over))
                {
                    found.Add(over);
                }

                return false;
            });
        }

        return found;
    }

    private void Append(BoundWindow window, List<BoundOver> functions)
    {
        var partition = window.Partition.Select(ColumnOf).Distinct().ToEquatableList();
        var order = window.Order.Select(o => new SortKey(ColumnOf(o.Expression), o.IsDescending, o.NullsFirst)).ToEquatableList();
        var calls = functions.Select(MakeCall).ToEquatableList();
        var start = Plan.Schema.Count;
        Plan = new LogicalPlan.Over(Plan, partition, order, window.Frame, calls, new RowSchema(Plan.Schema.Fields.Concat(calls.Select((c, i) => new Field($"w0$o{start + i}", c.Type)))));
        for (var i = 0; i < functions.Count; i++)
        {
            _columns.Add(functions[i], start + i);
        }
    }

    private OverCall MakeCall(BoundOver over)
    {
        var arguments = over.Arguments.Select(ColumnOf).ToEquatableList();
        return over.Aggregate is { } kind
            ? new OverCall(OverFunction.Aggregate, new AggregateCall(kind, arguments, false, null, over.Type), over.Type)
            : new OverCall(over.Function, null, over.Type)
            {
                Argument = arguments.Count > 0 ? arguments[0] : -1,
                Default = arguments.Count > 1 ? arguments[1] : -1,
                Offset = over.Offset,
                IgnoresNulls = over.IgnoresNulls,
            };
    }

    // Columns of the input are taken as they are; anything else is computed below the window.
    private int ColumnOf(Expression expression)
    {
        if (expression is Expression.ColumnReference column)
        {
            return column.Index;
        }

        if (Plan is LogicalPlan.Project project && project.Expressions.ToList().IndexOf(expression) is var index and >= 0 && index >= project.Input.Schema.Count)
        {
            return index;
        }

        (var plan, var attached) = SubqueryJoins.Attach(Plan, [Rewrite(expression)]);
        var columns = plan.Schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type));
        Plan = new LogicalPlan.Project(plan, new(columns.Append(attached[0])), new RowSchema(plan.Schema.Fields.Append(new Field($"$f{plan.Schema.Count}", attached[0].Type))));
        return Plan.Schema.Count - 1;
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding.Correlation;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding;

/// <summary>An Aggregate node with the way from expressions over its input to expressions over its output.</summary>
internal sealed class Grouping
{
    private readonly IReadOnlyList<Expression> _keys;
    private readonly List<BoundAggregate> _aggregates;
    private readonly GroupingSets? _sets;
    private readonly BindingContext _context;

    private Grouping(LogicalPlan.Aggregate plan, IReadOnlyList<Expression> keys, GroupingSets? sets, List<BoundAggregate> aggregates, BindingContext context)
    {
        Plan = plan;
        _keys = keys;
        _sets = sets;
        _aggregates = aggregates;
        _context = context;
    }

    /// <summary>Keys, then aggregates.</summary>
    public LogicalPlan.Aggregate Plan { get; }

    /// <summary>Groups a plan by keys and computes every aggregate that the expressions hold.</summary>
    /// <param name="sets">The keys' sets, over whose plan they are computed; null when there is one set of all keys.</param>
    public static Grouping Make(LogicalPlan input, IReadOnlyList<Expression> keys, GroupingSets? sets, IEnumerable<Expression> expressions, BindingContext context)
    {
        var aggregates = CollectAggregates(expressions);
        var columns = new List<Expression>();
        input = sets?.Plan ?? input;
        var keyIndices = (sets?.Columns ?? keys).Select(k => IndexOf(columns, k)).ToEquatableList();
        var calls = aggregates.Select(a => MakeCall(a, columns)).ToEquatableList();
        var (grouped, map) = ProjectColumns(input, columns);
        var mappedKeys = keyIndices.Select(i => map[i]).ToEquatableList();
        var mappedCalls = calls.Select(c => Map(c, map)).ToEquatableList();
        var fields = mappedKeys.Select(i => grouped.Schema[i] with { Comment = null })
            .Concat(mappedCalls.Select((c, i) => new Field($"EXPR${mappedKeys.Count + i}", c.Type)));
        return new Grouping(new LogicalPlan.Aggregate(grouped, mappedKeys, mappedCalls, new RowSchema(fields)), keys, sets, aggregates, context);
    }

    /// <summary>The expression over the output: keys and aggregates become columns.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">It reads a column that is neither.</exception>
    public Expression Rewrite(Expression expression) => ExpressionTree.Rewrite(expression, part =>
    {
        if (FindKey(part) is var key && key >= 0)
        {
            return PlanColumns.At(Plan, key);
        }

        switch (part)
        {
            case BoundSubquery subquery when OuterReferences.IsCorrelated(subquery.Plan):
                return subquery with { Operands = subquery.Operands.Select(Rewrite).ToEquatableList(), Plan = OuterReferences.Move(subquery.Plan, 1, Move) };
            case BoundAggregate aggregate:
                var index = Plan.GroupKeys.Count + _aggregates.IndexOf(aggregate);
                return new Expression.ColumnReference(index, Plan.Schema[index].Name, aggregate.Type);
            case BoundGrouping grouping:
                return Describe(grouping);
            case Expression.ColumnReference column:
                throw NotGrouped(column, column.Name);
            default:
                return null;
        }
    });

    // With one set, every key is in it.
    private Expression Describe(BoundGrouping grouping)
    {
        var bits = _sets is null
            ? grouping.Arguments.All(a => _keys.Contains(a)) ? new Expression.Literal(0L, grouping.Type) : null
            : _sets.Describe(grouping.Arguments, PlanColumns.At(Plan, _keys.Count));
        return bits ?? throw NotGrouped(grouping, grouping.ToString());
    }

    private int FindKey(Expression part)
    {
        for (var i = 0; i < _keys.Count; i++)
        {
            if (_keys[i].Equals(part))
            {
                return i;
            }
        }

        return -1;
    }

    // What a sub-query read of the input it reads of the groups.
    private OuterReference Move(OuterReference outer) => FindKey(new Expression.ColumnReference(outer.Index, outer.Name, outer.Type)) is var key && key >= 0
        ? outer with { Index = key, Name = Plan.Schema[key].Name }
        : throw NotGrouped(outer, outer.Name);

    private Columnar.Errors.ArcticException NotGrouped(Expression part, string name)
    {
        var message = $"Expression '{name}' is not being grouped.";
        return _context.Places.TryGetValue(part, out var place)
            ? BindingErrors.Invalid(place, message, "Add it to GROUP BY, or put it into an aggregate.")
            : new Columnar.Errors.ArcticException(Columnar.Errors.ErrorCodes.InvalidStatement, message);
    }

    private static List<BoundAggregate> CollectAggregates(IEnumerable<Expression> expressions)
    {
        var aggregates = new List<BoundAggregate>();
        foreach (var expression in expressions)
        {
            ExpressionTree.Any(expression, part =>
            {
                if (part is BoundAggregate aggregate && !aggregates.Contains(aggregate))
                {
                    aggregates.Add(aggregate);
                }

                return false;
            });
        }

        return aggregates;
    }

    private static AggregateCall MakeCall(BoundAggregate aggregate, List<Expression> columns) => new(
        aggregate.Kind,
        aggregate.Arguments.Select(a => IndexOf(columns, a)).ToEquatableList(),
        aggregate.IsDistinct,
        aggregate.Filter is null ? null : IndexOf(columns, aggregate.Filter),
        aggregate.Type)
    {
        Order = aggregate.Order.Select(o => new SortKey(IndexOf(columns, o.Expression), o.IsDescending, o.NullsFirst)).ToEquatableList(),
    };

    private static AggregateCall Map(AggregateCall call, IReadOnlyList<int> map) => call with
    {
        Arguments = call.Arguments.Select(a => map[a]).ToEquatableList(),
        FilterIndex = call.FilterIndex is { } filter ? map[filter] : null,
        Order = call.Order.Select(o => o with { Index = map[o.Index] }).ToEquatableList(),
    };

    private static int IndexOf(List<Expression> columns, Expression expression)
    {
        var index = columns.IndexOf(expression);
        if (index < 0)
        {
            index = columns.Count;
            columns.Add(expression);
        }

        return index;
    }

    // Columns of the input are taken as they are; anything else is computed below the grouping.
    private static (LogicalPlan Plan, IReadOnlyList<int> Map) ProjectColumns(LogicalPlan input, List<Expression> columns)
    {
        if (columns.All(c => c is Expression.ColumnReference))
        {
            return (input, columns.Select(c => ((Expression.ColumnReference)c).Index).ToList());
        }

        (input, columns) = SubqueryJoins.Attach(input, columns);
        var fields = columns.Select((c, i) => new Field(c is Expression.ColumnReference column ? column.Name : $"$f{i}", c.Type));
        return (new LogicalPlan.Project(input, new(columns), new RowSchema(fields)), Enumerable.Range(0, columns.Count).ToList());
    }
}

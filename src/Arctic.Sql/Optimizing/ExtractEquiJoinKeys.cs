using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Optimizing;

/// <summary>Terms <c>left = right</c> of a join's condition become keys; sides that are not columns are computed below the join.</summary>
internal sealed class ExtractEquiJoinKeys : IPlanRule
{
    /// <inheritdoc/>
    public LogicalPlan? TryRewrite(LogicalPlan node)
    {
        if (node is not LogicalPlan.Join { Residual: { } residual } join)
        {
            return null;
        }

        var equalities = new List<Equality>();
        var rest = new List<Expression>();
        foreach (var term in ExpressionTree.Conjuncts(residual))
        {
            if (FindEquality(term, join) is { } equality)
            {
                equalities.Add(equality);
            }
            else
            {
                rest.Add(term);
            }
        }

        return equalities.Count == 0 ? null : Rebuild(join, equalities, rest);
    }

    private static Equality? FindEquality(Expression term, LogicalPlan.Join join)
    {
        if (term is not Expression.Call { Arguments: [var first, var second] } call)
        {
            return null;
        }

        var nullsMatch = ReferenceEquals(call.Function, ScalarFunctions.IsNotDistinctFrom);
        if ((!nullsMatch && !ReferenceEquals(call.Function, ScalarFunctions.Equals)) || !HasKeyType(first.Type, second.Type) || !ExpressionTree.IsDeterministic(term))
        {
            return null;
        }

        return (JoinSides.Of(first, join), JoinSides.Of(second, join)) switch
        {
            (JoinSide.Left, JoinSide.Right) => new Equality(first, second, nullsMatch),
            (JoinSide.Right, JoinSide.Left) => new Equality(second, first, nullsMatch),
            _ => null,
        };
    }

    // Keys are compared as they lie in memory: equal types, or text and bytes of any length. Rows and collections are left to the kernels.
    private static bool HasKeyType(DataType left, DataType right) => left is not (DataType.Row or DataType.Array or DataType.Map or DataType.Multiset)
        && (left.EqualsIgnoringNullability(right) || (left.IsCharacter() && right.IsCharacter()) || (left.IsBinary() && right.IsBinary()));

    private static LogicalPlan Rebuild(LogicalPlan.Join join, List<Equality> equalities, List<Expression> rest)
    {
        var leftCount = join.Left.Schema.Count;
        var (left, leftKeys) = AddColumns(join.Left, equalities.Select(e => JoinSides.Localize(e.Left, join.Left, 0)));
        var (right, rightKeys) = AddColumns(join.Right, equalities.Select(e => JoinSides.Localize(e.Right, join.Right, leftCount)));
        var keys = join.Keys.Concat(equalities.Select((e, i) => new JoinKey(leftKeys[i], rightKeys[i], e.NullsMatch))).ToEquatableList();
        var added = left.Schema.Count - leftCount;
        var residual = ExpressionTree.And(rest.Select(r => ExpressionTree.MapColumns(r, c => c < leftCount ? c : c + added)));
        if (added == 0 && right.Schema.Count == join.Right.Schema.Count)
        {
            return join with { Keys = keys, Residual = residual };
        }

        // The computed keys are dropped again behind the join.
        var isLeftOnly = join.Kind is JoinKind.LeftSemi or JoinKind.LeftAnti;
        var leftNulls = join.Kind is JoinKind.RightOuter or JoinKind.FullOuter;
        var rightNulls = join.Kind is JoinKind.LeftOuter or JoinKind.FullOuter;
        var fields = left.Schema.Fields.Select(f => leftNulls ? f with { Type = f.Type.AsNullable() } : f)
            .Concat(isLeftOnly ? [] : right.Schema.Fields.Select(f => rightNulls ? f with { Type = f.Type.AsNullable() } : f));
        var joined = new LogicalPlan.Join(left, right, join.Kind, keys, residual, new RowSchema(fields));
        var kept = Enumerable.Range(0, join.Schema.Count).Select(i => i < leftCount ? i : i + added);
        return new LogicalPlan.Project(joined, new(kept.Select(i => (Expression)new Expression.ColumnReference(i, joined.Schema[i].Name, joined.Schema[i].Type))), join.Schema);
    }

    private static (LogicalPlan Plan, List<int> Indices) AddColumns(LogicalPlan plan, IEnumerable<Expression> keys)
    {
        var columns = plan.Schema.Fields.Select((f, i) => (Expression)new Expression.ColumnReference(i, f.Name, f.Type)).ToList();
        var indices = new List<int>();
        foreach (var key in keys)
        {
            var index = key is Expression.ColumnReference column ? column.Index : columns.IndexOf(key);
            if (index < 0)
            {
                index = columns.Count;
                columns.Add(key);
            }

            indices.Add(index);
        }

        if (columns.Count == plan.Schema.Count)
        {
            return (plan, indices);
        }

        var fields = columns.Select((c, i) => i < plan.Schema.Count ? plan.Schema[i] : new Field($"$key{i}", c.Type));
        return (new LogicalPlan.Project(plan, new(columns), new RowSchema(fields)), indices);
    }

    private sealed record Equality(Expression Left, Expression Right, bool NullsMatch);
}

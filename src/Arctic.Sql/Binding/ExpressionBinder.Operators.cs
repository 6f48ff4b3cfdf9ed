using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

// Operators and predicates.
internal sealed partial class ExpressionBinder
{
    private Expression BindUnary(SqlExpression.Unary unary)
    {
        var operand = Bind(unary.Operand);
        switch (unary.Operator)
        {
            case UnaryOperator.Not:
                return ScalarFunctions.Not.Bind([operand]);
            case UnaryOperator.Minus:
                return ScalarFunctions.Negate.Bind([operand]);
            default:
                return operand.Type.IsNumeric() || operand.Type is DataType.IntervalDayTime or DataType.IntervalYearMonth
                    ? operand
                    : operand.Type is DataType.Null ? throw BindingErrors.IllegalNull(unary.Operand)
                    : throw BindingErrors.Mismatch(unary, $"Cannot apply '+' to arguments of type '+<{operand.Type.AsNullable()}>'.");
        }
    }

    private Expression BindBinary(SqlExpression.Binary binary)
    {
        if (binary.Operator == BinaryOperator.Overlaps)
        {
            return BindOverlaps(binary);
        }

        return FunctionOf(binary.Operator).Bind([Bind(binary.Left), Bind(binary.Right)]);
    }

    private static ScalarFunction FunctionOf(BinaryOperator binaryOperator) => binaryOperator switch
    {
        BinaryOperator.Or => ScalarFunctions.Or,
        BinaryOperator.And => ScalarFunctions.And,
        BinaryOperator.Equal => ScalarFunctions.Equals,
        BinaryOperator.NotEqual => ScalarFunctions.NotEquals,
        BinaryOperator.Less => ScalarFunctions.LessThan,
        BinaryOperator.LessOrEqual => ScalarFunctions.LessThanOrEqual,
        BinaryOperator.Greater => ScalarFunctions.GreaterThan,
        BinaryOperator.GreaterOrEqual => ScalarFunctions.GreaterThanOrEqual,
        BinaryOperator.IsDistinctFrom => ScalarFunctions.IsDistinctFrom,
        BinaryOperator.IsNotDistinctFrom => ScalarFunctions.IsNotDistinctFrom,
        BinaryOperator.Plus => ScalarFunctions.Plus,
        BinaryOperator.Minus => ScalarFunctions.Minus,
        BinaryOperator.Multiply => ScalarFunctions.Times,
        BinaryOperator.Divide => ScalarFunctions.Divide,
        BinaryOperator.Modulo => ScalarFunctions.Modulo,
        BinaryOperator.Concatenate => ScalarFunctions.Concat,
        _ => throw new System.Diagnostics.UnreachableException(binaryOperator.ToString()),
    };

    // (a, b) OVERLAPS (c, d): each period is put in order, then a touch counts. An interval as the second member is added to the first.
    private Expression BindOverlaps(SqlExpression.Binary binary)
    {
        var (leftStart, leftEnd) = BindPeriod(binary.Left);
        var (rightStart, rightEnd) = BindPeriod(binary.Right);
        return ScalarFunctions.And.Bind([ScalarFunctions.GreaterThanOrEqual.Bind([leftEnd, rightStart]), ScalarFunctions.GreaterThanOrEqual.Bind([rightEnd, leftStart])]);
    }

    private (Expression Start, Expression End) BindPeriod(SqlExpression period)
    {
        if (period is not SqlExpression.Row { Items.Count: 2 } row)
        {
            throw BindingErrors.Invalid(period, "OVERLAPS needs two periods, each a pair in parentheses.");
        }

        var first = Bind(row.Items[0]);
        var second = Bind(row.Items[1]);
        if (second.Type is DataType.IntervalDayTime or DataType.IntervalYearMonth)
        {
            second = ScalarFunctions.Plus.Bind([first, second]);
        }

        var isOrdered = ScalarFunctions.LessThanOrEqual.Bind([first, second]);
        return (ConditionalTypes.BindCase([new CaseBranch(isOrdered, first)], second), ConditionalTypes.BindCase([new CaseBranch(isOrdered, second)], first));
    }

    private Expression BindDifference(SqlExpression.DateTimeDifference difference)
    {
        var unit = difference.Qualifier.Start.ToString().ToUpperInvariant() + (difference.Qualifier.End is { } end ? " TO " + end.ToString().ToUpperInvariant() : "");
        return ScalarFunctions.TimeDifference.Bind([LiteralBinder.BindWord(unit), Bind(difference.Left), Bind(difference.Right)]);
    }

    private Expression BindIs(SqlExpression.Is test)
    {
        if (test.Test == IsTest.Json)
        {
            var isJson = Functions.Json.IsJsonFunction.Instance.Bind([Bind(test.Operand), LiteralBinder.BindWord(test.JsonKind)]);
            return test.IsNegated ? ScalarFunctions.Not.Bind([isJson]) : isJson;
        }

        var function = (test.Test, test.IsNegated) switch
        {
            (IsTest.Null, false) => ScalarFunctions.IsNull,
            (IsTest.Null, true) => ScalarFunctions.IsNotNull,
            (IsTest.True, false) => ScalarFunctions.IsTrue,
            (IsTest.True, true) => ScalarFunctions.IsNotTrue,
            (IsTest.False, false) => ScalarFunctions.IsFalse,
            (IsTest.False, true) => ScalarFunctions.IsNotFalse,
            (IsTest.Unknown, false) => ScalarFunctions.IsUnknown,
            (IsTest.Unknown, true) => ScalarFunctions.IsNotUnknown,
            _ => throw new System.Diagnostics.UnreachableException(test.Test.ToString()),
        };
        return function.Bind([Bind(test.Operand)]);
    }

    private Expression BindBetween(SqlExpression.Between between)
    {
        var operand = Bind(between.Operand);
        var low = Bind(between.Low);
        var high = Bind(between.High);
        var inside = BindBetween(operand, low, high);
        if (between.IsSymmetric)
        {
            inside = ScalarFunctions.Or.Bind([inside, BindBetween(operand, high, low)]);
        }

        return between.IsNegated ? ScalarFunctions.Not.Bind([inside]) : inside;
    }

    private static Expression BindBetween(Expression operand, Expression low, Expression high) =>
        ScalarFunctions.And.Bind([ScalarFunctions.GreaterThanOrEqual.Bind([operand, low]), ScalarFunctions.LessThanOrEqual.Bind([operand, high])]);

    private Expression BindInList(SqlExpression.InList inList)
    {
        var found = ScalarFunctions.In.Bind([Bind(inList.Operand), .. BindAll(inList.Items)]);
        return inList.IsNegated ? ScalarFunctions.Not.Bind([found]) : found;
    }

    private Expression BindLike(SqlExpression.Like like)
    {
        List<Expression> arguments = [Bind(like.Operand), Bind(like.Pattern)];
        if (like.Escape is not null)
        {
            arguments.Add(Bind(like.Escape));
        }

        var function = like.Kind == LikeKind.Like ? ScalarFunctions.Like : Functions.FunctionCatalog.Find("SIMILAR") ?? throw BindingErrors.Unsupported(like, "SIMILAR TO");
        var matches = function.Bind(arguments);
        return like.IsNegated ? ScalarFunctions.Not.Bind([matches]) : matches;
    }

    private Expression.Case BindCase(SqlExpression.Case conditional)
    {
        var operand = conditional.Operand is null ? null : Bind(conditional.Operand);
        var branches = new List<CaseBranch>();
        foreach (var branch in conditional.Branches)
        {
            var condition = Bind(branch.Condition);
            branches.Add(new CaseBranch(operand is null ? condition : ScalarFunctions.Equals.Bind([operand, condition]), Bind(branch.Result)));
        }

        return ConditionalTypes.BindCase(branches, conditional.Else is null ? null : Bind(conditional.Else));
    }

    private BoundSubquery BindScalarQuery(SqlExpression.ScalarQuery scalar)
    {
        var plan = queries.BindSubquery(scalar.Query, scope);
        return plan.Schema.Count == 1
            ? new BoundSubquery(SubqueryKind.Scalar, [], null, plan, plan.Schema[0].Type.AsNullable())
            : throw BindingErrors.Invalid(scalar, $"A sub-query in the place of a value gives one column, not {plan.Schema.Count}.");
    }

    private BoundSubquery BindExists(SqlExpression.Exists exists) =>
        new(SubqueryKind.Exists, [], null, queries.BindSubquery(exists.Query, scope), DataTypes.Boolean.AsNotNull());

    private Expression BindInQuery(SqlExpression.InQuery inQuery)
    {
        var found = BindMembership(inQuery, inQuery.Operand, inQuery.Query);
        return inQuery.IsNegated ? ScalarFunctions.Not.Bind([found]) : found;
    }

    private BoundSubquery BindMembership(SqlExpression node, SqlExpression operandNode, Query query)
    {
        var operands = operandNode is SqlExpression.Row row ? BindAll(row.Items) : [Bind(operandNode)];
        var plan = queries.BindSubquery(query, scope);
        if (plan.Schema.Count != operands.Length)
        {
            throw BindingErrors.Invalid(node, $"IN compares {operands.Length} value{(operands.Length == 1 ? "" : "s")} with a sub-query of {plan.Schema.Count} columns.");
        }

        // Both sides take their common type, as a comparison of them would.
        var types = new DataType[operands.Length];
        for (var i = 0; i < operands.Length; i++)
        {
            types[i] = TypeCoercion.FindCommonType(operands[i].Type, plan.Schema[i].Type)
                ?? throw BindingErrors.Mismatch(node, $"Values passed to IN operator must have compatible types: {operands[i].Type.AsNullable()} and {plan.Schema[i].Type.AsNullable()}.");
            operands[i] = TypeCoercion.Coerce(operands[i], types[i]);
        }

        plan = QueryBinder.Coerce(plan, types);
        var isNullable = operands.Any(o => o.Type.IsNullable) || plan.Schema.Fields.Any(f => f.Type.IsNullable);
        return new BoundSubquery(SubqueryKind.In, new(operands), null, plan, DataTypes.Boolean.WithNullability(isNullable));
    }

    private Expression BindQuantified(SqlExpression.Quantified quantified)
    {
        // = ANY is IN, <> ALL is NOT IN.
        if (quantified is { Operator: BinaryOperator.Equal, IsAll: false })
        {
            return BindMembership(quantified, quantified.Operand, quantified.Query);
        }

        if (quantified is { Operator: BinaryOperator.NotEqual, IsAll: true })
        {
            return ScalarFunctions.Not.Bind([BindMembership(quantified, quantified.Operand, quantified.Query)]);
        }

        var operand = Bind(quantified.Operand);
        var plan = queries.BindSubquery(quantified.Query, scope);
        if (plan.Schema.Count != 1)
        {
            throw BindingErrors.Invalid(quantified, $"A comparison with {(quantified.IsAll ? "ALL" : "ANY")} needs a sub-query of one column, not {plan.Schema.Count}.");
        }

        var function = FunctionOf(quantified.Operator);
        var comparison = function.Bind([operand, new Expression.ColumnReference(0, plan.Schema[0].Name, plan.Schema[0].Type)]);
        return new BoundSubquery(quantified.IsAll ? SubqueryKind.All : SubqueryKind.Any, [operand], function, plan, comparison.Type.AsNullable());
    }
}

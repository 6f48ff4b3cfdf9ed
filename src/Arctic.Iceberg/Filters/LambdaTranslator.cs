using System.Collections;
using System.Linq.Expressions;
using System.Reflection;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Mapping;
using Arctic.Iceberg.Spec;
using LinqExpression = System.Linq.Expressions.Expression;
using RowExpression = Arctic.Columnar.Expressions.Expression;

namespace Arctic.Iceberg.Filters;

/// <summary>
/// Makes a condition over columns of a lambda over a record, with C#'s meaning of null: a comparison with null is false (and <c>null == null</c> true), so that no condition is ever
/// unknown. Texts are compared by their characters' codes.
/// </summary>
internal sealed class LambdaTranslator(Schema schema, LambdaExpression lambda)
{
    private static readonly Dictionary<ExpressionType, ScalarFunction> Comparisons = new()
    {
        [ExpressionType.LessThan] = ScalarFunctions.LessThan,
        [ExpressionType.LessThanOrEqual] = ScalarFunctions.LessThanOrEqual,
        [ExpressionType.GreaterThan] = ScalarFunctions.GreaterThan,
        [ExpressionType.GreaterThanOrEqual] = ScalarFunctions.GreaterThanOrEqual,
    };

    private static readonly Dictionary<ExpressionType, ScalarFunction> Arithmetic = new()
    {
        [ExpressionType.Add] = ScalarFunctions.Plus,
        [ExpressionType.AddChecked] = ScalarFunctions.Plus,
        [ExpressionType.Subtract] = ScalarFunctions.Minus,
        [ExpressionType.SubtractChecked] = ScalarFunctions.Minus,
        [ExpressionType.Multiply] = ScalarFunctions.Times,
        [ExpressionType.MultiplyChecked] = ScalarFunctions.Times,
        [ExpressionType.Divide] = ScalarFunctions.Divide,
        [ExpressionType.Modulo] = ScalarFunctions.Modulo,
    };

    private readonly ParameterExpression _row = lambda.Parameters[0];

    /// <summary>The whole lambda; BOOLEAN and never NULL.</summary>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>: a part that no columns can compute, by its text.</exception>
    public RowExpression Translate() => Condition(lambda.Body);

    private RowExpression Condition(LinqExpression node) => Truth(Value(node));

    private RowExpression Value(LinqExpression node)
    {
        if (!RowUse.In(node, _row))
        {
            return FilterLiterals.Of(Constants.Evaluate(node));
        }

        return node switch
        {
            MemberExpression member => Member(member),
            UnaryExpression { NodeType: ExpressionType.Not } not when not.Type == typeof(bool) => Call(ScalarFunctions.Not, node, Condition(not.Operand)),
            UnaryExpression { NodeType: ExpressionType.Negate or ExpressionType.NegateChecked } negate when IsNumber(negate.Type) => Call(ScalarFunctions.Negate, node, Operand(negate.Operand)),
            UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert when Widening.Keeps(convert.Operand.Type, convert.Type) => Value(convert.Operand),
            BinaryExpression binary => Binary(binary),
            ConditionalExpression choice => Call(ScalarFunctions.If, node, Condition(choice.Test), Value(choice.IfTrue), Value(choice.IfFalse)),
            MethodCallExpression call => Method(call),
            _ => throw Unsupported(node),
        };
    }

    private RowExpression Binary(BinaryExpression node)
    {
        switch (node.NodeType)
        {
            case ExpressionType.AndAlso or ExpressionType.And when node.Type == typeof(bool):
                return Call(ScalarFunctions.And, node, Condition(node.Left), Condition(node.Right));
            case ExpressionType.OrElse or ExpressionType.Or when node.Type == typeof(bool):
                return Call(ScalarFunctions.Or, node, Condition(node.Left), Condition(node.Right));
            case ExpressionType.Equal or ExpressionType.NotEqual:
                return Equality(node, node.Left, node.Right, node.NodeType == ExpressionType.Equal);
            case ExpressionType.Coalesce:
                return Call(ScalarFunctions.Coalesce, node, Value(node.Left), Value(node.Right));
        }

        if (Comparisons.TryGetValue(node.NodeType, out var comparison))
        {
            var (left, right) = Sides(node.Left, node.Right);
            return Truth(Call(comparison, node, left, right));
        }

        return Arithmetic.TryGetValue(node.NodeType, out var function) && IsNumber(node.Type) ? Call(function, node, Operand(node.Left), Operand(node.Right)) : throw Unsupported(node);
    }

    // C# computes in the type that it has converted both sides to: an int made a long, or a double, is none in its column.
    private RowExpression Operand(LinqExpression node)
    {
        var value = Value(node);
        return value is not RowExpression.Literal && Widening.FindWider(value.Type, node.Type) is { } type ? CastRules.Cast(value, type, isTry: false) : value;
    }

    private RowExpression Equality(LinqExpression node, LinqExpression leftNode, LinqExpression rightNode, bool isEqual)
    {
        var (left, right) = Sides(leftNode, rightNode);
        if (right is RowExpression.Literal { Value: null } || left is RowExpression.Literal { Value: null })
        {
            return Call(isEqual ? ScalarFunctions.IsNull : ScalarFunctions.IsNotNull, node, right is RowExpression.Literal { Value: null } ? left : right);
        }

        var mayBeNull = left.Type.IsNullable || right.Type.IsNullable;
        var function = (isEqual, mayBeNull) switch
        {
            (true, false) => ScalarFunctions.Equals,
            (true, true) => ScalarFunctions.IsNotDistinctFrom,
            (false, false) => ScalarFunctions.NotEquals,
            _ => ScalarFunctions.IsDistinctFrom,
        };
        return Call(function, node, left, right);
    }

    private (RowExpression Left, RowExpression Right) Sides(LinqExpression left, LinqExpression right)
    {
        var (a, b) = (Value(left), Value(right));
        return FilterLiterals.Fit(EnumName(a, b, right), EnumName(b, a, left));
    }

    // An enum in a column of names: the compiler has made numbers of both sides.
    private static RowExpression EnumName(RowExpression side, RowExpression other, LinqExpression otherNode)
    {
        var type = Nullable.GetUnderlyingType(Widening.Unwrap(otherNode).Type) ?? Widening.Unwrap(otherNode).Type;
        return side is RowExpression.Literal { Value: { } number } && other.Type.IsCharacter() && type.IsEnum && Enum.GetName(type, Enum.ToObject(type, number)) is { } name
            ? FilterLiterals.Of(name)
            : side;
    }

    private RowExpression Member(MemberExpression node)
    {
        if (node.Expression is { } inner && Nullable.GetUnderlyingType(inner.Type) is not null)
        {
            return node.Member.Name == nameof(Nullable<int>.HasValue) ? Call(ScalarFunctions.IsNotNull, node, Value(inner)) : Value(inner);
        }

        return Place(node).Value;
    }

    private (RowExpression Value, IReadOnlyList<NestedField> Fields) Place(LinqExpression node)
    {
        if (node is not MemberExpression { Expression: { } owner, Member: PropertyInfo property } || MemberType.Of(owner.Type).Kind != MemberKind.Record)
        {
            throw Unsupported(node);
        }

        // A struct's field may be asked of a nullable one's Value, which is a member too.
        var under = owner is MemberExpression { Member.Name: nameof(Nullable<int>.Value), Expression: { } nullable } && Nullable.GetUnderlyingType(nullable.Type) is not null ? nullable : owner;
        var row = under == _row ? default : Place(under);
        var fields = row.Fields ?? schema.Fields;
        var member = RecordMembers.Of(owner.Type).FirstOrDefault(m => m.Property.Name == property.Name) ?? throw Unsupported(node);
        var index = member.FindColumn(fields);
        if (index < 0)
        {
            throw member.NoColumn(fields, "the table");
        }

        var value = row.Value is null ? FilterColumns.At(schema, index) : FilterColumns.Member(row.Value, index);
        return (value, fields[index].Type is IcebergType.Struct s ? s.Fields : []);
    }

    private RowExpression Method(MethodCallExpression node)
    {
        if (node.Method.DeclaringType == typeof(string))
        {
            return Text(node);
        }

        if (node is { Method.Name: nameof(Equals), Object: { } left, Arguments: [var right] })
        {
            return Equality(node, left, right, isEqual: true);
        }

        if (Membership.TryMatch(node, out var list, out var item) && !RowUse.In(list, _row))
        {
            var operand = Value(item);
            var values = ((IEnumerable?)Constants.Evaluate(list) ?? throw Unsupported(node)).Cast<object?>().ToList();
            var found = BoundFilter.In(operand, values.Where(v => v is not null).Select(v => EnumName(FilterLiterals.Of(v), operand, item)), node);
            return values.Contains(null) ? Call(ScalarFunctions.Or, node, Truth(found), Call(ScalarFunctions.IsNull, node, operand)) : Truth(found);
        }

        throw Unsupported(node);
    }

    private RowExpression Text(MethodCallExpression node)
    {
        switch (node.Method.Name)
        {
            case nameof(string.IsNullOrEmpty):
                var text = Value(node.Arguments[0]);
                return Call(ScalarFunctions.Or, node, Call(ScalarFunctions.IsNull, node, text), Truth(Call(ScalarFunctions.Equals, node, text, FilterLiterals.Of(""))));
            case nameof(string.Equals) when node.Object is null && node.Arguments.Count == 2:
                return Equality(node, node.Arguments[0], node.Arguments[1], isEqual: true);
            case nameof(string.Equals) when node.Object is { } left && node.Arguments.Count == 1:
                return Equality(node, left, node.Arguments[0], isEqual: true);
        }

        var isKnown = Enum.TryParse<LikeKind>(node.Method.Name, out var kind);
        var isOrdinal = node.Arguments.Count == 1 || (node.Arguments.Count == 2 && Constants.Evaluate(node.Arguments[1]) is StringComparison.Ordinal);
        if (!isKnown || !isOrdinal || node.Object is null || RowUse.In(node.Arguments[0], _row) || Constants.Evaluate(node.Arguments[0])?.ToString() is not { } part)
        {
            throw Unsupported(node);
        }

        return Truth(BoundFilter.Like(Value(node.Object), kind, part, node));
    }

    private static RowExpression Truth(RowExpression condition) => condition.Type.IsNullable ? BoundFilter.Call(ScalarFunctions.IsTrue, [condition], condition) : condition;

    private static RowExpression Call(ScalarFunction function, LinqExpression source, params RowExpression[] arguments) => BoundFilter.Call(function, arguments, source);

    private static bool IsNumber(Type type)
    {
        var core = Nullable.GetUnderlyingType(type) ?? type;
        return core == typeof(decimal) || (core.IsPrimitive && core != typeof(bool) && core != typeof(char));
    }

    private static ArcticException Unsupported(LinqExpression node) =>
        new(ErrorCodes.Unsupported, $"its part '{node}' cannot be computed from columns.")
        {
            Hint = "Filter with what can be, and test the rest on the rows that come; docs/guide/iceberg.md lists what can be.",
        };
}

using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Filters;

/// <summary>Whether a part of a lambda depends on the row.</summary>
internal sealed class RowUse : ExpressionVisitor
{
    private readonly ParameterExpression _row;
    private bool _isFound;

    private RowUse(ParameterExpression row) => _row = row;

    public static bool In(Expression node, ParameterExpression row)
    {
        var use = new RowUse(row);
        use.Visit(node);
        return use._isFound;
    }

    protected override Expression VisitParameter(ParameterExpression node)
    {
        _isFound |= node == _row;
        return node;
    }
}

/// <summary>The values of parts of a lambda that do not depend on the row.</summary>
internal static class Constants
{
    /// <summary>The value, as the caller's code would compute it.</summary>
    /// <exception cref="ArcticException"><c>EVALUATION_FAILED</c>: computing it throws.</exception>
    public static object? Evaluate(Expression node)
    {
        switch (node)
        {
            case ConstantExpression constant:
                return constant.Value;
            case MemberExpression { Member: FieldInfo field, Expression: ConstantExpression { Value: { } closure } }:
                return field.GetValue(closure);
        }

        try
        {
            // A span cannot be boxed; the compiler makes one of an array for its own Contains.
            return Expression.Lambda<Func<object?>>(Expression.Convert(node, typeof(object))).Compile(preferInterpretation: true)();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, $"its part '{node}' cannot be evaluated: {e.Message}", e);
        }
    }
}

/// <summary>Conversions that the compiler puts around a value without changing it.</summary>
internal static class Widening
{
    private const int IntegerRankMax = 4;

    /// <summary>Whether a conversion keeps every value: to the nullable form, from an enum to its number, to a wider number, to <see cref="object"/>.</summary>
    public static bool Keeps(Type from, Type to)
    {
        var (a, b) = (Nullable.GetUnderlyingType(from) ?? from, Nullable.GetUnderlyingType(to) ?? to);
        if (a == b || b.IsAssignableFrom(a))
        {
            return true;
        }

        a = a.IsEnum ? a.GetEnumUnderlyingType() : a;
        return a == b || (Rank(a) > 0 && Rank(b) > Rank(a) && (b != typeof(decimal) || Rank(a) <= IntegerRankMax));
    }

    /// <summary>The column type in which arithmetic of a C# type is done, where a column's own is narrower; null where it is not.</summary>
    public static DataType? FindWider(DataType column, Type type) => (Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type), column) switch
    {
        (TypeCode.Int64, DataType.Int) => DataTypes.BigInt,
        (TypeCode.Single, DataType.Int or DataType.BigInt) => DataTypes.Float,
        (TypeCode.Double, DataType.Int or DataType.BigInt or DataType.Float) => DataTypes.Double,
        (TypeCode.Decimal, DataType.Int) => DataTypes.Decimal(10, 0),
        (TypeCode.Decimal, DataType.BigInt) => DataTypes.Decimal(19, 0),
        _ => null,
    };

    /// <summary>The value under conversions.</summary>
    public static Expression Unwrap(Expression node) =>
        node is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked } convert && Keeps(convert.Operand.Type, convert.Type) ? Unwrap(convert.Operand) : node;

    // As C# converts by itself, which may lose digits of a long in a double, but never the size.
    private static int Rank(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte or TypeCode.Byte => 1,
        TypeCode.Int16 or TypeCode.UInt16 => 2,
        TypeCode.Int32 or TypeCode.UInt32 => 3,
        TypeCode.Int64 or TypeCode.UInt64 => 4,
        TypeCode.Single => 5,
        TypeCode.Double => 6,
        TypeCode.Decimal => 7,
        _ => 0,
    };
}

/// <summary><c>list.Contains(item)</c> in the forms that the compiler gives it.</summary>
internal static class Membership
{
    public static bool TryMatch(MethodCallExpression call, [NotNullWhen(true)] out Expression? list, [NotNullWhen(true)] out Expression? item)
    {
        (list, item) = (null, null);
        if (call.Method.Name != nameof(Enumerable.Contains))
        {
            return false;
        }

        (list, item) = call switch
        {
            { Object: { } self, Arguments: [var only] } => (self, only),
            { Object: null, Arguments: [var first, var second] } => (first, second),
            _ => (null, null),
        };
        if (list is MethodCallExpression { Method.Name: "op_Implicit", Arguments: [var array] })
        {
            list = array;
        }

        return list is not null && list.Type != typeof(string) && typeof(System.Collections.IEnumerable).IsAssignableFrom(list.Type);
    }
}

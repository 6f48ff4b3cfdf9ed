using System.Diagnostics;
using System.Numerics;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Which of the six comparisons.</summary>
internal enum ComparisonKind
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>The operators <c>= &lt;&gt; &lt; &lt;= &gt; &gt;=</c>. Text is cast to a date or time that it meets, never to a number.</summary>
internal sealed class ComparisonFunction(string name, string symbol, ComparisonKind kind) : ScalarFunction(name)
{
    public ComparisonKind Kind { get; } = kind;

    public override string Print(IReadOnlyList<Expression> arguments) => $"({arguments[0]} {symbol} {arguments[1]})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        var (left, right) = ComparisonOperands.Coerce(arguments[0], arguments[1], symbol);
        if (Kind is not (ComparisonKind.Equal or ComparisonKind.NotEqual) && left.Type is DataType.Array or DataType.Map or DataType.Multiset or DataType.Row)
        {
            throw BindErrors.CannotApply(symbol, arguments);
        }

        var isNullable = arguments[0].Type.IsNullable || arguments[1].Type.IsNullable || ComparisonOperands.HasNullableField(left.Type) || ComparisonOperands.HasNullableField(right.Type);
        return new Expression.Call(this, [left, right], DataTypes.Boolean.WithNullability(isNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        Compile(Kind, call.Type, arguments, settings);

    /// <summary>A comparison of two operands of one type (decimals may differ in scale).</summary>
    public static IBatchExpression Compile(ComparisonKind kind, DataType type, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        // a > b is b < a.
        var swapped = kind is ComparisonKind.Greater or ComparisonKind.GreaterOrEqual;
        var operands = swapped ? [arguments[1], arguments[0]] : arguments;
        return kind switch
        {
            ComparisonKind.Equal => CompileWith<OrderEqual>(kind, type, operands, settings),
            ComparisonKind.NotEqual => CompileWith<OrderNotEqual>(kind, type, operands, settings),
            ComparisonKind.Less or ComparisonKind.Greater => CompileWith<OrderLess>(ComparisonKind.Less, type, operands, settings),
            _ => CompileWith<OrderLessOrEqual>(ComparisonKind.LessOrEqual, type, operands, settings),
        };
    }

    private static IBatchExpression CompileWith<TTest>(ComparisonKind kind, DataType type, IReadOnlyList<IBatchExpression> operands, EvaluationSettings settings)
        where TTest : struct, IOrderTest
    {
        var operand = operands[0].Type;
        if (operand is DataType.Decimal a && operands[1].Type is DataType.Decimal b && a.Scale != b.Scale)
        {
            return new RowKernel<CompareDecimalsOp<TTest>, BooleanWriter>(type, operands, new DecimalShape(a.Scale, b.Scale, 0, 0), settings);
        }

        return operand.Layout switch
        {
            ColumnLayout.Null => new RowKernel<CompareNestedOp<TTest>, BooleanWriter>(type, operands, null, settings),
            ColumnLayout.Boolean => new RowKernel<CompareBooleansOp<TTest>, BooleanWriter>(type, operands, null, settings),
            ColumnLayout.Int8 => CompileFixed<sbyte>(kind, type, operands),
            ColumnLayout.Int16 => CompileFixed<short>(kind, type, operands),
            ColumnLayout.Int32 => CompileFixed<int>(kind, type, operands),
            ColumnLayout.Int64 => CompileFixed<long>(kind, type, operands),
            ColumnLayout.Float32 => CompileFixed<float>(kind, type, operands),
            ColumnLayout.Float64 => CompileFixed<double>(kind, type, operands),
            ColumnLayout.Int128 => CompileFixed<Int128>(kind, type, operands),
            ColumnLayout.Bytes => new RowKernel<CompareBytesOp<TTest>, BooleanWriter>(type, operands, null, settings),
            _ => new RowKernel<CompareNestedOp<TTest>, BooleanWriter>(type, operands, null, settings),
        };
    }

    private static IBatchExpression CompileFixed<T>(ComparisonKind kind, DataType type, IReadOnlyList<IBatchExpression> operands)
        where T : unmanaged, INumber<T> => kind switch
        {
            ComparisonKind.Equal => new CompareKernel<T, EqualOp<T>>(type, operands[0], operands[1]),
            ComparisonKind.NotEqual => new CompareKernel<T, NotEqualOp<T>>(type, operands[0], operands[1]),
            ComparisonKind.Less => new CompareKernel<T, LessOp<T>>(type, operands[0], operands[1]),
            ComparisonKind.LessOrEqual => new CompareKernel<T, LessOrEqualOp<T>>(type, operands[0], operands[1]),
            _ => throw new UnreachableException($"Comparison {kind}"),
        };
}

/// <summary>Brings the two sides of a comparison to types that can be compared.</summary>
internal static class ComparisonOperands
{
    /// <summary>Both sides under one type, but for decimals, which keep their scales.</summary>
    public static (Expression Left, Expression Right) Coerce(Expression left, Expression right, string symbol)
    {
        var type = FindType(left.Type.AsNullable(), right.Type.AsNullable());
        if (type is null)
        {
            throw Refuse(left, right, symbol);
        }

        return type is DataType.Decimal ? (AsDecimal(left, type), AsDecimal(right, type)) : (TypeCoercion.Coerce(left, type), TypeCoercion.Coerce(right, type));
    }

    /// <summary>Whether comparing values of the type can be unknown though no value is NULL.</summary>
    public static bool HasNullableField(DataType type) => type is DataType.Row row && row.Fields.Any(f => f.Type.IsNullable || HasNullableField(f.Type));

    private static Expression AsDecimal(Expression side, DataType common) => TypeCoercion.Coerce(side, TypeCoercion.AsDecimal(side.Type) ?? common);

    private static DataType? FindType(DataType left, DataType right) => (left, right) switch
    {
        (DataType.Null, DataType.Null) => DataTypes.Boolean,
        _ when left.IsNumeric() && right.IsNumeric() => FindNumeric(left, right),
        (DataType.Timestamp a, DataType.TimestampLtz b) => a.Precision > b.Precision ? a : b,
        (DataType.TimestampLtz a, DataType.Timestamp b) => b.Precision > a.Precision ? b : a,
        _ when left.IsCharacter() && IsTemporal(right) => right,
        _ when right.IsCharacter() && IsTemporal(left) => left,
        _ => TypeCoercion.FindCommonType(left, right),
    };

    private static DataType? FindNumeric(DataType left, DataType right) =>
        left.IsApproximate() && right.IsApproximate() ? (left is DataType.Double ? left : right) : TypeCoercion.FindCommonType(left, right);

    private static bool IsTemporal(DataType type) => type is DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz;

    private static ArcticException Refuse(Expression left, Expression right, string symbol) =>
        (left.Type.IsNumeric() && right.Type.IsCharacter()) || (left.Type.IsCharacter() && right.Type.IsNumeric())
            ? new ArcticException(ErrorCodes.TypeMismatch, $"Cannot apply '{symbol}': implicit type conversion between {left.Type.AsNullable()} and {right.Type.AsNullable()} is not supported now.")
            {
                Hint = "Write a CAST around one side.",
            }
            : BindErrors.CannotApply(symbol, [left, right]);
}

/// <summary><c>IS [NOT] DISTINCT FROM</c>: comparison for which NULL equals NULL.</summary>
internal sealed class DistinctFunction(string name, string symbol, bool isNot) : ScalarFunction(name)
{
    public override string Print(IReadOnlyList<Expression> arguments) => $"({arguments[0]} {symbol} {arguments[1]})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        var (left, right) = ComparisonOperands.Coerce(arguments[0], arguments[1], symbol);
        return new Expression.Call(this, [left, right], DataTypes.Boolean.AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var left = new SharedExpression(arguments[0]);
        var right = new SharedExpression(arguments[1]);
        var equal = ComparisonFunction.Compile(ComparisonKind.Equal, DataTypes.Boolean, [left, right], settings);
        return new DistinctKernel(call.Type, left, right, equal, isNot);
    }
}

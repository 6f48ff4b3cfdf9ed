using System.Diagnostics;
using System.Numerics;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Which of the five operations.</summary>
internal enum ArithmeticKind
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// <summary>The operators <c>+ - * / %</c>, typed as Flink types them (spec/flink-sql.md, 2.2).</summary>
internal sealed class ArithmeticFunction(string name, string symbol, ArithmeticKind kind) : ScalarFunction(name)
{
    public override string Print(IReadOnlyList<Expression> arguments) => $"({arguments[0]} {symbol} {arguments[1]})";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        BindErrors.RefuseNull(arguments);
        var (left, right) = (arguments[0].Type, arguments[1].Type);
        if (left.IsNumeric() && right.IsNumeric())
        {
            return BindNumeric(arguments[0], arguments[1]);
        }

        return BindTemporal(arguments[0], arguments[1]) ?? throw BindErrors.CannotApply(symbol, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var (left, right) = (call.Arguments[0].Type, call.Arguments[1].Type);
        if (IsInterval(right) && left is not (DataType.IntervalDayTime or DataType.IntervalYearMonth))
        {
            return TimeShift.Compile(call.Type, arguments, kind == ArithmeticKind.Subtract, settings);
        }

        if (left is DataType.Decimal a)
        {
            return CompileDecimal(call.Type, a, (DataType.Decimal)right, arguments, settings);
        }

        var inner = left.WithNullability(call.Type.IsNullable);
        var kernel = left.Layout switch
        {
            ColumnLayout.Int8 => CompileInteger<sbyte>(inner, arguments, settings),
            ColumnLayout.Int16 => CompileInteger<short>(inner, arguments, settings),
            ColumnLayout.Int32 => CompileInteger<int>(inner, arguments, settings),
            ColumnLayout.Int64 => CompileInteger<long>(inner, arguments, settings),
            ColumnLayout.Float32 => CompileFloat<float>(inner, arguments),
            ColumnLayout.Float64 => CompileFloat<double>(inner, arguments),
            _ => throw new UnreachableException($"Arithmetic on {left}"),
        };
        return CastCompiler.Compile(kernel, call.Type, isTry: false, settings);
    }

    private static bool IsInterval(DataType type) => type is DataType.IntervalDayTime or DataType.IntervalYearMonth;

    private Expression.Call BindNumeric(Expression left, Expression right)
    {
        var (a, b) = (left.Type, right.Type);
        var isNullable = a.IsNullable || b.IsNullable;
        if (a.IsApproximate() || b.IsApproximate())
        {
            if (kind == ArithmeticKind.Remainder)
            {
                throw BindErrors.CannotApply(symbol, [left, right]);
            }

            // The wider type computes; of FLOAT and DOUBLE the first operand's type holds the result.
            var hasDouble = a is DataType.Double or DataType.Decimal || b is DataType.Double or DataType.Decimal;
            var compute = hasDouble ? DataTypes.Double : DataTypes.Float;
            var result = a is DataType.Float && b is DataType.Double ? DataTypes.Float : compute;
            return Make(left, right, compute, compute, result, isNullable);
        }

        if (a is DataType.Decimal || b is DataType.Decimal)
        {
            var (x, y) = (TypeCoercion.AsDecimal(a)!, TypeCoercion.AsDecimal(b)!); // both are exact here
            var result = kind == ArithmeticKind.Remainder && x.Scale == 0 && y.Scale == 0 ? b.AsNullable() : DecimalResult(x, y);
            return Make(left, right, x, y, result, isNullable);
        }

        var wide = TypeCoercion.NumericRank(a) >= TypeCoercion.NumericRank(b) ? a : b;
        return Make(left, right, wide, wide, kind == ArithmeticKind.Remainder ? b : wide, isNullable);
    }

    private Expression.Call Make(Expression left, Expression right, DataType leftType, DataType rightType, DataType result, bool isNullable) =>
        new(this, [TypeCoercion.Coerce(left, leftType), TypeCoercion.Coerce(right, rightType)], result.WithNullability(isNullable));

    private DataType DecimalResult(DataType.Decimal a, DataType.Decimal b)
    {
        var scale = kind switch
        {
            ArithmeticKind.Multiply => a.Scale + b.Scale,
            ArithmeticKind.Divide => Math.Max(6, a.Scale + b.Precision + 1),
            _ => Math.Max(a.Scale, b.Scale),
        };
        var precision = kind switch
        {
            ArithmeticKind.Multiply => a.Precision + b.Precision + 1,
            ArithmeticKind.Divide => a.Precision - a.Scale + b.Scale + scale,
            ArithmeticKind.Remainder => Math.Min(a.Precision - a.Scale, b.Precision - b.Scale) + scale,
            _ => Math.Max(a.Precision - a.Scale, b.Precision - b.Scale) + scale + 1,
        };
        if (precision > DataType.Decimal.MaxPrecision)
        {
            scale = Math.Max(DataType.Decimal.MaxPrecision - (precision - scale), Math.Min(scale, 6));
            precision = DataType.Decimal.MaxPrecision;
        }

        return DataTypes.Decimal(precision, scale);
    }

    private Expression.Call? BindTemporal(Expression left, Expression right)
    {
        var (a, b) = (left.Type, right.Type);
        var isNullable = a.IsNullable || b.IsNullable;
        switch (kind)
        {
            case ArithmeticKind.Add when IsInterval(a) && a.EqualsIgnoringNullability(b):
            case ArithmeticKind.Subtract when IsInterval(a) && a.EqualsIgnoringNullability(b):
                return Make(left, right, a, b, a, isNullable);
            case ArithmeticKind.Add when IsInterval(a) && IsPoint(b):
                return Make(right, left, b, a, b, isNullable);
            case ArithmeticKind.Add when IsPoint(a) && IsInterval(b):
            case ArithmeticKind.Subtract when IsPoint(a) && IsInterval(b):
                return Make(left, right, a, b, a, isNullable);
            case ArithmeticKind.Multiply when IsInterval(a) && b.IsInteger():
                return Make(left, right, a, FactorType(a), a, isNullable);
            case ArithmeticKind.Multiply when a.IsInteger() && IsInterval(b):
                return Make(right, left, b, FactorType(b), b, isNullable);
            default:
                return null;
        }
    }

    private static bool IsPoint(DataType type) => type is DataType.Date or DataType.Time or DataType.Timestamp or DataType.TimestampLtz;

    private static DataType FactorType(DataType interval) => interval is DataType.IntervalDayTime ? DataTypes.BigInt : DataTypes.Int;

    private IBatchExpression CompileInteger<T>(DataType type, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
        where T : unmanaged, IBinaryInteger<T> => kind switch
        {
            ArithmeticKind.Divide => new RowKernel<IntegerDivideOp<T>, FixedWriter<T>>(type, arguments, null, settings),
            ArithmeticKind.Remainder => new RowKernel<IntegerRemainderOp<T>, FixedWriter<T>>(type, arguments, null, settings),
            _ => CompileCommon<T>(type, arguments),
        };

    private IBatchExpression CompileFloat<T>(DataType type, IReadOnlyList<IBatchExpression> arguments)
        where T : unmanaged, IFloatingPoint<T> =>
        kind == ArithmeticKind.Divide ? new BinaryKernel<T, DivideOp<T>>(type, arguments[0], arguments[1]) : CompileCommon<T>(type, arguments);

    private IBatchExpression CompileCommon<T>(DataType type, IReadOnlyList<IBatchExpression> arguments)
        where T : unmanaged, INumberBase<T> => kind switch
        {
            ArithmeticKind.Add => new BinaryKernel<T, AddOp<T>>(type, arguments[0], arguments[1]),
            ArithmeticKind.Subtract => new BinaryKernel<T, SubtractOp<T>>(type, arguments[0], arguments[1]),
            ArithmeticKind.Multiply => new BinaryKernel<T, MultiplyOp<T>>(type, arguments[0], arguments[1]),
            _ => throw new UnreachableException($"Operation {kind}"),
        };

    private IBatchExpression CompileDecimal(DataType type, DataType.Decimal a, DataType.Decimal b, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        // A remainder typed as its integer divisor is computed as a whole decimal first.
        var inner = (type as DataType.Decimal ?? new DataType.Decimal(b.Precision, 0)).WithNullability(type.IsNullable);
        var shape = new DecimalShape(a.Scale, b.Scale, ((DataType.Decimal)inner).Scale, ((DataType.Decimal)inner).Precision);
        IBatchExpression kernel = kind switch
        {
            ArithmeticKind.Add => new RowKernel<DecimalOp<DecimalAdd>, FixedWriter<Int128>>(inner, arguments, shape, settings),
            ArithmeticKind.Subtract => new RowKernel<DecimalOp<DecimalSubtract>, FixedWriter<Int128>>(inner, arguments, shape, settings),
            ArithmeticKind.Multiply => new RowKernel<DecimalOp<DecimalMultiply>, FixedWriter<Int128>>(inner, arguments, shape, settings),
            ArithmeticKind.Divide => new RowKernel<DecimalOp<DecimalDivide>, FixedWriter<Int128>>(inner, arguments, shape, settings),
            ArithmeticKind.Remainder => new RowKernel<DecimalOp<DecimalRemainder>, FixedWriter<Int128>>(inner, arguments, shape, settings),
            _ => throw new UnreachableException($"Operation {kind}"),
        };
        return CastCompiler.Compile(kernel, type, isTry: false, settings);
    }
}

/// <summary>Unary minus and ABS, of numbers and intervals.</summary>
internal sealed class NegateFunction(string name, bool isAbs) : ScalarFunction(name)
{
    public override string Print(IReadOnlyList<Expression> arguments) => isAbs ? base.Print(arguments) : $"-{arguments[0]}";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        var type = arguments[0].Type;
        return type.IsNumeric() || type is DataType.IntervalDayTime or DataType.IntervalYearMonth
            ? new Expression.Call(this, [arguments[0]], type)
            : throw BindErrors.CannotApply(isAbs ? Name : "-", arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => call.Type.Layout switch
    {
        ColumnLayout.Int8 => Make<sbyte>(call.Type, arguments, settings),
        ColumnLayout.Int16 => Make<short>(call.Type, arguments, settings),
        ColumnLayout.Int32 => Make<int>(call.Type, arguments, settings),
        ColumnLayout.Int64 => Make<long>(call.Type, arguments, settings),
        ColumnLayout.Float32 => Make<float>(call.Type, arguments, settings),
        ColumnLayout.Float64 => Make<double>(call.Type, arguments, settings),
        ColumnLayout.Int128 => Make<Int128>(call.Type, arguments, settings),
        _ => throw new UnreachableException($"Arithmetic on {call.Type}"),
    };

    private IBatchExpression Make<T>(DataType type, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
        where T : unmanaged, INumber<T> => new RowKernel<NegateOp<T>, FixedWriter<T>>(type, arguments, isAbs, settings);
}

using System.Numerics;

namespace Arctic.Columnar.Kernels;

/// <summary>Truncating division; a zero divisor is an error, the least value by -1 wraps.</summary>
internal readonly ref struct IntegerDivideOp<T>(FixedReader<T> left, FixedReader<T> right) : IRowOp<IntegerDivideOp<T>, FixedWriter<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FixedReader<T> _left = left;
    private readonly FixedReader<T> _right = right;

    public static IntegerDivideOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.Fixed<T>(1));

    public void Apply(int row, FixedWriter<T> output)
    {
        var divisor = _right[row];
        if (T.IsZero(divisor))
        {
            throw EvaluationErrors.DivisionByZero();
        }

        output.Set(divisor == -T.One ? -_left[row] : _left[row] / divisor);
    }
}

/// <summary>The remainder with the sign of the dividend; a zero divisor is an error.</summary>
internal readonly ref struct IntegerRemainderOp<T>(FixedReader<T> left, FixedReader<T> right) : IRowOp<IntegerRemainderOp<T>, FixedWriter<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FixedReader<T> _left = left;
    private readonly FixedReader<T> _right = right;

    public static IntegerRemainderOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.Fixed<T>(1));

    public void Apply(int row, FixedWriter<T> output)
    {
        var divisor = _right[row];
        if (T.IsZero(divisor))
        {
            throw EvaluationErrors.DivisionByZero();
        }

        output.Set(divisor == -T.One ? T.Zero : _left[row] % divisor);
    }
}

/// <summary>The scales of two decimal operands and the type of their result.</summary>
internal sealed record DecimalShape(int LeftScale, int RightScale, int Scale, int Precision);

/// <summary>One of the decimal operations; false when the result does not fit.</summary>
internal interface IDecimalOp
{
    static abstract bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result);
}

internal readonly struct DecimalAdd : IDecimalOp
{
    public static bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result) =>
        DecimalMath.TryAdd(left, shape.LeftScale, right, shape.RightScale, shape.Scale, shape.Precision, out result);
}

internal readonly struct DecimalSubtract : IDecimalOp
{
    public static bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result) =>
        DecimalMath.TryAdd(left, shape.LeftScale, -right, shape.RightScale, shape.Scale, shape.Precision, out result);
}

internal readonly struct DecimalMultiply : IDecimalOp
{
    public static bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result) =>
        DecimalMath.TryMultiply(left, shape.LeftScale, right, shape.RightScale, shape.Scale, shape.Precision, out result);
}

internal readonly struct DecimalDivide : IDecimalOp
{
    public static bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result) =>
        right == 0 ? throw EvaluationErrors.DivisionByZero() : DecimalMath.TryDivide(left, shape.LeftScale, right, shape.RightScale, shape.Scale, shape.Precision, out result);
}

internal readonly struct DecimalRemainder : IDecimalOp
{
    public static bool TryApply(Int128 left, Int128 right, DecimalShape shape, out Int128 result) =>
        right == 0 ? throw EvaluationErrors.DivisionByZero() : DecimalMath.TryRemainder(left, shape.LeftScale, right, shape.RightScale, shape.Scale, shape.Precision, out result);
}

/// <summary>A decimal operation on two columns; what does not fit is NULL.</summary>
internal readonly ref struct DecimalOp<TOp>(FixedReader<Int128> left, FixedReader<Int128> right, DecimalShape shape) : IRowOp<DecimalOp<TOp>, FixedWriter<Int128>>
    where TOp : struct, IDecimalOp
{
    private readonly FixedReader<Int128> _left = left;
    private readonly FixedReader<Int128> _right = right;

    public static DecimalOp<TOp> Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), arguments.Fixed<Int128>(1), (DecimalShape)arguments.State!); // prepared by the function

    public void Apply(int row, FixedWriter<Int128> output)
    {
        if (TOp.TryApply(_left[row], _right[row], shape, out var result))
        {
            output.Set(result);
        }
        else
        {
            output.SetNull();
        }
    }
}

/// <summary>Unary minus and ABS; the least integer stays as it is.</summary>
internal readonly ref struct NegateOp<T>(FixedReader<T> value, bool isAbs) : IRowOp<NegateOp<T>, FixedWriter<T>>
    where T : unmanaged, INumber<T>
{
    private readonly FixedReader<T> _value = value;

    public static NegateOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.State is true);

    public void Apply(int row, FixedWriter<T> output)
    {
        var value = _value[row];
        output.Set(!isAbs || T.IsNegative(value) ? -value : value);
    }
}

using System.Numerics;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>An operation of two values that cannot fail; also on whole vectors.</summary>
internal interface IBinaryOp<T>
    where T : unmanaged
{
    static abstract T Apply(T left, T right);

    static abstract Vector<T> Apply(Vector<T> left, Vector<T> right);
}

/// <summary>Wrapping addition of integers, IEEE addition of floats.</summary>
internal readonly struct AddOp<T> : IBinaryOp<T>
    where T : unmanaged, INumberBase<T>
{
    public static T Apply(T left, T right) => left + right;

    public static Vector<T> Apply(Vector<T> left, Vector<T> right) => left + right;
}

/// <summary>Wrapping or IEEE subtraction.</summary>
internal readonly struct SubtractOp<T> : IBinaryOp<T>
    where T : unmanaged, INumberBase<T>
{
    public static T Apply(T left, T right) => left - right;

    public static Vector<T> Apply(Vector<T> left, Vector<T> right) => left - right;
}

/// <summary>Wrapping or IEEE multiplication.</summary>
internal readonly struct MultiplyOp<T> : IBinaryOp<T>
    where T : unmanaged, INumberBase<T>
{
    public static T Apply(T left, T right) => left * right;

    public static Vector<T> Apply(Vector<T> left, Vector<T> right) => left * right;
}

/// <summary>IEEE division; not for integers.</summary>
internal readonly struct DivideOp<T> : IBinaryOp<T>
    where T : unmanaged, IFloatingPoint<T>
{
    public static T Apply(T left, T right) => left / right;

    public static Vector<T> Apply(Vector<T> left, Vector<T> right) => left / right;
}

/// <summary>Runs a <see cref="IBinaryOp{T}"/> over two columns, or a column and a constant: every row, since none can fail.</summary>
internal sealed class BinaryKernel<T, TOp>(DataType type, IBatchExpression left, IBatchExpression right) : IBatchExpression
    where T : unmanaged
    where TOp : struct, IBinaryOp<T>
{
    private readonly Column[] _columns = new Column[2];

    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var length = input.ColumnLength;
        var a = left.Evaluate(input);
        var b = right.Evaluate(input);
        if (a is ConstantColumn leftConstant && b is ConstantColumn rightConstant)
        {
            return new ConstantColumn(Run(leftConstant.Value, rightConstant.Value, 1), length);
        }

        return Run(a, b, length);
    }

    private FixedColumn<T> Run(Column a, Column b, int length)
    {
        (_columns[0], _columns[1]) = (a, b);
        var validity = ValidityMath.And(_columns, length);
        Array.Clear(_columns);
        var result = GC.AllocateUninitializedArray<T>(length);
        switch (a, b)
        {
            case (ConstantColumn x, FixedColumn<T> y):
                RunLeftConstant(((FixedColumn<T>)x.Value).Values[0], y.Values, result);
                break;
            case (FixedColumn<T> x, ConstantColumn y):
                RunRightConstant(x.Values, ((FixedColumn<T>)y.Value).Values[0], result);
                break;
            case (FixedColumn<T> x, FixedColumn<T> y):
                RunColumns(x.Values, y.Values, result);
                break;
        }

        return new FixedColumn<T>(Type, result, validity);
    }

    private static void RunColumns(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> result)
    {
        right = right[..left.Length];
        result = result[..left.Length];
        var i = 0;
        if (Vector<T>.IsSupported)
        {
            var l = MemoryMarshal.Cast<T, Vector<T>>(left);
            var r = MemoryMarshal.Cast<T, Vector<T>>(right);
            var o = MemoryMarshal.Cast<T, Vector<T>>(result);
            for (var v = 0; v < o.Length; v++)
            {
                o[v] = TOp.Apply(l[v], r[v]);
            }

            i = o.Length * Vector<T>.Count;
        }

        for (; i < result.Length; i++)
        {
            result[i] = TOp.Apply(left[i], right[i]);
        }
    }

    private static void RunRightConstant(ReadOnlySpan<T> left, T right, Span<T> result)
    {
        result = result[..left.Length];
        var i = 0;
        if (Vector<T>.IsSupported)
        {
            var l = MemoryMarshal.Cast<T, Vector<T>>(left);
            var o = MemoryMarshal.Cast<T, Vector<T>>(result);
            var r = new Vector<T>(right);
            for (var v = 0; v < o.Length; v++)
            {
                o[v] = TOp.Apply(l[v], r);
            }

            i = o.Length * Vector<T>.Count;
        }

        for (; i < result.Length; i++)
        {
            result[i] = TOp.Apply(left[i], right);
        }
    }

    private static void RunLeftConstant(T left, ReadOnlySpan<T> right, Span<T> result)
    {
        result = result[..right.Length];
        var i = 0;
        if (Vector<T>.IsSupported)
        {
            var r = MemoryMarshal.Cast<T, Vector<T>>(right);
            var o = MemoryMarshal.Cast<T, Vector<T>>(result);
            var l = new Vector<T>(left);
            for (var v = 0; v < o.Length; v++)
            {
                o[v] = TOp.Apply(l, r[v]);
            }

            i = o.Length * Vector<T>.Count;
        }

        for (; i < result.Length; i++)
        {
            result[i] = TOp.Apply(left, right[i]);
        }
    }
}

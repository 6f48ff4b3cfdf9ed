using System.Numerics;
using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>A test of two values.</summary>
internal interface ICompareOp<T>
{
    static abstract bool Test(T left, T right);
}

internal readonly struct EqualOp<T> : ICompareOp<T>
    where T : unmanaged, INumber<T>
{
    // NaN equals NaN, as Flink has it; for integers the second half folds away.
    public static bool Test(T left, T right) => left == right || (T.IsNaN(left) && T.IsNaN(right));
}

internal readonly struct NotEqualOp<T> : ICompareOp<T>
    where T : unmanaged, INumber<T>
{
    public static bool Test(T left, T right) => !EqualOp<T>.Test(left, right);
}

internal readonly struct LessOp<T> : ICompareOp<T>
    where T : unmanaged, INumber<T>
{
    public static bool Test(T left, T right) => left < right;
}

internal readonly struct LessOrEqualOp<T> : ICompareOp<T>
    where T : unmanaged, INumber<T>
{
    public static bool Test(T left, T right) => left <= right;
}

/// <summary>Compares two columns of one fixed-width layout into bits, 64 rows a word.</summary>
internal sealed class CompareKernel<T, TOp>(DataType type, IBatchExpression left, IBatchExpression right) : IBatchExpression
    where T : unmanaged
    where TOp : struct, ICompareOp<T>
{
    private readonly Column[] _columns = new Column[2];

    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var a = left.Evaluate(input);
        var b = right.Evaluate(input);
        return a is ConstantColumn x && b is ConstantColumn y ? new ConstantColumn(Run(x.Value, y.Value, 1), input.ColumnLength) : Run(a, b, input.ColumnLength);
    }

    private BooleanColumn Run(Column a, Column b, int length)
    {
        (_columns[0], _columns[1]) = (a, b);
        var validity = ValidityMath.And(_columns, length);
        Array.Clear(_columns);
        var words = new ulong[(length + 63) >> 6];
        switch (a, b)
        {
            case (FixedColumn<T> x, ConstantColumn y):
                RunConstant(x.Values, ((FixedColumn<T>)y.Value).Values[0], words);
                break;
            case (ConstantColumn x, FixedColumn<T> y):
                RunLeftConstant(((FixedColumn<T>)x.Value).Values[0], y.Values, words);
                break;
            case (FixedColumn<T> x, FixedColumn<T> y):
                RunColumns(x.Values, y.Values, words);
                break;
        }

        return new BooleanColumn(Type, length, new Bitmap(ArrayMemory<ulong>.Of(words), 0), validity);
    }

    private static void RunConstant(ReadOnlySpan<T> left, T right, Span<ulong> words)
    {
        for (var w = 0; w < words.Length; w++)
        {
            var chunk = left.Slice(w << 6, Math.Min(64, left.Length - (w << 6)));
            var bits = 0UL;
            for (var i = 0; i < chunk.Length; i++)
            {
                bits |= (TOp.Test(chunk[i], right) ? 1UL : 0UL) << i;
            }

            words[w] = bits;
        }
    }

    private static void RunLeftConstant(T left, ReadOnlySpan<T> right, Span<ulong> words)
    {
        for (var w = 0; w < words.Length; w++)
        {
            var chunk = right.Slice(w << 6, Math.Min(64, right.Length - (w << 6)));
            var bits = 0UL;
            for (var i = 0; i < chunk.Length; i++)
            {
                bits |= (TOp.Test(left, chunk[i]) ? 1UL : 0UL) << i;
            }

            words[w] = bits;
        }
    }

    private static void RunColumns(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<ulong> words)
    {
        for (var w = 0; w < words.Length; w++)
        {
            var a = left.Slice(w << 6, Math.Min(64, left.Length - (w << 6)));
            var b = right.Slice(w << 6, a.Length);
            var bits = 0UL;
            for (var i = 0; i < a.Length; i++)
            {
                bits |= (TOp.Test(a[i], b[i]) ? 1UL : 0UL) << i;
            }

            words[w] = bits;
        }
    }
}

/// <summary>How a three-way comparison becomes a truth value.</summary>
internal interface IOrderTest
{
    static abstract bool Test(int order);
}

internal readonly struct OrderEqual : IOrderTest
{
    public static bool Test(int order) => order == 0;
}

internal readonly struct OrderNotEqual : IOrderTest
{
    public static bool Test(int order) => order != 0;
}

internal readonly struct OrderLess : IOrderTest
{
    public static bool Test(int order) => order < 0;
}

internal readonly struct OrderLessOrEqual : IOrderTest
{
    public static bool Test(int order) => order <= 0;
}

/// <summary>Compares text or bytes, unsigned, the shorter of two with one start first.</summary>
internal readonly ref struct CompareBytesOp<TTest>(BytesReader left, BytesReader right) : IRowOp<CompareBytesOp<TTest>, BooleanWriter>
    where TTest : struct, IOrderTest
{
    private readonly BytesReader _left = left;
    private readonly BytesReader _right = right;

    public static CompareBytesOp<TTest> Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.Bytes(1));

    public void Apply(int row, BooleanWriter output)
    {
        var order = typeof(TTest) == typeof(OrderEqual) || typeof(TTest) == typeof(OrderNotEqual)
            ? _left[row].SequenceEqual(_right[row]) ? 0 : 1
            : _left[row].SequenceCompareTo(_right[row]);
        output.Set(TTest.Test(order));
    }
}

/// <summary>Compares truth values; FALSE is less.</summary>
internal readonly ref struct CompareBooleansOp<TTest>(BooleanReader left, BooleanReader right) : IRowOp<CompareBooleansOp<TTest>, BooleanWriter>
    where TTest : struct, IOrderTest
{
    private readonly BooleanReader _left = left;
    private readonly BooleanReader _right = right;

    public static CompareBooleansOp<TTest> Open(in KernelArguments arguments) => new(arguments.Boolean(0), arguments.Boolean(1));

    public void Apply(int row, BooleanWriter output) => output.Set(TTest.Test((_left[row] ? 1 : 0) - (_right[row] ? 1 : 0)));
}

/// <summary>Compares decimals of two scales.</summary>
internal readonly ref struct CompareDecimalsOp<TTest>(FixedReader<Int128> left, FixedReader<Int128> right, DecimalShape shape) : IRowOp<CompareDecimalsOp<TTest>, BooleanWriter>
    where TTest : struct, IOrderTest
{
    private readonly FixedReader<Int128> _left = left;
    private readonly FixedReader<Int128> _right = right;

    public static CompareDecimalsOp<TTest> Open(in KernelArguments arguments) =>
        new(arguments.Fixed<Int128>(0), arguments.Fixed<Int128>(1), (DecimalShape)arguments.State!); // prepared by the function

    public void Apply(int row, BooleanWriter output) => output.Set(TTest.Test(DecimalMath.Compare(_left[row], shape.LeftScale, _right[row], shape.RightScale)));
}

/// <summary>Compares nested values for equality; NULL where a field of a row is NULL and no other field differs.</summary>
internal readonly ref struct CompareNestedOp<TTest>(ReadOnlySpan<Column> columns) : IRowOp<CompareNestedOp<TTest>, BooleanWriter>
    where TTest : struct, IOrderTest
{
    private readonly ReadOnlySpan<Column> _columns = columns;

    public static CompareNestedOp<TTest> Open(in KernelArguments arguments) => new(arguments.Columns);

    public void Apply(int row, BooleanWriter output)
    {
        if (ValueEquality.AreEqual(_columns[0], row, _columns[1], row) is { } equal)
        {
            output.Set(TTest.Test(equal ? 0 : 1));
        }
        else
        {
            output.SetNull();
        }
    }
}

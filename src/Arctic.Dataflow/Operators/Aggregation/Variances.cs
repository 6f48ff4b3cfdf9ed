using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>Which of the four variances.</summary>
/// <param name="IsSample">Over one row less than there are; NULL for one row.</param>
/// <param name="IsRoot">The standard deviation.</param>
internal readonly record struct VarianceKind(bool IsSample, bool IsRoot)
{
    /// <summary>The variance that an aggregate is.</summary>
    public static VarianceKind Of(AggregateFunction function) =>
        new(function is AggregateFunction.StddevSamp or AggregateFunction.VarSamp, function is AggregateFunction.StddevPop or AggregateFunction.StddevSamp);

    /// <summary>By how much the sum of squared distances is divided.</summary>
    public long Divisor(long count) => IsSample ? count - 1 : count;
}

/// <summary>A variance of integers: exact until it is truncated.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct IntegerVariance<T>(VarianceKind kind) : IAccumulator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly byte _isSample = kind.IsSample ? (byte)1 : (byte)0;
    private readonly byte _isRoot = kind.IsRoot ? (byte)1 : (byte)0;
    private Int128 _squares;
    private Int128 _sum;
    private long _count;

    public void Add(T value, int sign)
    {
        var wide = Int128.CreateTruncating(value);
        _squares = unchecked(_squares + (sign * wide * wide));
        _sum = unchecked(_sum + (sign * wide));
        _count += sign;
    }

    public readonly bool TryGet(out T result)
    {
        var divisor = new VarianceKind(_isSample != 0, _isRoot != 0).Divisor(_count);
        if (divisor <= 0)
        {
            result = T.Zero;
            return false;
        }

        var variance = (((BigInteger)_squares * _count) - ((BigInteger)_sum * _sum)) / ((BigInteger)_count * divisor);
        result = T.CreateTruncating((Int128)(_isRoot != 0 ? Roots.Of(variance) : variance));
        return true;
    }
}

/// <summary>A variance of floats by Welford's steps: the mean, and the sum of squared distances from it.</summary>
internal struct FloatVariance<T>(VarianceKind kind) : IAccumulator<T, T>
    where T : unmanaged, IFloatingPoint<T>
{
    private readonly int _isSample = kind.IsSample ? 1 : 0;
    private readonly int _isRoot = kind.IsRoot ? 1 : 0;
    private double _mean;
    private double _squares;
    private long _count;

    public void Add(T value, int sign)
    {
        var wide = double.CreateTruncating(value);
        var before = _mean;
        _count += sign;
        if (_count == 0)
        {
            // Rounding leaves a rest that is no part of any value.
            (_mean, _squares) = (0, 0);
            return;
        }

        _mean += sign * (wide - before) / _count;
        _squares += sign * (wide - before) * (wide - _mean);
    }

    public readonly bool TryGet(out T result)
    {
        var divisor = new VarianceKind(_isSample != 0, _isRoot != 0).Divisor(_count);
        if (divisor <= 0)
        {
            result = T.Zero;
            return false;
        }

        // What was taken back may leave a little less than zero.
        var variance = Math.Max(0, _squares / divisor);
        result = T.CreateTruncating(_isRoot != 0 ? Math.Sqrt(variance) : variance);
        return true;
    }
}

/// <summary>A variance of decimals, exact until it is rounded half up to the result's scale; NULL when it has more than 38 digits.</summary>
/// <param name="scale">The digits behind the point of the values.</param>
/// <param name="resultScale">Those of the result.</param>
internal sealed class DecimalVariance(VarianceKind kind, int scale, int resultScale) : ValueState
{
    private BigInteger _squares;
    private BigInteger _sum;
    private long _count;

    public override long BytesUsed => 3 * Overhead;

    public override byte[]? Result
    {
        get
        {
            var divisor = kind.Divisor(_count);
            if (divisor <= 0)
            {
                return null;
            }

            // One digit more than asked for, by which the last one is rounded.
            var digits = resultScale + 1;
            var numerator = (_squares * _count) - (_sum * _sum);
            var denominator = (BigInteger)_count * divisor * BigInteger.Pow(10, 2 * scale);
            var scaled = kind.IsRoot ? Roots.Of(numerator * BigInteger.Pow(10, 2 * digits) / denominator) : numerator * BigInteger.Pow(10, digits) / denominator;
            return Encode((scaled + 5) / 10);
        }
    }

    public override void Add(ReadOnlySpan<byte> value) => Add(Decode(value), 1);

    public override void Remove(ReadOnlySpan<byte> value) => Add(Decode(value), -1);

    public override void Save(StateBuffer target)
    {
        target.WriteInt64(_count);
        target.WriteBytes(_sum.ToByteArray());
        target.WriteBytes(_squares.ToByteArray());
    }

    public override void Load(ref StateBytes source)
    {
        _count = source.ReadInt64();
        _sum = new BigInteger(source.ReadBytes());
        _squares = new BigInteger(source.ReadBytes());
    }

    private void Add(BigInteger value, int sign)
    {
        _squares += sign * value * value;
        _sum += sign * value;
        _count += sign;
    }

    // One byte of NULL bits, then the value.
    private static Int128 Decode(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadInt128LittleEndian(row[1..]);

    private static byte[]? Encode(BigInteger value)
    {
        if (value > (BigInteger)DecimalLimits.Largest)
        {
            return null;
        }

        var row = new byte[1 + 16];
        BinaryPrimitives.WriteInt128LittleEndian(row.AsSpan(1), (Int128)value);
        return row;
    }
}

/// <summary>Square roots of integers.</summary>
internal static class Roots
{
    /// <summary>The largest integer whose square is not above the value; by Newton's steps from above.</summary>
    public static BigInteger Of(BigInteger value)
    {
        if (value.IsZero)
        {
            return value;
        }

        var root = BigInteger.One << (int)((value.GetBitLength() / 2) + 1);
        while (true)
        {
            var next = (root + (value / root)) >> 1;
            if (next >= root)
            {
                return root;
            }

            root = next;
        }
    }
}

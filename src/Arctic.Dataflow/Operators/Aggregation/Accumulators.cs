using System.Numerics;
using System.Runtime.InteropServices;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>What one group has added up so far; a struct without references, so that it lies in an array and goes into checkpoints as it is.</summary>
internal interface IAccumulator<TIn, TOut>
{
    /// <summary>Adds a value (sign 1) or takes it back (sign -1).</summary>
    void Add(TIn value, int sign);

    /// <summary>The result; false for NULL.</summary>
    bool TryGet(out TOut result);
}

/// <summary>A sum that wraps as the type does: sums modulo 2^64 are right modulo every smaller power.</summary>
internal struct IntegerSum<T> : IAccumulator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    private long _sum;
    private long _count;

    public void Add(T value, int sign)
    {
        _sum = unchecked(_sum + sign * long.CreateTruncating(value));
        _count += sign;
    }

    public readonly bool TryGet(out T result)
    {
        result = T.CreateTruncating(_sum);
        return _count != 0;
    }
}

/// <summary>A sum of floats in the order of arrival.</summary>
internal struct FloatSum<T> : IAccumulator<T, T>
    where T : unmanaged, IFloatingPoint<T>
{
    private T _sum;
    private long _count;

    public void Add(T value, int sign)
    {
        _sum = sign > 0 ? _sum + value : _sum - value;
        _count += sign;
        if (_count == 0)
        {
            // Rounding leaves a rest that is no part of any value.
            _sum = T.Zero;
        }
    }

    public readonly bool TryGet(out T result)
    {
        result = _sum;
        return _count != 0;
    }
}

/// <summary>An exact sum of unscaled decimals in 192 bits; NULL while it has more than 38 digits.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal struct DecimalSum : IAccumulator<Int128, Int128>
{
    private ulong _low;
    private ulong _middle;
    private long _high;
    private long _count;

    /// <summary>The number of values.</summary>
    public readonly long Count => _count;

    public void Add(Int128 value, int sign)
    {
        var addend = sign > 0 ? value : unchecked(-value);
        var before = new UInt128(_middle, _low);
        var after = unchecked(before + (UInt128)addend);
        _high = unchecked(_high + (addend < 0 ? -1 : 0) + (after < before ? 1 : 0));
        (_middle, _low) = ((ulong)(after >> 64), (ulong)after);
        _count += sign;
    }

    public readonly bool TryGet(out Int128 result)
    {
        result = unchecked((Int128)new UInt128(_middle, _low));
        return _count != 0 && _high == (result < 0 ? -1 : 0) && DecimalLimits.Fits(result);
    }

    /// <summary>The whole sum.</summary>
    public readonly BigInteger ToBigInteger() => ((BigInteger)_high << 128) + (BigInteger)new UInt128(_middle, _low);
}

/// <summary>A sum and a count; the result is rounded half up, away from zero.</summary>
internal struct DecimalAverage : IAccumulator<Int128, Int128>
{
    private DecimalSum _sum;

    /// <summary>The digits by which the result's scale exceeds the argument's.</summary>
    public long ScaleUp;

    public void Add(Int128 value, int sign) => _sum.Add(value, sign);

    public readonly bool TryGet(out Int128 result)
    {
        result = 0;
        return _sum.Count != 0 && DecimalLimits.TryDivide(_sum.ToBigInteger(), _sum.Count, (int)ScaleUp, out result);
    }
}

/// <summary>A wrapping 64-bit sum and a count; truncates towards zero.</summary>
internal struct IntegerAverage<T> : IAccumulator<T, T>
    where T : unmanaged, IBinaryInteger<T>
{
    private long _sum;
    private long _count;

    public void Add(T value, int sign)
    {
        _sum = unchecked(_sum + sign * long.CreateTruncating(value));
        _count += sign;
    }

    public readonly bool TryGet(out T result)
    {
        // MIN_VALUE / -1 cannot come up: a count below 1 is a retraction too many.
        result = _count > 0 ? T.CreateTruncating(_sum / _count) : T.Zero;
        return _count > 0;
    }
}

/// <summary>A 64-bit sum and a count.</summary>
internal struct FloatAverage<T> : IAccumulator<T, T>
    where T : unmanaged, IFloatingPoint<T>
{
    private double _sum;
    private long _count;

    public void Add(T value, int sign)
    {
        _sum += sign * double.CreateTruncating(value);
        _count += sign;
        if (_count == 0)
        {
            _sum = 0;
        }
    }

    public readonly bool TryGet(out T result)
    {
        result = T.CreateTruncating(_sum / _count);
        return _count != 0;
    }
}

/// <summary>0 instead of NULL.</summary>
internal struct OrZero<T, TInner> : IAccumulator<T, T>
    where T : unmanaged
    where TInner : struct, IAccumulator<T, T>
{
    /// <summary>What may have no result.</summary>
    public TInner Inner;

    public void Add(T value, int sign) => Inner.Add(value, sign);

    public readonly bool TryGet(out T result)
    {
        if (!Inner.TryGet(out result))
        {
            result = default;
        }

        return true;
    }
}

/// <summary>The least or greatest value of rows that are never taken back.</summary>
internal struct Extreme<T, TOrder> : IAccumulator<T, T>
    where T : unmanaged, IComparable<T>
    where TOrder : struct, IPreference
{
    private T _value;
    private long _count;

    public void Add(T value, int sign)
    {
        if (_count++ == 0 || TOrder.Prefers(ValueOrder.Compare(value, _value)))
        {
            _value = value;
        }
    }

    public readonly bool TryGet(out T result)
    {
        result = _value;
        return _count != 0;
    }
}

/// <summary>Which of two values MIN or MAX takes.</summary>
internal interface IPreference
{
    /// <summary>Whether a value is taken over another that it compares with like this.</summary>
    static abstract bool Prefers(int comparison);
}

/// <summary>MIN's.</summary>
internal struct LeastFirst : IPreference
{
    public static bool Prefers(int comparison) => comparison < 0;
}

/// <summary>MAX's.</summary>
internal struct GreatestFirst : IPreference
{
    public static bool Prefers(int comparison) => comparison > 0;
}

/// <summary>The order of values of one width.</summary>
internal static class ValueOrder
{
    /// <summary>As SQL orders them; floats by <see cref="FloatOrder"/>. The compiler leaves the tests that do not apply out.</summary>
    public static int Compare<T>(T a, T b)
        where T : unmanaged, IComparable<T>
    {
        if (typeof(T) == typeof(float))
        {
            return FloatOrder.ToInt((float)(object)a).CompareTo(FloatOrder.ToInt((float)(object)b));
        }

        if (typeof(T) == typeof(double))
        {
            return FloatOrder.ToLong((double)(object)a).CompareTo(FloatOrder.ToLong((double)(object)b));
        }

        return a.CompareTo(b);
    }
}

/// <summary>What fits DECIMAL(38, s).</summary>
internal static class DecimalLimits
{
    /// <summary>The greatest unscaled value.</summary>
    public static readonly Int128 Largest = Int128.Parse("99999999999999999999999999999999999999", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether an unscaled value has at most 38 digits.</summary>
    public static bool Fits(Int128 value) => value <= Largest && value >= -Largest;

    /// <summary>Divides an unscaled sum by a count, rounding half up, away from zero.</summary>
    /// <param name="scaleUp">The digits by which the result's scale exceeds the sum's.</param>
    /// <returns>False when the result has more than 38 digits.</returns>
    public static bool TryDivide(BigInteger sum, long count, int scaleUp, out Int128 result)
    {
        var scaled = sum * BigInteger.Pow(10, scaleUp);
        var quotient = BigInteger.DivRem(scaled, count, out var rest);
        if (BigInteger.Abs(rest) * 2 >= BigInteger.Abs(count))
        {
            quotient += scaled.Sign * Math.Sign(count);
        }

        var fits = BigInteger.Abs(quotient) <= (BigInteger)Largest;
        result = fits ? (Int128)quotient : 0;
        return fits;
    }
}

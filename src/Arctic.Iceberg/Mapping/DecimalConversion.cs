using System.Globalization;

namespace Arctic.Iceberg.Mapping;

/// <summary>
/// .NET decimals in a column of a fixed scale. Nothing is rounded: a value with more fraction digits than the column is refused. A value read has the fewest
/// digits that it needs, whatever the column's scale.
/// </summary>
internal readonly struct DecimalConversion(int precision, int scale) : IFixedConversion<decimal, Int128>
{
    private const int DecimalScaleMax = 28;
    private static readonly UInt128 MantissaMax = (UInt128.One << 96) - 1;
    private static readonly UInt128[] Powers = MakePowers();
    private readonly int _scale = scale;
    private readonly UInt128 _max = Powers[precision] - 1;

    public string? Rule => "a .NET decimal holds 28 digits, some 29";

    public string? WhyNot(decimal value)
    {
        // Zeros at the end are no digits that would be lost.
        var digits = (value / 1.0000000000000000000000000000m).Scale;
        return digits > _scale
            ? string.Create(CultureInfo.InvariantCulture, $"it has {digits} digits behind the point, the column has {_scale}, and values are not rounded")
            : string.Create(CultureInfo.InvariantCulture, $"the column holds {precision - _scale} digits before the point");
    }

    public bool TryStore(decimal value, out Int128 stored)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var mantissa = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var digits = (bits[3] >> 16) & 0xFF;
        stored = 0;
        if (digits > _scale)
        {
            (mantissa, var lost) = UInt128.DivRem(mantissa, Powers[digits - _scale]);
            if (lost != 0)
            {
                return false;
            }
        }
        else if (mantissa != 0)
        {
            var factor = Powers[_scale - digits];
            if (mantissa > _max / factor)
            {
                return false;
            }

            mantissa *= factor;
        }

        stored = bits[3] < 0 ? -(Int128)mantissa : (Int128)mantissa;
        return mantissa <= _max;
    }

    public bool TryLoad(Int128 stored, out decimal value)
    {
        var mantissa = stored < 0 ? (UInt128)(-stored) : (UInt128)stored;
        var digits = _scale;
        Shorten(ref mantissa, ref digits);
        if (mantissa > MantissaMax || digits > DecimalScaleMax)
        {
            value = 0;
            return false;
        }

        var low = (ulong)mantissa;
        value = new decimal((int)low, (int)(low >> 32), (int)(ulong)(mantissa >> 64), stored < 0, (byte)digits);
        return true;
    }

    private static void Shorten(ref UInt128 mantissa, ref int digits)
    {
        while (digits > 0 && mantissa > ulong.MaxValue)
        {
            var (quotient, rest) = UInt128.DivRem(mantissa, 10);
            if (rest != 0)
            {
                return;
            }

            (mantissa, digits) = (quotient, digits - 1);
        }

        if (mantissa > ulong.MaxValue)
        {
            return;
        }

        var low = (ulong)mantissa;
        for (var step = 16; step > 0 && low != 0; step >>= 1)
        {
            var power = (ulong)Powers[step];
            while (digits >= step && low % power == 0)
            {
                (low, digits) = (low / power, digits - step);
            }
        }

        (mantissa, digits) = (low, low == 0 ? 0 : digits);
    }

    private static UInt128[] MakePowers()
    {
        var powers = new UInt128[39];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}

/// <summary>128-bit integers in a column of decimals without fraction digits.</summary>
internal readonly struct WholeDecimalConversion<TValue>(int precision) : IFixedConversion<TValue, Int128>
    where TValue : struct, System.Numerics.IBinaryInteger<TValue>
{
    private readonly Int128 _max = MaxOf(precision);

    public string? Rule => null;

    public bool TryStore(TValue value, out Int128 stored)
    {
        stored = Int128.CreateSaturating(value);
        return stored >= -_max && stored <= _max;
    }

    public bool TryLoad(Int128 stored, out TValue value)
    {
        value = TValue.CreateTruncating(stored);
        return Int128.CreateTruncating(value) == stored && TValue.IsNegative(value) == Int128.IsNegative(stored);
    }

    private static Int128 MaxOf(int precision)
    {
        Int128 power = 1;
        for (var i = 0; i < precision; i++)
        {
            power *= 10;
        }

        return power - 1;
    }
}

using System.Numerics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Connectors.DataGen;

/// <summary>TRUE and FALSE, one as often as the other.</summary>
internal sealed class RandomBooleans(DataType type, ulong seed, double nullRate) : FieldGenerator(type, seed, nullRate)
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var bits = new byte[Bitmap.BytesFor(rows.Length)];
        for (var i = 0; i < rows.Length; i++)
        {
            if ((BitsOf(rows[i]) & 1) != 0)
            {
                Bitmap.Set(bits, i);
            }
        }

        return new BooleanColumn(Type, rows.Length, new Bitmap(bits, 0), validity);
    }
}

/// <summary>Whole numbers from min to max, both included; unscaled ones for decimals.</summary>
internal sealed class RandomIntegers<T>(DataType type, ulong seed, double nullRate, T min, T max) : FieldGenerator(type, seed, nullRate)
    where T : unmanaged, IBinaryInteger<T>
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var count = (UInt128)(Int128.CreateChecked(max) - Int128.CreateChecked(min)) + 1;
        var values = new T[rows.Length];
        for (var i = 0; i < values.Length; i++)
        {
            // Ranges beyond 64 bits take their remainder, which is even enough at such a width.
            var number = count <= ulong.MaxValue
                ? ((UInt128)BitsOf(rows[i]) * count) >> 64
                : new UInt128(BitsOf(rows[i]), Mix(BitsOf(rows[i]), 1)) % count;
            values[i] = T.CreateTruncating(Int128.CreateChecked(min) + (Int128)number);
        }

        return new FixedColumn<T>(Type, values, validity);
    }
}

/// <summary>Floats from min up to max.</summary>
internal sealed class RandomFloats<T>(DataType type, ulong seed, double nullRate, double min, double max) : FieldGenerator(type, seed, nullRate)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var values = new T[rows.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var share = (BitsOf(rows[i]) >> 11) * (1.0 / (1UL << 53));
            values[i] = T.CreateSaturating((min * (1 - share)) + (max * share));
        }

        return new FixedColumn<T>(Type, values, validity);
    }
}

/// <summary>Texts of hexadecimal digits, or bytes.</summary>
internal sealed class RandomBytes(DataType type, ulong seed, double nullRate, int length, bool isVarying) : FieldGenerator(type, seed, nullRate)
{
    private readonly bool _isText = type.IsCharacter();

    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var offsets = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            offsets[i + 1] = checked(offsets[i] + (isVarying && length > 0 ? 1 + (int)NumberOf(rows[i], length) : length));
        }

        var data = new byte[offsets[^1]];
        for (var i = 0; i < rows.Length; i++)
        {
            Fill(data.AsSpan(offsets[i]..offsets[i + 1]), BitsOf(rows[i]));
        }

        return new BytesColumn(Type, offsets, data, validity);
    }

    private void Fill(Span<byte> target, ulong bits)
    {
        var left = 0UL;
        for (var i = 0; i < target.Length; i++)
        {
            if (i % 8 == 0)
            {
                left = Mix(bits, (ulong)i);
            }

            target[i] = _isText ? "0123456789abcdef"u8[(int)(left & 15)] : (byte)left;
            left >>= 8;
        }
    }
}

/// <summary>Dates, times and timestamps: now, or up to a span before it. Not the same in every run.</summary>
internal sealed class RecentTimes(DataType type, ulong seed, double nullRate, TimeSpan maxPast, TimeProvider time) : FieldGenerator(type, seed, nullRate)
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var now = time.GetUtcNow().UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        if (Type is DataType.Date)
        {
            var days = new int[rows.Length];
            days.AsSpan().Fill((int)(now / TimeSpan.TicksPerDay));
            return new FixedColumn<int>(Type, days, validity);
        }

        var values = new long[rows.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var ticks = now - NumberOf(rows[i], maxPast.Ticks + 1);
            values[i] = Type switch
            {
                DataType.Time t => Cut(now % TimeSpan.TicksPerDay, t.Precision) / 10,
                DataType.Timestamp { IsNanos: true } or DataType.TimestampLtz { IsNanos: true } => ticks * 100,
                DataType.Timestamp t => Cut(ticks, t.Precision) / 10,
                DataType.TimestampLtz t => Cut(ticks, t.Precision) / 10,
                _ => throw new System.Diagnostics.UnreachableException(Type.ToString()),
            };
        }

        return new FixedColumn<long>(Type, values, validity);
    }

    // A tick has 7 fraction digits of a second.
    private static long Cut(long ticks, int precision)
    {
        var unit = 1L;
        for (var digits = 7; digits > precision; digits--)
        {
            unit *= 10;
        }

        return ticks - (ticks % unit);
    }
}

/// <summary>Arrays of one length, or of lengths from 1 to it.</summary>
internal sealed class RandomLists(DataType type, ulong seed, double nullRate, FieldGenerator element, int length, bool isVarying) : FieldGenerator(type, seed, nullRate)
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var offsets = new int[rows.Length + 1];
        for (var i = 0; i < rows.Length; i++)
        {
            offsets[i + 1] = checked(offsets[i] + (isVarying && length > 0 ? 1 + (int)NumberOf(rows[i], length) : length));
        }

        var elementRows = new long[offsets[^1]];
        for (var i = 0; i < rows.Length; i++)
        {
            for (var j = offsets[i]; j < offsets[i + 1]; j++)
            {
                elementRows[j] = unchecked((rows[i] * length) + j - offsets[i]);
            }
        }

        return new ListColumn(Type, offsets, element.Generate(elementRows), validity);
    }
}

/// <summary>Rows: every field by its own generator.</summary>
internal sealed class GeneratedRows(DataType type, ulong seed, double nullRate, IReadOnlyList<FieldGenerator> fields) : FieldGenerator(type, seed, nullRate)
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var children = new Column[fields.Count];
        for (var i = 0; i < children.Length; i++)
        {
            children[i] = fields[i].Generate(rows);
        }

        return new RowColumn(Type, rows.Length, children, validity);
    }
}

using System.Numerics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Connectors.DataGen;

/// <summary>Row n has the number <c>start + n</c>.</summary>
/// <param name="unit">What one is in a value of the column: 10^scale for decimals.</param>
internal sealed class NumberSequence<T>(DataType type, ulong seed, double nullRate, long start, T unit) : FieldGenerator(type, seed, nullRate)
    where T : unmanaged, INumber<T>
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var values = new T[rows.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = T.CreateTruncating(start + rows[i]) * unit;
        }

        return new FixedColumn<T>(Type, values, validity);
    }
}

/// <summary>Row n has the digits of <c>start + n</c>.</summary>
internal sealed class TextSequence(DataType type, ulong seed, double nullRate, long start) : FieldGenerator(type, seed, nullRate)
{
    protected override Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity)
    {
        var offsets = new int[rows.Length + 1];
        var data = new byte[rows.Length * 20];
        for (var i = 0; i < rows.Length; i++)
        {
            System.Buffers.Text.Utf8Formatter.TryFormat(start + rows[i], data.AsSpan(offsets[i]), out var count);
            offsets[i + 1] = offsets[i] + count;
        }

        return new BytesColumn(Type, offsets, data.AsMemory(0, offsets[^1]), validity);
    }
}

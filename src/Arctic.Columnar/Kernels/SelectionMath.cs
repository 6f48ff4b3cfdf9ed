using System.Numerics;
using Arctic.Columnar.Expressions;

namespace Arctic.Columnar.Kernels;

/// <summary>Makes selections from bits.</summary>
internal static class SelectionMath
{
    /// <summary>The rows of the input whose bit is set (or clear), ascending.</summary>
    public static int[] Where(in EvaluationInput input, ReadOnlySpan<ulong> bits, bool isSet)
    {
        var flip = isSet ? 0UL : ulong.MaxValue;
        var result = new int[input.RowCount];
        var count = 0;
        if (input.Selection is { } selection)
        {
            foreach (var row in selection.Span)
            {
                result[count] = row;
                count += (int)(((bits[row >> 6] ^ flip) >> (row & 63)) & 1);
            }
        }
        else
        {
            for (var w = 0; w < bits.Length; w++)
            {
                var word = bits[w] ^ flip;
                var left = input.ColumnLength - (w << 6);
                for (word &= left < 64 ? (1UL << left) - 1 : ulong.MaxValue; word != 0; word &= word - 1)
                {
                    result[count++] = (w << 6) + BitOperations.TrailingZeroCount(word);
                }
            }
        }

        return result.AsSpan(0, count).ToArray();
    }
}

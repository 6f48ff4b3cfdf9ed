using System.Runtime.InteropServices;
using Arctic.Columnar.Columns;

namespace Arctic.Columnar.Kernels;

/// <summary>Joins the validity of several columns, a word at a time.</summary>
internal static class ValidityMath
{
    /// <summary>Set where no column is NULL.</summary>
    public static Bitmap And(ReadOnlySpan<Column> columns, int length)
    {
        byte[]? result = null;
        var single = Bitmap.AllSet;
        foreach (var column in columns)
        {
            if (column is NullColumn || (column is ConstantColumn constant && constant.Value.IsNull(0)))
            {
                return new Bitmap(new byte[Math.Max(1, Bitmap.BytesFor(length))], 0);
            }

            if (column is ConstantColumn || column.Validity.IsAllSet)
            {
                continue;
            }

            if (single.IsAllSet)
            {
                single = column.Validity;
            }
            else
            {
                result ??= single.ToBytes(length);
                AndInto(result, column.Validity, length);
            }
        }

        return result is null ? single : new Bitmap(result, 0);
    }

    private static void AndInto(byte[] target, Bitmap bits, int length)
    {
        var source = (bits.Offset & 7) == 0 ? bits.Bytes.Span.Slice(bits.Offset >> 3, target.Length) : bits.ToBytes(length);
        var words = MemoryMarshal.Cast<byte, ulong>(target.AsSpan());
        var others = MemoryMarshal.Cast<byte, ulong>(source);
        for (var i = 0; i < words.Length; i++)
        {
            words[i] &= others[i];
        }

        for (var i = words.Length * sizeof(ulong); i < target.Length; i++)
        {
            target[i] &= source[i];
        }
    }
}

using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Connectors.DataGen;

/// <summary>Makes the values of a column: each a function of its row's number and the column's seed alone. Stateless and thread-safe.</summary>
internal abstract class FieldGenerator(DataType type, ulong seed, double nullRate)
{
    /// <summary>The type of the column.</summary>
    protected DataType Type => type;

    /// <summary>Makes the column of the rows of the given numbers.</summary>
    public Column Generate(ReadOnlySpan<long> rows) => GenerateValues(rows, nullRate > 0 ? Nulls(rows) : Bitmap.AllSet);

    /// <summary>Makes the values; those of NULL rows may be any.</summary>
    protected abstract Column GenerateValues(ReadOnlySpan<long> rows, Bitmap validity);

    /// <summary>64 random bits that belong to a row.</summary>
    protected ulong BitsOf(long row) => Mix(seed, (ulong)row);

    /// <summary>A random number from 0 to <paramref name="count"/> - 1 that belongs to a row.</summary>
    protected long NumberOf(long row, long count) => (long)(((UInt128)BitsOf(row) * (ulong)count) >> 64);

    /// <summary>64 bits that look random and follow from two numbers (the finalizer of SplitMix64).</summary>
    public static ulong Mix(ulong seed, ulong number)
    {
        var z = seed + (number * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private Bitmap Nulls(ReadOnlySpan<long> rows)
    {
        var bits = new byte[Bitmap.BytesFor(rows.Length)];
        for (var i = 0; i < rows.Length; i++)
        {
            // Other bits than those of the value, so that the two are independent.
            if ((Mix(~seed, (ulong)rows[i]) >> 11) * (1.0 / (1UL << 53)) >= nullRate)
            {
                Bitmap.Set(bits, i);
            }
        }

        return new Bitmap(bits, 0);
    }
}

using System.IO.Hashing;
using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;

namespace Arctic.Storage.Parquet;

/// <summary>
/// Tells columns that hardly repeat a value by a file's first rows: the native writer would look up each of their values in a dictionary, only to give the dictionary up at its greatest size,
/// or to write one as long as the column.
/// </summary>
internal static class DictionaryAdvice
{
    /// <summary>The rows that are looked at; of fewer nothing is said.</summary>
    public const int SampleRows = 4096;

    // A column of 100 000 different values spread evenly shows about as many in the sample: fewer are worth a dictionary.
    private const int DistinctMin = SampleRows - SampleRows / 50;

    private const int SlotCount = 2 * SampleRows;

    /// <summary>Whether a column is better written without a dictionary. Columns of nested types, of constants and of few rows are not.</summary>
    public static bool IsWithout(Column column) => column.Length >= SampleRows && column switch
    {
        FixedColumn<short> c => IsDistinct(c.Values),
        FixedColumn<int> c => IsDistinct(c.Values),
        FixedColumn<long> c => IsDistinct(c.Values),
        FixedColumn<float> c => IsDistinct(c.Values),
        FixedColumn<double> c => IsDistinct(c.Values),
        FixedColumn<Int128> c => IsDistinct(c.Values),
        BytesColumn c => IsDistinct(c),
        _ => false,
    };

    private static bool IsDistinct<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Span<ulong> hashes = stackalloc ulong[SampleRows];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(values.Slice(i, 1)));
        }

        return IsDistinct(hashes);
    }

    private static bool IsDistinct(BytesColumn column)
    {
        var offsets = column.Offsets;
        var data = column.Data.Span;
        Span<ulong> hashes = stackalloc ulong[SampleRows];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = XxHash3.HashToUInt64(data[offsets[i]..offsets[i + 1]]);
        }

        return IsDistinct(hashes);
    }

    private static bool IsDistinct(ReadOnlySpan<ulong> hashes)
    {
        var slots = new ulong[SlotCount];
        var repeats = 0;
        foreach (var hash in hashes)
        {
            // 0 marks a free slot; one hash in 2^64 counts as a repeat for it.
            var slot = (int)(hash % SlotCount);
            while (slots[slot] != 0 && slots[slot] != hash)
            {
                slot = (slot + 1) % SlotCount;
            }

            repeats += slots[slot] == hash ? 1 : 0;
            slots[slot] = hash;
            if (repeats > SampleRows - DistinctMin)
            {
                return false;
            }
        }

        return true;
    }
}

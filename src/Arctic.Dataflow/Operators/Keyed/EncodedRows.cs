using System.IO.Hashing;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>Rows as bytes, end to end in one buffer that is used again for the next batch.</summary>
internal sealed class EncodedRows
{
    private byte[] _data = [];
    private int[] _offsets = [0];
    private ulong[] _hashes = [];

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>All rows.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, _offsets[Count]);

    /// <summary>Where each row starts in <see cref="Data"/>; one entry more than there are rows.</summary>
    public ReadOnlySpan<int> Offsets => _offsets.AsSpan(0, Count + 1);

    /// <summary>The hash of each row, once <see cref="ComputeHashes"/> has been called; stable over processes and releases.</summary>
    public ReadOnlySpan<ulong> Hashes => _hashes.AsSpan(0, Count);

    /// <summary>One row's bytes.</summary>
    public ReadOnlySpan<byte> this[int index] => _data.AsSpan(_offsets[index], _offsets[index + 1] - _offsets[index]);

    /// <summary>Makes room for so many rows; their lengths are written to <see cref="LengthsToWrite"/> next.</summary>
    public void Begin(int count)
    {
        Count = count;
        if (_offsets.Length <= count)
        {
            _offsets = new int[Math.Max(count + 1, _offsets.Length * 2)];
        }
    }

    /// <summary>Takes the length of each row, between <see cref="Begin"/> and <see cref="Layout"/>.</summary>
    public Span<int> LengthsToWrite => _offsets.AsSpan(1, Count);

    /// <summary>Lays the rows out by their lengths.</summary>
    /// <returns>Zeroed memory for all of them.</returns>
    public Span<byte> Layout()
    {
        var total = 0;
        for (var i = 1; i <= Count; i++)
        {
            _offsets[i] = total = checked(total + _offsets[i]);
        }

        if (_data.Length < total)
        {
            _data = new byte[Math.Max(total, (int)Math.Min(Array.MaxLength, _data.Length * 2L))];
        }

        var data = _data.AsSpan(0, total);
        data.Clear();
        return data;
    }

    /// <summary>Hashes every row.</summary>
    public void ComputeHashes()
    {
        if (_hashes.Length < Count)
        {
            _hashes = new ulong[Math.Max(Count, _hashes.Length * 2)];
        }

        for (var i = 0; i < Count; i++)
        {
            _hashes[i] = Hash(this[i]);
        }
    }

    /// <summary>The hash of one row: XXH3, so that it is the same in every process and release.</summary>
    public static ulong Hash(ReadOnlySpan<byte> row) => XxHash3.HashToUInt64(row);
}

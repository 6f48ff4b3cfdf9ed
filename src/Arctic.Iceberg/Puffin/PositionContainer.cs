using System.Numerics;

namespace Arctic.Iceberg.Puffin;

/// <summary>The positions of 65,536 rows by their lower 16 bits, in the form that takes least: a sorted array, a bitset, or runs.</summary>
internal abstract class PositionContainer
{
    /// <summary>From so many positions on an array would be larger than a bitset.</summary>
    public const int ArrayCardinalityMax = 4096;

    /// <summary>The 64-bit words of a bitset.</summary>
    public const int Words = 1024;

    private PositionContainer()
    {
    }

    public abstract int Cardinality { get; }

    /// <summary>The memory of the positions.</summary>
    public abstract int Bytes { get; }

    public static PositionContainer Empty() => new Array([], 0);

    /// <summary>Marks the positions among those that begin at <paramref name="first"/>; the rows may not go beyond the container.</summary>
    public abstract bool Mark(int first, Span<bool> marked);

    /// <summary>Sets the bit of each position.</summary>
    public abstract void AddTo(Span<ulong> words);

    /// <summary>Adds a position. The container is used up: only the result may be used.</summary>
    public abstract PositionContainer Add(ushort value);

    /// <summary>A container of the positions of both.</summary>
    public PositionContainer UnionWith(PositionContainer other)
    {
        var words = new ulong[Words];
        AddTo(words);
        other.AddTo(words);
        return OfWords(words);
    }

    // Takes the words as its own.
    private static PositionContainer OfWords(ulong[] words)
    {
        var cardinality = 0;
        foreach (var word in words)
        {
            cardinality += BitOperations.PopCount(word);
        }

        if (cardinality > ArrayCardinalityMax)
        {
            return new Bitset(words, cardinality);
        }

        var values = new ushort[cardinality];
        var count = 0;
        for (var i = 0; i < words.Length; i++)
        {
            for (var word = words[i]; word != 0; word &= word - 1)
            {
                values[count++] = (ushort)((i * 64) + BitOperations.TrailingZeroCount(word));
            }
        }

        return new Array(values, cardinality);
    }

    /// <summary>Few positions.</summary>
    /// <param name="values">Ascending, each once, as far as <paramref name="count"/>.</param>
    public sealed class Array(ushort[] values, int count) : PositionContainer
    {
        private ushort[] _values = values;
        private int _count = count;

        public override int Cardinality => _count;

        public override int Bytes => _values.Length * sizeof(ushort);

        public override bool Mark(int first, Span<bool> marked)
        {
            var values = _values.AsSpan(0, _count);
            var index = first == 0 ? 0 : values.BinarySearch((ushort)first);
            var isAny = false;
            for (index = index < 0 ? ~index : index; index < values.Length && values[index] - first < marked.Length; index++)
            {
                marked[values[index] - first] = true;
                isAny = true;
            }

            return isAny;
        }

        public override void AddTo(Span<ulong> words)
        {
            foreach (var value in _values.AsSpan(0, _count))
            {
                words[value >> 6] |= 1UL << value;
            }
        }

        public override PositionContainer Add(ushort value)
        {
            var index = _count == 0 || value > _values[_count - 1] ? ~_count : _values.AsSpan(0, _count).BinarySearch(value);
            if (index >= 0)
            {
                return this;
            }

            if (_count == ArrayCardinalityMax)
            {
                var words = new ulong[Words];
                AddTo(words);
                return new Bitset(words, _count).Add(value);
            }

            if (_count == _values.Length)
            {
                System.Array.Resize(ref _values, Math.Clamp(_count * 2, 4, ArrayCardinalityMax));
            }

            _values.AsSpan(~index, _count - ~index).CopyTo(_values.AsSpan(~index + 1));
            _values[~index] = value;
            _count++;
            return this;
        }
    }

    /// <summary>Many positions.</summary>
    public sealed class Bitset(ulong[] words, int cardinality) : PositionContainer
    {
        private int _cardinality = cardinality;

        public override int Cardinality => _cardinality;

        public override int Bytes => words.Length * sizeof(ulong);

        public override bool Mark(int first, Span<bool> marked)
        {
            var isAny = false;
            for (var i = 0; i < marked.Length; i++)
            {
                var isSet = (words[(first + i) >> 6] >> (first + i) & 1) != 0;
                marked[i] |= isSet;
                isAny |= isSet;
            }

            return isAny;
        }

        public override void AddTo(Span<ulong> target)
        {
            for (var i = 0; i < words.Length; i++)
            {
                target[i] |= words[i];
            }
        }

        public override PositionContainer Add(ushort value)
        {
            var bit = 1UL << value;
            _cardinality += (words[value >> 6] & bit) == 0 ? 1 : 0;
            words[value >> 6] |= bit;
            return this;
        }
    }

    /// <summary>Positions in runs, as they are read; changing it makes another form of it.</summary>
    /// <param name="runs">The first position and the count less one of each run, one after the other; ascending, not touching.</param>
    public sealed class Runs(ushort[] runs, int cardinality) : PositionContainer
    {
        public override int Cardinality => cardinality;

        public override int Bytes => runs.Length * sizeof(ushort);

        public override bool Mark(int first, Span<bool> marked)
        {
            var isAny = false;
            for (var i = 0; i < runs.Length; i += 2)
            {
                var start = Math.Max(runs[i] - first, 0);
                var end = Math.Min(runs[i] + runs[i + 1] + 1 - first, marked.Length);
                if (start < end)
                {
                    marked[start..end].Fill(true);
                    isAny = true;
                }
            }

            return isAny;
        }

        public override void AddTo(Span<ulong> words)
        {
            for (var i = 0; i < runs.Length; i += 2)
            {
                for (var value = (int)runs[i]; value <= runs[i] + runs[i + 1]; value++)
                {
                    words[value >> 6] |= 1UL << value;
                }
            }
        }

        public override PositionContainer Add(ushort value)
        {
            var words = new ulong[Words];
            AddTo(words);
            return OfWords(words).Add(value);
        }
    }
}

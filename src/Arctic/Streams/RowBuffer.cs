using Arctic.Columnar;

namespace Arctic.Streams;

/// <summary>The rows of one batch as objects, with their kinds; the arrays are used again for the next batch.</summary>
internal sealed class RowBuffer<T>
{
    /// <summary>The rows, and room for more.</summary>
    public T[] Rows { get; private set; } = [];

    /// <summary>The kinds of the rows.</summary>
    public RowKind[] Kinds { get; private set; } = [];

    /// <summary>The number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Makes room for so many rows, which the caller fills in; what was there is gone.</summary>
    public void Begin(int count)
    {
        if (Rows.Length < count)
        {
            (Rows, Kinds) = (new T[count], new RowKind[count]);
        }

        Count = count;
    }

    /// <summary>Forgets the rows.</summary>
    public void Clear()
    {
        // What the rows hold is not kept alive over a quiet time.
        Array.Clear(Rows, 0, Count);
        Count = 0;
    }

    /// <summary>Adds a row.</summary>
    public void Add(RowKind kind, T row)
    {
        if (Count == Rows.Length)
        {
            var size = Math.Max(64, Count * 2);
            var (rows, kinds) = (Rows, Kinds);
            Array.Resize(ref rows, size);
            Array.Resize(ref kinds, size);
            (Rows, Kinds) = (rows, kinds);
        }

        Rows[Count] = row;
        Kinds[Count++] = kind;
    }

    /// <summary>Keeps only so many of the rows.</summary>
    public void Truncate(int count)
    {
        Array.Clear(Rows, count, Count - count);
        Count = count;
    }

    /// <summary>The kinds as a batch has them: none when all rows are <c>+I</c>.</summary>
    public ReadOnlyMemory<RowKind> ToKinds()
    {
        var kinds = Kinds.AsSpan(0, Count);
        return kinds.ContainsAnyExcept(RowKind.Insert) ? kinds.ToArray() : default(ReadOnlyMemory<RowKind>);
    }
}

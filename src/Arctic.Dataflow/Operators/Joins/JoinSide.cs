using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>One side of a join: its rows by key, and how many partners each has where that matters.</summary>
internal sealed class JoinSide
{
    private readonly int[] _keyIndices;
    private readonly RowCodec _keyCodec;
    private readonly int[] _unmatchableKeys;
    private readonly EncodedRows _encodedRows = new();
    private long[] _associations = [];

    /// <summary>Makes a side.</summary>
    /// <param name="schema">Its rows.</param>
    /// <param name="keyIndices">The columns of the key.</param>
    /// <param name="nullsMatch">For each whether NULL equals NULL.</param>
    public JoinSide(RowSchema schema, EquatableList<int> keyIndices, EquatableList<bool> nullsMatch)
    {
        _keyIndices = keyIndices.ToArray();
        _keyCodec = new RowCodec(_keyIndices.Select(i => schema[i].Type));
        _unmatchableKeys = Enumerable.Range(0, _keyIndices.Length).Where(i => !nullsMatch[i]).ToArray();
        RowCodec = new RowCodec(schema.Fields.Select(f => f.Type));
    }

    /// <summary>Whether a row without a partner shows in the result, or stops showing when it gets one: partners are counted then.</summary>
    public required bool KeepsUnmatched { get; init; }

    /// <summary>Of the rows in <see cref="Rows"/>.</summary>
    public RowCodec RowCodec { get; }

    /// <summary>The rows; owners are keys.</summary>
    public KeyedRows Rows { get; } = new();

    /// <summary>The number of partners by row id, when <see cref="KeepsUnmatched"/>.</summary>
    public Span<long> Associations => _associations;

    /// <summary>The keys of the batch that was encoded last.</summary>
    public EncodedRows Keys { get; } = new();

    /// <summary>The bytes that the side holds.</summary>
    public long BytesUsed => Rows.BytesUsed + _associations.Length * (long)sizeof(long);

    /// <summary>Encodes a batch's rows and keys.</summary>
    public void Encode(IReadOnlyList<Column> columns, ReadOnlySpan<int> rows)
    {
        _keyCodec.Encode(BatchRows.Pick(columns, _keyIndices), rows, Keys);
        Keys.ComputeHashes();
        RowCodec.Encode(columns.ToArray(), rows, _encodedRows);
        _encodedRows.ComputeHashes();
    }

    /// <summary>Whether an encoded row's key holds a NULL that matches nothing.</summary>
    public bool HasUnmatchableNull(int index)
    {
        foreach (var key in _unmatchableKeys)
        {
            if (RowCodec.IsNull(Keys[index], key))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Adds an encoded row with so many partners.</summary>
    public void Add(int key, int index, long associations) => Add(key, index, associations, out _);

    /// <summary>Adds an encoded row with so many partners.</summary>
    /// <returns>Its id.</returns>
    public int Add(int key, int index, long associations, out bool isNew) => Add(key, _encodedRows.Hashes[index], _encodedRows[index], 1, associations, out isNew);

    /// <summary>The id of an encoded row; -1 when it is not there.</summary>
    public int Find(int key, int index) => Rows.Find(key, _encodedRows.Hashes[index], _encodedRows[index]);

    /// <summary>Writes the rows of a key.</summary>
    public void Save(int key, StateBuffer target)
    {
        var count = 0;
        for (var id = Rows.FirstOf(key); id >= 0; id = Rows.NextOf(id))
        {
            count++;
        }

        target.WriteInt32(count);
        for (var id = Rows.FirstOf(key); id >= 0; id = Rows.NextOf(id))
        {
            target.WriteInt64(Rows.CountOf(id));
            target.WriteInt64(KeepsUnmatched ? _associations[id] : 0);
            target.WriteBytes(Rows.Table.Row(id));
        }
    }

    /// <summary>Reads the rows of a key.</summary>
    public void Load(int key, ref StateBytes source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var count = source.ReadInt64();
            var associations = source.ReadInt64();
            var row = source.ReadBytes();
            Add(key, EncodedRows.Hash(row), row, count, associations, out _);
        }
    }

    private int Add(int key, ulong hash, ReadOnlySpan<byte> row, long count, long associations, out bool isNew)
    {
        var id = Rows.Add(key, hash, row, count, out isNew);
        if (!KeepsUnmatched)
        {
            return id;
        }

        if (id >= _associations.Length)
        {
            Array.Resize(ref _associations, Math.Max(16, id * 2));
        }

        _associations[id] = associations;
        return id;
    }
}

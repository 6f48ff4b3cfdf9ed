using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>
/// The rows of a table as it is now, one for each primary key, found by other columns: the right side of a lookup join. Follows the table's changelog by primary key alone, so that
/// changes without the old image (those of an upserting table) move a row to its new join key, and take out one that has left the filter. Not thread-safe.
/// </summary>
internal sealed class LookupRows
{
    private const int None = -1;

    private readonly int[] _primaryIndices;
    private readonly int[] _joinIndices;
    private readonly IBatchExpression? _filter;
    private readonly RowCodec _primaryCodec;
    private readonly RowCodec _joinCodec;
    private readonly RowTable _primaryKeys = new();
    private readonly RowTable _joinKeys = new();
    private readonly RowArena _rows = new();
    private readonly EncodedRows _encodedPrimary = new();
    private readonly EncodedRows _encodedJoin = new();
    private readonly EncodedRows _encodedRows = new();

    // By the id of a primary key: its row, its join key, and its neighbours in the join key's list.
    private Entry[] _entries = [];

    // By the id of a join key: the first primary key of its list.
    private int[] _heads = [];

    /// <summary>Makes an empty table.</summary>
    /// <param name="schema">Its rows.</param>
    /// <param name="primaryKey">The columns of the primary key.</param>
    /// <param name="joinKey">The columns that rows are found by.</param>
    /// <param name="filter">Rows for which this is not true are not there; null keeps all.</param>
    public LookupRows(RowSchema schema, EquatableList<int> primaryKey, EquatableList<int> joinKey, IBatchExpression? filter)
    {
        (_primaryIndices, _joinIndices, _filter) = (primaryKey.ToArray(), joinKey.ToArray(), filter);
        _primaryCodec = new RowCodec(_primaryIndices.Select(i => schema[i].Type));
        _joinCodec = new RowCodec(_joinIndices.Select(i => schema[i].Type));
        RowCodec = new RowCodec(schema.Fields.Select(f => f.Type));
    }

    /// <summary>Of the rows that <see cref="Start"/> points to.</summary>
    public RowCodec RowCodec { get; }

    /// <summary>The number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>The bytes that <see cref="Start"/> points into; moves when changes are applied.</summary>
    public ReadOnlySpan<byte> Bytes => _rows.Bytes;

    /// <summary>The bytes that the table holds.</summary>
    public long BytesUsed =>
        _primaryKeys.BytesUsed + _joinKeys.BytesUsed + _rows.BytesUsed + 4L * sizeof(int) * _entries.Length + sizeof(int) * (long)_heads.Length;

    /// <summary>Applies changes in their order. The caller still owns the batch.</summary>
    public void Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        var columns = batch.Columns.ToArray();
        Encode(_primaryCodec, BatchRows.Pick(columns, _primaryIndices), rows, _encodedPrimary);
        Encode(_joinCodec, BatchRows.Pick(columns, _joinIndices), rows, _encodedJoin);
        RowCodec.Encode(columns, rows, _encodedRows);
        var passes = _filter?.Evaluate(new EvaluationInput(columns, batch.ColumnLength, null)).ToDense() as BooleanColumn;
        for (var i = 0; i < rows.Length; i++)
        {
            var isThere = batch.KindAt(rows[i]) is RowKind.Insert or RowKind.UpdateAfter
                && (passes is null || (!passes.IsNull(rows[i]) && passes.Bits[rows[i]]));
            if (isThere)
            {
                Put(i);
            }
            else
            {
                Remove(_primaryKeys.Find(_encodedPrimary.Hashes[i], _encodedPrimary[i]));
            }
        }
    }

    /// <summary>The first row of an encoded join key; -1 when there is none. The key has no NULL: nothing equals that.</summary>
    public int FirstOf(ulong hash, ReadOnlySpan<byte> joinKey) => _joinKeys.Find(hash, joinKey) is var id and >= 0 ? _heads[id] : None;

    /// <summary>The next row of the same join key; -1 behind the last.</summary>
    public int NextOf(int row) => _entries[row].Next;

    /// <summary>Where a row starts in <see cref="Bytes"/>.</summary>
    public int Start(int row) => _rows.Start(_entries[row].Row);

    private static void Encode(RowCodec codec, Column[] columns, int[] rows, EncodedRows target)
    {
        codec.Encode(columns, rows, target);
        target.ComputeHashes();
    }

    private void Put(int index)
    {
        var joinId = _joinKeys.FindOrAdd(_encodedJoin.Hashes[index], _encodedJoin[index], 0, out var isNewJoin);
        if (joinId >= _heads.Length)
        {
            Array.Resize(ref _heads, Math.Max(16, joinId * 2));
        }

        _heads[joinId] = isNewJoin ? None : _heads[joinId];
        var id = _primaryKeys.FindOrAdd(_encodedPrimary.Hashes[index], _encodedPrimary[index], 0, out var isNew);
        if (id >= _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(16, id * 2));
        }

        if (!isNew)
        {
            _rows.Remove(_entries[id].Row);
        }

        var row = _rows.Add(_encodedRows[index]);
        if (!isNew && _entries[id].JoinKey == joinId)
        {
            _entries[id].Row = row;
            return;
        }

        if (!isNew)
        {
            Unlink(id);
        }

        var next = _heads[joinId];
        _entries[id] = new Entry { Row = row, JoinKey = joinId, Previous = None, Next = next };
        if (next != None)
        {
            _entries[next].Previous = id;
        }

        _heads[joinId] = id;
    }

    private void Remove(int id)
    {
        if (id == None)
        {
            return;
        }

        Unlink(id);
        _rows.Remove(_entries[id].Row);
        _primaryKeys.Remove(id);
    }

    // A join key without rows is let go: keys that come and go do not gather.
    private void Unlink(int id)
    {
        var entry = _entries[id];
        if (entry.Next != None)
        {
            _entries[entry.Next].Previous = entry.Previous;
        }

        if (entry.Previous != None)
        {
            _entries[entry.Previous].Next = entry.Next;
            return;
        }

        _heads[entry.JoinKey] = entry.Next;
        if (entry.Next == None)
        {
            _joinKeys.Remove(entry.JoinKey);
        }
    }

    private struct Entry
    {
        public int Row;
        public int JoinKey;
        public int Previous;
        public int Next;
    }
}

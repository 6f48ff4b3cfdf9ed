using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>The newest row of each primary key of a table, found by the join key: one subtask's share of it. Not thread-safe.</summary>
/// <param name="spec">The join; the table is its right side.</param>
/// <param name="primaryKey">The columns that tell the table's rows apart.</param>
/// <param name="isOwn">Whether the hash of a join key is one of this subtask's.</param>
internal sealed class LookupTable(JoinSpec spec, int[] primaryKey, Func<ulong, bool> isOwn)
{
    private readonly int[] _joinKey = [.. spec.RightKeys];
    private readonly RowCodec _joinKeyCodec = new(spec.RightKeys.Select(k => spec.Right[k].Type));
    private readonly RowCodec _primaryKeyCodec = new(primaryKey.Select(k => spec.Right[k].Type));
    private readonly EncodedRows _joinKeys = new();
    private readonly EncodedRows _primaryKeys = new();
    private readonly EncodedRows _encoded = new();
    private readonly RowTable _keys = new();
    private readonly RowTable _primary = new();
    private int[] _rowOf = [];

    /// <summary>Of the table's rows.</summary>
    public RowCodec Codec { get; } = new(spec.Right.Fields.Select(f => f.Type));

    /// <summary>The rows; their owners are what <see cref="Find"/> gives.</summary>
    public KeyedRows Rows { get; } = new();

    /// <summary>The bytes that the table holds.</summary>
    public long BytesUsed => Rows.BytesUsed + _keys.BytesUsed + _primary.BytesUsed + sizeof(int) * (long)_rowOf.Length;

    /// <summary>The owner of the rows of a join key; -1 when there are none.</summary>
    public int Find(ulong hash, ReadOnlySpan<byte> key) => _keys.Find(hash, key);

    /// <summary>Takes changes in. A row whose join key has become another subtask's leaves.</summary>
    public void Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        _joinKeyCodec.Encode(BatchRows.Pick(batch.Columns, _joinKey), rows, _joinKeys);
        _joinKeys.ComputeHashes();
        _primaryKeyCodec.Encode(BatchRows.Pick(batch.Columns, primaryKey), rows, _primaryKeys);
        _primaryKeys.ComputeHashes();
        Codec.Encode(batch.Columns.ToArray(), rows, _encoded);
        _encoded.ComputeHashes();
        for (var i = 0; i < rows.Length; i++)
        {
            // What -U takes back the +U behind it replaces, whatever values either has.
            var kind = batch.KindAt(rows[i]);
            if (kind == RowKind.UpdateBefore)
            {
                continue;
            }

            Remove(_primaryKeys.Hashes[i], _primaryKeys[i]);
            if (kind != RowKind.Delete && isOwn(_joinKeys.Hashes[i]))
            {
                Add(i);
            }
        }
    }

    private void Remove(ulong hash, ReadOnlySpan<byte> primaryKey)
    {
        var id = _primary.Find(hash, primaryKey);
        if (id < 0)
        {
            return;
        }

        var row = _rowOf[id];
        var owner = Rows.Table.Owner(row);
        Rows.RemoveAll(row);
        _primary.Remove(id);
        if (Rows.FirstOf(owner) < 0)
        {
            _keys.Remove(owner);
        }
    }

    private void Add(int index)
    {
        var owner = _keys.FindOrAdd(_joinKeys.Hashes[index], _joinKeys[index], 0, out _);
        var row = Rows.Add(owner, _encoded.Hashes[index], _encoded[index], 1, out _);
        var id = _primary.FindOrAdd(_primaryKeys.Hashes[index], _primaryKeys[index], 0, out _);
        if (id >= _rowOf.Length)
        {
            Array.Resize(ref _rowOf, Math.Max(16, id * 2));
        }

        _rowOf[id] = row;
    }
}

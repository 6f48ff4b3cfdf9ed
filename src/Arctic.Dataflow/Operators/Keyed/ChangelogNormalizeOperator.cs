using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>
/// Turns the changes of an upsert source, which have no -U and whose -D may hold no more than the key, into a full changelog: keeps the newest row of each key. Repeats, and deletes
/// of keys that are not there, are dropped.
/// </summary>
internal sealed class ChangelogNormalizeOperator : StreamOperator
{
    private const string StateName = "newest";
    private const byte StateVersion = 1;

    private readonly RowSchema _schema;
    private readonly int[] _keyIndices;
    private readonly int _maxParallelism;
    private readonly RowCodec _keyCodec;
    private readonly RowCodec _rowCodec;
    private readonly RowTable _keys = new();
    private readonly EncodedRows _encodedKeys = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly StateBudget _budget;
    private readonly StateTtl _ttl;
    private byte[]?[] _rows = [];
    private long _rowBytes;
    private DateTimeOffset _now;

    /// <summary>Makes the operator.</summary>
    /// <param name="keyIndices">The columns of the primary key.</param>
    /// <param name="maxParallelism">The number of key groups of the job.</param>
    /// <param name="budget">Bounds the state; null for no bound.</param>
    /// <param name="ttl">How long a key that is not written is kept; null for ever.</param>
    public ChangelogNormalizeOperator(RowSchema schema, IEnumerable<int> keyIndices, int maxParallelism, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttl = new StateTtl(ttl);
        _schema = schema;
        _keyIndices = keyIndices.ToArray();
        _maxParallelism = maxParallelism;
        _keyCodec = new RowCodec(_keyIndices.Select(i => schema[i].Type));
        _rowCodec = new RowCodec(schema.Fields.Select(f => f.Type));
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        ChangeBatch? changes;
        _now = Context.Time.GetUtcNow();
        ForgetIdle(_now);
        using (batch)
        {
            changes = Apply(batch);
        }

        _budget.Update(_keys.BytesUsed + _rows.Length * (long)IntPtr.Size + _rowBytes + _ttl.BytesUsed, Context.Name);
        if (changes is not null)
        {
            await Context.Output.EmitAsync(changes, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _ttl.Next;

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        ForgetIdle(now);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken) =>
        KeyGroupState.SaveAsync(writer, StateName, StateVersion, _keys, _maxParallelism, Save, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private ChangeBatch? Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        _keyCodec.Encode(BatchRows.Pick(batch.Columns, _keyIndices), rows, _encodedKeys);
        _encodedKeys.ComputeHashes();
        _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
        var kinds = new List<RowKind>();
        var changes = new List<byte[]>();
        for (var i = 0; i < rows.Length; i++)
        {
            switch (batch.KindAt(rows[i]))
            {
                case RowKind.Insert or RowKind.UpdateAfter:
                    Put(i, kinds, changes);
                    break;
                case RowKind.Delete:
                    Delete(i, kinds, changes);
                    break;
                default:
                    // The row that is known of the key says it better.
                    break;
            }
        }

        return kinds.Count == 0 ? null : Decode(kinds, changes);
    }

    private void Put(int index, List<RowKind> kinds, List<byte[]> changes)
    {
        var row = _encodedRows[index].ToArray();
        var id = _keys.FindOrAdd(_encodedKeys.Hashes[index], _encodedKeys[index], 0, out var isNew);
        _ttl.Touch(id, _now);
        if (isNew)
        {
            Set(id, row);
            kinds.Add(RowKind.Insert);
            changes.Add(row);
        }
        else if (!row.AsSpan().SequenceEqual(_rows[id]))
        {
            kinds.Add(RowKind.UpdateBefore);
            changes.Add(_rows[id]!);
            kinds.Add(RowKind.UpdateAfter);
            changes.Add(row);
            Set(id, row);
        }
    }

    private void Delete(int index, List<RowKind> kinds, List<byte[]> changes)
    {
        var id = _keys.Find(_encodedKeys.Hashes[index], _encodedKeys[index]);
        if (id >= 0)
        {
            kinds.Add(RowKind.Delete);
            changes.Add(_rows[id]!);
            Forget(id);
        }
    }

    private void ForgetIdle(DateTimeOffset now) => _ttl.TakeExpired(now).ForEach(Forget);

    private void Forget(int id)
    {
        _ttl.Forget(id);
        Set(id, null);
        _keys.Remove(id);
    }

    private void Set(int id, byte[]? row)
    {
        if (id >= _rows.Length)
        {
            Array.Resize(ref _rows, Math.Max(16, id * 2));
        }

        _rowBytes += (row?.Length ?? 0) - (_rows[id]?.Length ?? 0);
        _rows[id] = row;
    }

    private ChangeBatch Decode(List<RowKind> kinds, List<byte[]> changes)
    {
        var areInserts = kinds.TrueForAll(k => k == RowKind.Insert);
        return new ChangeBatch(_schema, _rowCodec.Decode(changes), changes.Count, areInserts ? default : kinds.ToArray());
    }

    private void Save(int id, StateBuffer buffer)
    {
        buffer.WriteBytes(_keys.Row(id));
        buffer.WriteBytes(_rows[id]);
    }

    private void Load(ref StateBytes source)
    {
        var key = source.ReadBytes();
        var id = _keys.FindOrAdd(EncodedRows.Hash(key), key, 0, out _);
        Set(id, source.ReadBytes().ToArray());
        _ttl.Touch(id, Context.Time.GetUtcNow());
    }
}

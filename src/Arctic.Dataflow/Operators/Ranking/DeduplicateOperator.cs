using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Ranking;

/// <summary>Which row of a key a <see cref="DeduplicateOperator"/> keeps.</summary>
internal enum DeduplicateKeep
{
    /// <summary>The first one.</summary>
    First,

    /// <summary>The last one.</summary>
    Last,
}

/// <summary>
/// One row a key of insert-only rows, by a time attribute. The last one is told at once, and taken back when a later one comes (-U, +U). The first one is told when the watermark has reached
/// its time, and never taken back; rows that are late then are dropped. By processing time the order is that of arrival.
/// </summary>
internal sealed class DeduplicateOperator : StreamOperator
{
    private const string StateName = "kept";
    private const byte StateVersion = 1;

    // The first row of such a key has been told.
    private const long Told = long.MinValue;

    private readonly RankSpec _spec;
    private readonly DeduplicateKeep _keep;
    private readonly int _timeIndex;
    private readonly int[] _partitionIndices;
    private readonly RowCodec _keyCodec;
    private readonly RowCodec _rowCodec;
    private readonly RowTable _keys = new();
    private readonly RowArena _rows = new();
    private readonly EncodedRows _encodedKeys = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly PriorityQueue<int, (long Time, long Sequence)> _waiting = new();
    private readonly RankChanges _changes;
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private readonly StateTtl _ttl;
    private int[] _rowOf = [];
    private long[] _timeOf = [];
    private long _sequence;
    private DateTimeOffset _now;
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="timeIndex">The event time; -1 for processing time.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long a key that is not written is kept; null for ever.</param>
    public DeduplicateOperator(RankSpec spec, DeduplicateKeep keep, int timeIndex, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        _ttl = new StateTtl(ttl);
        (_spec, _keep, _timeIndex) = (spec, keep, timeIndex);
        _partitionIndices = spec.Partition.ToArray();
        _keyCodec = new RowCodec(_partitionIndices.Select(i => spec.Input[i].Type));
        _rowCodec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _changes = new RankChanges(spec, _rowCodec, _rows);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await KeyGroupState.LoadAsync(restored, StateName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        _now = Context.Time.GetUtcNow();
        ForgetIdle(_now);
        using (batch)
        {
            Apply(batch);
        }

        await EmitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        while (_waiting.TryPeek(out var key, out var place) && place.Time <= watermark.EpochMillis)
        {
            _waiting.Dequeue();

            // An earlier row may have come in the place of the one that was queued.
            if (_keys.IsLive(key) && _timeOf[key] == place.Time && _rowOf[key] >= 0)
            {
                Tell(key);
            }
        }

        await EmitAsync(cancellationToken).ConfigureAwait(false);
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
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
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await KeyGroupState.SaveAsync(writer, StateName, StateVersion, _keys, _spec.MaxParallelism, Save, cancellationToken).ConfigureAwait(false);

        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Apply(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        _keyCodec.Encode(BatchRows.Pick(batch.Columns, _partitionIndices), rows, _encodedKeys);
        _encodedKeys.ComputeHashes();
        _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
        var times = _timeIndex < 0 ? null : EventTimes.Of(batch.Columns[_timeIndex], rows, Context.Name);
        for (var i = 0; i < rows.Length; i++)
        {
            if (_keep == DeduplicateKeep.Last)
            {
                PutLast(i, times?[i] ?? 0);
            }
            else if (times is null)
            {
                PutFirstToCome(i);
            }
            else if (times[i] > _watermark.EpochMillis)
            {
                PutFirst(i, times[i]);
            }
            else
            {
                _late.Add();
            }
        }
    }

    private void PutLast(int index, long time)
    {
        var key = KeyOf(index, out var isNew);
        if (!isNew && time < _timeOf[key])
        {
            return;
        }

        var before = isNew ? -1 : _rowOf[key];
        Put(key, time, index);
        _changes.Replace(0, before, _rowOf[key]);
    }

    private void PutFirstToCome(int index)
    {
        var key = KeyOf(index, out var isNew);
        if (isNew)
        {
            Put(key, Told, index);
            Tell(key);
        }
    }

    private void PutFirst(int index, long time)
    {
        var key = KeyOf(index, out var isNew);
        if (isNew || time < _timeOf[key])
        {
            Put(key, time, index);
            _waiting.Enqueue(key, (time, _sequence++));
        }
    }

    private int KeyOf(int index, out bool isNew)
    {
        var key = _keys.FindOrAdd(_encodedKeys.Hashes[index], _encodedKeys[index], 0, out isNew);
        if (key >= _rowOf.Length)
        {
            var size = Math.Max(16, key * 2);
            Array.Resize(ref _rowOf, size);
            Array.Resize(ref _timeOf, size);
        }

        _rowOf[key] = isNew ? -1 : _rowOf[key];
        return key;
    }

    private void Put(int key, long time, int index)
    {
        if (_rowOf[key] >= 0)
        {
            _changes.RemoveLater(_rowOf[key]);
        }

        (_rowOf[key], _timeOf[key]) = (_rows.Add(_encodedRows[index]), time);
        _ttl.Touch(key, _now);
    }

    private void ForgetIdle(DateTimeOffset now)
    {
        foreach (var key in _ttl.TakeExpired(now))
        {
            if (_rowOf[key] >= 0)
            {
                _rows.Remove(_rowOf[key]);
            }

            _keys.Remove(key);
        }
    }

    // The key stays, so that no other row of it is told.
    private void Tell(int key)
    {
        _changes.Replace(0, -1, _rowOf[key]);
        _changes.RemoveLater(_rowOf[key]);
        (_rowOf[key], _timeOf[key]) = (-1, Told);
    }

    private async ValueTask EmitAsync(CancellationToken cancellationToken)
    {
        var changes = _changes.Build();
        UpdateBudget();
        if (changes is not null)
        {
            await Context.Output.EmitAsync(changes, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Save(int key, StateBuffer buffer)
    {
        buffer.WriteBytes(_keys.Row(key));
        buffer.WriteInt64(_timeOf[key]);
        buffer.WriteBytes(_rowOf[key] < 0 ? [] : _rows.Row(_rowOf[key]));
    }

    private void Load(ref StateBytes source)
    {
        var bytes = source.ReadBytes();
        var key = _keys.FindOrAdd(EncodedRows.Hash(bytes), bytes, 0, out _);
        if (key >= _rowOf.Length)
        {
            Array.Resize(ref _rowOf, Math.Max(16, key * 2));
            Array.Resize(ref _timeOf, _rowOf.Length);
        }

        _ttl.Touch(key, Context.Time.GetUtcNow());
        _timeOf[key] = source.ReadInt64();
        var row = source.ReadBytes();
        _rowOf[key] = row.IsEmpty ? -1 : _rows.Add(row);
        if (_keep == DeduplicateKeep.First && _rowOf[key] >= 0)
        {
            _waiting.Enqueue(key, (_timeOf[key], _sequence++));
        }
    }

    private void UpdateBudget() => _budget.Update(_keys.BytesUsed + _rows.BytesUsed + (sizeof(int) + sizeof(long)) * (long)_rowOf.Length + 24L * _waiting.Count + _ttl.BytesUsed, Context.Name);
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>
/// Joins each left row to the version of the right row of its key that was valid at the left row's time. Left rows wait for the watermark; late ones are dropped. Versions that a newer
/// one has replaced by the watermark are let go. A version is valid from its own time on, and until the next one's.
/// </summary>
internal sealed class TemporalJoinOperator : StreamOperator
{
    private const string WaitingName = "left";
    private const string VersionsName = "versions";
    private const byte StateVersion = 1;
    private const int DueRowsWanted = 4096;
    private const int NoRow = -1;

    // A version's place in the list, about.
    private const int VersionBytes = 40;

    private readonly JoinSpec _spec;
    private readonly int _leftTime;
    private readonly int _rightTime;
    private readonly IBatchExpression? _residual;
    private readonly int[] _leftKeys;
    private readonly int[] _rightKeys;
    private readonly RowCodec _keyCodec;
    private readonly RowCodec _leftCodec;
    private readonly RowCodec _rightCodec;
    private readonly TimedRows _waiting;
    private readonly RowTable _keys = new();
    private readonly RowArena _versionRows = new();
    private readonly PriorityQueue<int, long> _replacements = new();
    private readonly EncodedRows _encodedKeys = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private List<Version>?[] _versions = [];
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it joins: inner or left outer.</param>
    /// <param name="leftTime">The time column of the left input.</param>
    /// <param name="rightTime">The time column of the right input.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    public TemporalJoinOperator(JoinSpec spec, int leftTime, int rightTime, MemoryBudget? budget)
    {
        (_spec, _leftTime, _rightTime) = (spec, leftTime, rightTime);
        _residual = spec.Residual?.Compile();
        (_leftKeys, _rightKeys) = (spec.LeftKeys.ToArray(), spec.RightKeys.ToArray());
        _keyCodec = new RowCodec(_leftKeys.Select(k => spec.Left[k].Type));
        _leftCodec = new RowCodec(spec.Left.Fields.Select(f => f.Type));
        _rightCodec = new RowCodec(spec.Right.Fields.Select(f => f.Type));
        _waiting = new TimedRows(WaitingName, spec.MaxParallelism);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await _waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
            await KeyGroupState.LoadAsync(restored, VersionsName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            var isLeft = input == 0;
            var times = EventTimes.Of(batch.Columns[isLeft ? _leftTime : _rightTime], rows, Context.Name);
            EncodeKeys(batch.Columns, isLeft ? _leftKeys : _rightKeys, rows);
            (isLeft ? _leftCodec : _rightCodec).Encode(batch.Columns.ToArray(), rows, _encodedRows);
            for (var i = 0; i < rows.Length; i++)
            {
                var kind = batch.KindAt(rows[i]);
                if (!isLeft)
                {
                    AddVersion(i, times[i], kind);
                }
                else if (times[i] > _watermark.EpochMillis)
                {
                    _waiting.Add(times[i], _encodedKeys.Hashes[i], kind, _encodedRows[i]);
                }
                else
                {
                    _late.Add();
                }
            }
        }

        UpdateBudget();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        var due = new List<int>();
        for (_waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due); due.Count > 0; _waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due))
        {
            var columns = _leftCodec.Decode(_waiting.Bytes, due.Select(_waiting.Start).ToArray());
            var times = due.Select(_waiting.TimeOf).ToArray();
            var kinds = due.Select(_waiting.KindOf).ToArray();
            _waiting.Remove(due);
            if (Join(columns, times, kinds) is { } joined)
            {
                await Context.Output.EmitAsync(joined, cancellationToken).ConfigureAwait(false);
            }
        }

        ForgetReplaced(watermark.EpochMillis);
        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await _waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
        await KeyGroupState.SaveAsync(writer, VersionsName, StateVersion, _keys, _spec.MaxParallelism, Save, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void EncodeKeys(IReadOnlyList<Column> columns, int[] keys, int[] rows)
    {
        _keyCodec.Encode(BatchRows.Pick(columns, keys), rows, _encodedKeys);
        _encodedKeys.ComputeHashes();
    }

    // What -U takes back the +U behind it replaces.
    private void AddVersion(int index, long time, RowKind kind)
    {
        if (kind == RowKind.UpdateBefore)
        {
            return;
        }

        var versions = VersionsOf(_encodedKeys.Hashes[index], _encodedKeys[index], out var key);
        var row = kind == RowKind.Delete ? NoRow : _versionRows.Add(_encodedRows[index]);
        var at = PlaceOf(versions, time);
        if (at >= 0 && versions[at].Time == time)
        {
            RemoveRow(versions[at].Row);
            versions[at] = new Version(time, row);
        }
        else
        {
            versions.Insert(at + 1, new Version(time, row));
        }

        _replacements.Enqueue(key, time);
    }

    private List<Version> VersionsOf(ulong hash, ReadOnlySpan<byte> bytes, out int key)
    {
        key = _keys.FindOrAdd(hash, bytes, 0, out var isNew);
        if (key >= _versions.Length)
        {
            Array.Resize(ref _versions, Math.Max(16, key * 2));
        }

        return isNew ? _versions[key] = [] : _versions[key]!; // a live key has some
    }

    // The last version that begins at or before a time; -1 when there is none.
    private static int PlaceOf(List<Version> versions, long time)
    {
        var (low, high) = (0, versions.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = versions[middle].Time <= time ? (middle + 1, high) : (low, middle);
        }

        return low - 1;
    }

    private ChangeBatch? Join(Column[] left, long[] times, RowKind[] kinds)
    {
        var rows = Enumerable.Range(0, times.Length).ToArray();
        EncodeKeys(left, _leftKeys, rows);
        var starts = new int[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var row = HasNull(_encodedKeys[i]) ? NoRow : VersionAt(_encodedKeys.Hashes[i], _encodedKeys[i], times[i]);
            starts[i] = row == NoRow ? -1 : _versionRows.Start(row);
        }

        var right = _rightCodec.Decode(_versionRows.Bytes, starts);
        if (_residual is not null)
        {
            var passes = _residual.Evaluate(new EvaluationInput([.. left, .. right], rows.Length, null)).ToDense();
            for (var i = 0; i < rows.Length; i++)
            {
                starts[i] = passes is BooleanColumn bits && !bits.IsNull(i) && bits.Bits[i] ? starts[i] : -1;
            }

            right = _rightCodec.Decode(_versionRows.Bytes, starts);
        }

        var kept = _spec.Type == JoinType.LeftOuter ? rows : rows.Where(i => starts[i] >= 0).ToArray();
        if (kept.Length == 0)
        {
            return null;
        }

        var columns = left.Concat(right).Select((c, i) => Typed(c.Gather(kept), _spec.Output[i].Type)).ToArray();
        var areInserts = Array.TrueForAll(kept, i => kinds[i] == RowKind.Insert);
        return new ChangeBatch(_spec.Output, columns, kept.Length, areInserts ? default : Array.ConvertAll(kept, i => kinds[i]));
    }

    private bool HasNull(ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < _leftKeys.Length; i++)
        {
            if (RowCodec.IsNull(key, i))
            {
                return true;
            }
        }

        return false;
    }

    private int VersionAt(ulong hash, ReadOnlySpan<byte> bytes, long time)
    {
        var key = _keys.Find(hash, bytes);
        return key >= 0 && PlaceOf(_versions[key]!, time) is var at and >= 0 ? _versions[key]![at].Row : NoRow; // a live key has some
    }

    private void ForgetReplaced(long watermark)
    {
        while (_replacements.TryPeek(out var key, out var time) && time <= watermark)
        {
            _replacements.Dequeue();
            if (!_keys.IsLive(key))
            {
                continue;
            }

            var versions = _versions[key]!; // as above
            var valid = PlaceOf(versions, watermark);

            // Nothing is as good as a deletion.
            var first = valid >= 0 && versions[valid].Row == NoRow ? valid + 1 : Math.Max(valid, 0);
            versions.GetRange(0, first).ForEach(v => RemoveRow(v.Row));
            versions.RemoveRange(0, first);
            if (versions.Count == 0)
            {
                _versions[key] = null;
                _keys.Remove(key);
            }
        }
    }

    private void RemoveRow(int row)
    {
        if (row != NoRow)
        {
            _versionRows.Remove(row);
        }
    }

    private static Column Typed(Column column, DataType type) => column.Type.Equals(type) ? column : column.WithType(type);

    private void Save(int key, StateBuffer buffer)
    {
        var versions = _versions[key]!; // a live key has some
        buffer.WriteBytes(_keys.Row(key));
        buffer.WriteInt32(versions.Count);
        foreach (var version in versions)
        {
            buffer.WriteInt64(version.Time);
            buffer.WriteBytes(version.Row == NoRow ? [] : _versionRows.Row(version.Row));
        }
    }

    private void Load(ref StateBytes source)
    {
        var bytes = source.ReadBytes();
        var versions = VersionsOf(EncodedRows.Hash(bytes), bytes, out var key);
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var time = source.ReadInt64();
            var row = source.ReadBytes();
            versions.Add(new Version(time, row.IsEmpty ? NoRow : _versionRows.Add(row)));
            _replacements.Enqueue(key, time);
        }
    }

    private void UpdateBudget() =>
        _budget.Update(_waiting.BytesUsed + _keys.BytesUsed + _versionRows.BytesUsed + VersionBytes * (long)_versionRows.Count + 16L * _replacements.Count, Context.Name);

    /// <summary>A right row from a time on; <see cref="NoRow"/> when it was deleted then.</summary>
    private readonly record struct Version(long Time, int Row);
}

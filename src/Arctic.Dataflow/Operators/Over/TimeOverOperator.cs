using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>
/// Functions OVER windows of insert-only rows in the order of a time attribute, up to the row itself. By event time rows wait for the watermark; a row that is late is dropped: one at or
/// behind the watermark, and with a bounded frame one at or behind the last row of its partition (as Flink does). By processing time rows are answered as they come.
/// </summary>
internal sealed class TimeOverOperator : StreamOperator
{
    private const string WaitingName = "waiting";
    private const string PartitionsName = "partitions";
    private const byte StateVersion = 1;
    private const int DueRowsWanted = 4096;

    private readonly OverSpec _spec;
    private readonly int _timeIndex;
    private readonly int[] _partitionIndices;
    private readonly RowCodec _partitionCodec;
    private readonly RowCodec _rowCodec;
    private readonly TimedRows _waiting;
    private readonly OverPartitions _partitions;
    private readonly EncodedRows _encodedPartitions = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="timeIndex">The event time; -1 for processing time.</param>
    /// <param name="budget">Bounds its state; null for no bound.</param>
    /// <param name="ttl">How long a partition that gets no rows is kept; null for ever.</param>
    public TimeOverOperator(OverSpec spec, int timeIndex, MemoryBudget? budget, TimeSpan? ttl = null)
    {
        (_spec, _timeIndex) = (spec, timeIndex);
        _partitionIndices = spec.Partition.ToArray();
        _partitionCodec = new RowCodec(_partitionIndices.Select(i => spec.Input[i].Type));
        _rowCodec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _waiting = new TimedRows(WaitingName, spec.MaxParallelism);
        _partitions = new OverPartitions(spec, timeIndex < 0 ? 1 : EventTimes.UnitsPerMilli(spec.Input[timeIndex].Type), isByArrival: timeIndex < 0, ttl);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await _waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
            await KeyGroupState.LoadAsync(restored, PartitionsName, StateVersion, Context.Name, Load, cancellationToken).ConfigureAwait(false);

            UpdateBudget();
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _partitions.Ttl.Next;

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        _partitions.ForgetIdle(now);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            if (_timeIndex >= 0)
            {
                Wait(batch);
            }
            else
            {
                using var rows = batch.Compact();
                var now = new long[rows.RowCount];
                now.AsSpan().Fill(Context.Time.GetUtcNow().ToUnixTimeMilliseconds());
                await Context.Output.EmitAsync(Compute(rows.Columns, now), cancellationToken).ConfigureAwait(false);
            }
        }

        UpdateBudget();
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        var due = new List<int>();
        for (_waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due); due.Count > 0; _waiting.TakeDue(watermark.EpochMillis, DueRowsWanted, due))
        {
            var columns = _rowCodec.Decode(_waiting.Bytes, due.Select(_waiting.Start).ToArray());
            var times = due.Select(_waiting.TimeOf).ToArray();
            _waiting.Remove(due);
            await Context.Output.EmitAsync(Compute(columns, times), cancellationToken).ConfigureAwait(false);
        }

        _partitions.Expire(watermark.EpochMillis);
        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await _waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
        await KeyGroupState.SaveAsync(writer, PartitionsName, StateVersion, _partitions.Keys, _spec.MaxParallelism, Save, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Wait(ChangeBatch batch)
    {
        var rows = BatchRows.Of(batch);
        var times = EventTimes.Of(batch.Columns[_timeIndex], rows, Context.Name);
        _partitionCodec.Encode(BatchRows.Pick(batch.Columns, _partitionIndices), rows, _encodedPartitions);
        _encodedPartitions.ComputeHashes();
        _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
        for (var i = 0; i < rows.Length; i++)
        {
            var isLate = _partitions.IsBounded
                ? _partitions.LastTimeOf(_encodedPartitions.Hashes[i], _encodedPartitions[i]) is { } last && times[i] <= last
                : times[i] <= _watermark.EpochMillis;
            if (isLate)
            {
                _late.Add();
            }
            else
            {
                _waiting.Add(times[i], _encodedPartitions.Hashes[i], RowKind.Insert, _encodedRows[i]);
            }
        }
    }

    private ChangeBatch Compute(IReadOnlyList<Column> columns, long[] times)
    {
        var rows = new int[times.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = i;
        }

        var now = Context.Time.GetUtcNow();
        _partitions.ForgetIdle(now);
        _partitionCodec.Encode(BatchRows.Pick(columns, _partitionIndices), rows, _encodedPartitions);
        _encodedPartitions.ComputeHashes();
        return new ChangeBatch(_spec.Output, [.. columns, .. _partitions.Append(columns, _encodedPartitions, times, now)], times.Length);
    }

    private void Save(int partition, StateBuffer buffer)
    {
        buffer.WriteBytes(_partitions.Keys.Row(partition));
        _partitions.Save(partition, buffer);
    }

    private void Load(ref StateBytes source)
    {
        _partitions.Load(source.ReadBytes(), Context.Time.GetUtcNow(), ref source);
    }

    private void UpdateBudget() => _budget.Update(_waiting.BytesUsed + _partitions.BytesUsed, Context.Name);
}

using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>
/// SESSION: the rows of a key that follow each other within a gap. A row opens a session as long as the gap; sessions that overlap or touch are one. Rows wait until the watermark has
/// passed the end of their session, then come out with it; a row that belongs to a session that is over is dropped.
/// </summary>
internal sealed class SessionWindowOperator : StreamOperator
{
    private const string StateName = "sessions";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly TimeWindow _window;
    private readonly RowSchema _output;
    private readonly int _maxParallelism;
    private readonly int[] _keyIndices;
    private readonly RowCodec _keyCodec;
    private readonly RowCodec _rowCodec;
    private readonly WindowColumns _columns;
    private readonly RowTable _keys = new();
    private readonly RowArena _rows = new();
    private readonly EncodedRows _encodedKeys = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly PriorityQueue<Session, (long End, long Sequence)> _ends = new();
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private readonly List<Session> _touched = [];
    private List<Session>?[] _sessions = [];
    private Watermark _watermark = Watermark.Min;
    private long _sequence;

    /// <summary>Makes the operator.</summary>
    /// <param name="output">The input's columns, then start, end and time of the window.</param>
    /// <param name="zone">Whose wall clock sessions of TIMESTAMP_LTZ are shown on.</param>
    /// <param name="maxParallelism">The number of key groups of the job.</param>
    /// <param name="budget">Bounds the rows that wait; null for no bound.</param>
    public SessionWindowOperator(TimeWindow window, RowSchema input, RowSchema output, TimeZoneInfo zone, int maxParallelism, MemoryBudget? budget)
    {
        (_window, _output, _maxParallelism) = (window, output, maxParallelism);
        _keyIndices = window.Partition.ToArray();
        _keyCodec = new RowCodec(_keyIndices.Select(i => input[i].Type));
        _rowCodec = new RowCodec(input.Fields.Select(f => f.Type));
        _columns = new WindowColumns(output, zone);
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
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            var times = EventTimes.Of(batch.Columns[_window.TimeIndex], rows, Context.Name);
            _keyCodec.Encode(BatchRows.Pick(batch.Columns, _keyIndices), rows, _encodedKeys);
            _encodedKeys.ComputeHashes();
            _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
            for (var i = 0; i < rows.Length; i++)
            {
                Add(i, times[i]);
            }
        }

        UpdateBudget();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        var due = new List<Session>();
        var count = 0;
        while (_ends.TryPeek(out var session, out var place) && place.End - 1 <= watermark.EpochMillis)
        {
            _ends.Dequeue();

            // A session that grew is queued again with its new end; one that was merged into another is over.
            if (session.End != place.End || session.IsMerged)
            {
                continue;
            }

            Close(session);
            due.Add(session);
            count += session.Rows.Count;
            if (count >= OutputRowsMax)
            {
                await EmitAsync(due, count, cancellationToken).ConfigureAwait(false);
                count = 0;
            }
        }

        await EmitAsync(due, count, cancellationToken).ConfigureAwait(false);
        UpdateBudget();
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await KeyGroupState.SaveAsync(writer, StateName, StateVersion, _keys, _maxParallelism, Save, cancellationToken).ConfigureAwait(false);

        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Add(int index, long time)
    {
        var (start, end) = (time, time + _window.SizeMillis);
        var known = _keys.Find(_encodedKeys.Hashes[index], _encodedKeys[index]);
        _touched.Clear();
        if (known >= 0)
        {
            foreach (var session in _sessions[known]!) // a live key has some
            {
                // Sessions of a key lie apart, so that only the row's own stretch can touch them.
                if (session.Start <= time + _window.SizeMillis && session.End >= time)
                {
                    _touched.Add(session);
                    (start, end) = (Math.Min(start, session.Start), Math.Max(end, session.End));
                }
            }
        }

        if (end - 1 <= _watermark.EpochMillis)
        {
            _late.Add();
            return;
        }

        var key = KeyOf(_encodedKeys.Hashes[index], _encodedKeys[index]);
        var merged = Merge(key, _touched);
        merged.Rows.Add((_sequence++, _rows.Add(_encodedRows[index])));
        merged.Start = start;
        if (merged.End != end)
        {
            merged.End = end;
            _ends.Enqueue(merged, (end, _sequence++));
        }
    }

    private int KeyOf(ulong hash, ReadOnlySpan<byte> bytes)
    {
        var key = _keys.FindOrAdd(hash, bytes, 0, out var isNew);
        if (key >= _sessions.Length)
        {
            Array.Resize(ref _sessions, Math.Max(16, key * 2));
        }

        _sessions[key] = isNew ? [] : _sessions[key];
        return key;
    }

    // The longest one takes the rows of the others.
    private Session Merge(int key, List<Session> touched)
    {
        if (touched.Count == 0)
        {
            var session = new Session { Key = key };
            _sessions[key]!.Add(session); // as above
            return session;
        }

        var kept = touched.MaxBy(s => s.Rows.Count)!; // there is one at least
        foreach (var other in touched)
        {
            if (!ReferenceEquals(other, kept))
            {
                kept.Rows.AddRange(other.Rows);
                other.IsMerged = true;
                _sessions[key]!.Remove(other); // as above
            }
        }

        return kept;
    }

    private void Close(Session session)
    {
        var sessions = _sessions[session.Key]!; // as above
        sessions.Remove(session);
        if (sessions.Count == 0)
        {
            _sessions[session.Key] = null;
            _keys.Remove(session.Key);
        }
    }

    private async ValueTask EmitAsync(List<Session> due, int count, CancellationToken cancellationToken)
    {
        if (count == 0)
        {
            return;
        }

        var (rows, starts, ends) = (new List<int>(count), new long[count], new long[count]);
        foreach (var session in due)
        {
            session.Rows.Sort();
            foreach (var (_, id) in session.Rows)
            {
                (starts[rows.Count], ends[rows.Count]) = (session.Start, session.End);
                rows.Add(id);
            }
        }

        _columns.ToLocal(starts);
        _columns.ToLocal(ends);
        var columns = _rowCodec.Decode(_rows.Bytes, rows.Select(_rows.Start).ToArray());
        rows.ForEach(_rows.Remove);
        due.Clear();
        await Context.Output.EmitAsync(new ChangeBatch(_output, [.. columns, .. _columns.Build(starts, ends)], count), cancellationToken).ConfigureAwait(false);
    }

    private void Save(int key, StateBuffer buffer)
    {
        foreach (var session in _sessions[key]!) // a live key has some
        {
            buffer.WriteBytes(_keys.Row(key));
            buffer.WriteInt64(session.Start);
            buffer.WriteInt64(session.End);
            buffer.WriteInt32(session.Rows.Count);
            foreach (var row in session.Rows)
            {
                buffer.WriteBytes(_rows.Row(row.Id));
            }
        }
    }

    private void Load(ref StateBytes source)
    {
        var bytes = source.ReadBytes();
        var key = KeyOf(EncodedRows.Hash(bytes), bytes);
        var session = new Session { Key = key, Start = source.ReadInt64(), End = source.ReadInt64() };
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            session.Rows.Add((_sequence++, _rows.Add(source.ReadBytes())));
        }

        _sessions[key]!.Add(session); // KeyOf makes the list
        _ends.Enqueue(session, (session.End, _sequence++));
    }

    private void UpdateBudget() => _budget.Update(_keys.BytesUsed + _rows.BytesUsed + 16L * _rows.Count + 96L * _ends.Count + _sessions.Length * (long)IntPtr.Size, Context.Name);

    /// <summary>A session under way: few, so an object each.</summary>
    private sealed class Session
    {
        public required int Key { get; init; }

        public long Start { get; set; }

        public long End { get; set; }

        /// <summary>Whether another session has taken the rows.</summary>
        public bool IsMerged { get; set; }

        /// <summary>The rows with their numbers of arrival.</summary>
        public List<(long Sequence, int Id)> Rows { get; } = [];
    }
}

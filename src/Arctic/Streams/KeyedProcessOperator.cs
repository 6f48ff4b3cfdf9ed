using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Streams;

/// <summary>Runs a <see cref="KeyedProcessFunction{TKey, T, TResult}"/>. Keys are the bytes of their columns; a key is known for as long as it has state or timers.</summary>
internal sealed class KeyedProcessOperator<TKey, T, TResult> : StreamOperator
{
    private readonly string _step;
    private readonly KeyedRecords<TKey, T> _records;
    private readonly KeyedProcessFunction<TKey, T, TResult> _function;
    private readonly RowMapping<TResult> _results;
    private readonly RowSchema _resultSchema;
    private readonly int _maxParallelism;
    private readonly RowTable _keys = new();
    private readonly CurrentKey _current = new();
    private readonly KeyTimers _timers = new();
    private readonly KeyedContext<TKey, TResult> _context;
    private readonly KeyedState[] _states;
    private readonly StateBudget _budget;
    private readonly StateTtl _ttl;

    /// <summary>Makes the operator.</summary>
    /// <param name="step">What runs, for messages.</param>
    /// <param name="records">The rows that come.</param>
    /// <param name="results">The rows that go.</param>
    /// <param name="resultSchema">Their columns.</param>
    /// <param name="maxParallelism">The number of key groups of the job.</param>
    /// <param name="ttl">How long a key to which no row comes is remembered; null for ever.</param>
    public KeyedProcessOperator(
        string step, KeyedRecords<TKey, T> records, KeyedProcessFunction<TKey, T, TResult> function, RowMapping<TResult> results, RowSchema resultSchema, int maxParallelism, MemoryBudget budget, TimeSpan? ttl)
    {
        (_step, _records, _function, _results, _resultSchema, _maxParallelism) = (step, records, function, results, resultSchema, maxParallelism);
        (_budget, _ttl) = (new StateBudget(budget), new StateTtl(ttl));
        _context = new KeyedContext<TKey, TResult>(function.ResultMode, _timers, _current);
        var binder = new StateBinder(_current);
        function.Open(binder);
        _states = [.. binder.States];
    }

    /// <inheritdoc/>
    public override DateTimeOffset? NextTime => _timers.NextTime is { } timer && !(_ttl.Next < timer) ? timer : _ttl.Next;

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _timers.Reached = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is null)
        {
            return;
        }

        foreach (var state in _states)
        {
            await state.LoadAsync(restored, _keys, Context.Name, cancellationToken).ConfigureAwait(false);
        }

        await _timers.LoadAsync(restored, _keys, Context.Name, cancellationToken).ConfigureAwait(false);
        foreach (var id in _keys.LiveIds)
        {
            _ttl.Touch(id, Context.Time.GetUtcNow());
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        _context.Now = Context.Time.GetUtcNow();
        ForgetIdle(_context.Now);
        using (batch)
        {
            UserCode.Run(_step, (Operator: this, batch), static a => a.Operator.Process(a.batch));
        }

        await EmitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _timers.Reached = watermark;
        await FireAsync(TimerDomain.Event, watermark.EpochMillis, cancellationToken).ConfigureAwait(false);
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        ForgetIdle(now);
        return FireAsync(TimerDomain.Clock, now.ToUnixTimeMilliseconds(), cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        foreach (var state in _states)
        {
            await state.SaveAsync(writer, _keys, _maxParallelism, cancellationToken).ConfigureAwait(false);
        }

        await _timers.SaveAsync(writer, _keys, _maxParallelism, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _timers.Reached, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private int Process(ChangeBatch batch)
    {
        var rows = _records.Read(batch);
        var hashes = _records.EncodedKeys.Hashes;
        for (var i = 0; i < rows.Count; i++)
        {
            _current.Id = _keys.FindOrAdd(hashes[i], _records.EncodedKeys[i], 0, out _);
            _ttl.Touch(_current.Id, _context.Now);
            (_context.Key, _context.Kind) = (_records.Keys[i], rows.Kinds[i]);
            _function.Process(rows.Rows[i], _context);
            ForgetIfEmpty(_current.Id);
        }

        return rows.Count;
    }

    // A function may ask for another timer that is due already.
    private async ValueTask FireAsync(TimerDomain domain, long reachedMillis, CancellationToken cancellationToken)
    {
        _context.Now = Context.Time.GetUtcNow();
        while (_timers.TakeDue(domain, reachedMillis) is { } due)
        {
            UserCode.Run(_step, (Operator: this, due), static a => a.Operator.Fire(a.due.Time, a.due.KeyId));
            if (_context.Results.Count >= BatchRowsMax)
            {
                await EmitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        await EmitAsync(cancellationToken).ConfigureAwait(false);
    }

    private int Fire(DateTimeOffset time, int keyId)
    {
        _current.Id = keyId;
        (_context.Key, _context.Kind) = (_records.DecodeKey(_keys.Row(keyId)), RowKind.Insert);
        _function.OnTimer(time, _context);
        ForgetIfEmpty(keyId);
        return 1;
    }

    private async ValueTask EmitAsync(CancellationToken cancellationToken)
    {
        _budget.Update(_keys.BytesUsed + _timers.BytesUsed + _ttl.BytesUsed + _states.Sum(s => s.BytesUsed), Context.Name);
        var results = _context.Results;
        if (results.Count == 0)
        {
            return;
        }

        var batch = new ChangeBatch(_resultSchema, _results.Encode(results.Rows, results.Count), results.Count, results.ToKinds());
        results.Clear();
        await Context.Output.EmitAsync(batch, cancellationToken).ConfigureAwait(false);
    }

    private void ForgetIdle(DateTimeOffset now)
    {
        foreach (var id in _ttl.TakeExpired(now))
        {
            foreach (var state in _states)
            {
                state.Forget(id);
            }

            ForgetIfEmpty(id);
        }
    }

    private void ForgetIfEmpty(int keyId)
    {
        if (_timers.Has(keyId))
        {
            return;
        }

        foreach (var state in _states)
        {
            if (state.Has(keyId))
            {
                return;
            }
        }

        _ttl.Forget(keyId);
        _keys.Remove(keyId);
    }

    private const int BatchRowsMax = 4096;
}

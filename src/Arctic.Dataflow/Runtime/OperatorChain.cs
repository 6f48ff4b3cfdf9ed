using Arctic.Columnar;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Runtime;

/// <summary>The operators of one subtask, each feeding the next without an exchange, and what stands at their end.</summary>
internal sealed class OperatorChain : IAsyncDisposable
{
    private readonly IReadOnlyList<StreamOperator> _operators;
    private readonly TaskOutput _tail;

    /// <summary>Links operators to each other and to the tail.</summary>
    /// <param name="operators">In the order of the rows; may be empty.</param>
    /// <param name="tail">Takes the results of the last.</param>
    /// <param name="contextOf">The surroundings of the operator at a place, given where its results go.</param>
    public OperatorChain(IReadOnlyList<StreamOperator> operators, TaskOutput tail, Func<int, IOperatorOutput, OperatorContext> contextOf)
    {
        (_operators, _tail) = (operators, tail);
        for (var i = 0; i < operators.Count; i++)
        {
            operators[i].SetContext(contextOf(i, i + 1 < operators.Count ? new Link(operators[i + 1]) : tail));
        }
    }

    /// <summary>Opens the last operator first, so that whoever emits meets an open one.</summary>
    /// <param name="stateOf">The restored state of the operator at a place; null for a fresh start.</param>
    public async ValueTask OpenAsync(Func<int, IStateReader?> stateOf, CancellationToken cancellationToken)
    {
        for (var i = _operators.Count - 1; i >= 0; i--)
        {
            await _operators[i].OpenAsync(stateOf(i), cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken) =>
        _operators.Count > 0 ? _operators[0].ProcessBatchAsync(input, batch, cancellationToken) : _tail.EmitAsync(batch, cancellationToken);

    public ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) =>
        _operators.Count > 0 ? _operators[0].AdvanceWatermarkAsync(watermark, cancellationToken) : _tail.EmitWatermarkAsync(watermark, cancellationToken);

    /// <summary>Tells the head that all inputs are idle.</summary>
    public ValueTask MarkIdleAsync(CancellationToken cancellationToken) =>
        _operators.Count > 0 ? _operators[0].MarkIdleAsync(cancellationToken) : _tail.EmitIdleAsync(cancellationToken);

    /// <summary>When an operator wants to be called by the clock; null for never.</summary>
    public DateTimeOffset? NextTime
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var step in _operators)
            {
                next = step.NextTime is { } time && (next is null || time < next) ? time : next;
            }

            return next;
        }
    }

    /// <summary>Calls the operators whose time has come.</summary>
    public async ValueTask OnTimeAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var step in _operators)
        {
            if (step.NextTime <= now)
            {
                await step.OnTimeAsync(now, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tells the head that an input has ended.</summary>
    public ValueTask FinishInputAsync(int input, CancellationToken cancellationToken) =>
        _operators.Count > 0 ? _operators[0].FinishInputAsync(input, cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Tells the operators behind the head, one after the other, that the head has ended.</summary>
    public async ValueTask FinishBehindHeadAsync(CancellationToken cancellationToken)
    {
        for (var i = 1; i < _operators.Count; i++)
        {
            await _operators[i].FinishInputAsync(0, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask SnapshotStateAsync(StateFile file, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _operators.Count; i++)
        {
            await _operators[i].SnapshotStateAsync(file.WriterOf(i), cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _operators.DisposeAllAsync().ConfigureAwait(false);
        }
        finally
        {
            _tail.Drop();
        }
    }

    private sealed class Link(StreamOperator next) : IOperatorOutput
    {
        public ValueTask EmitAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            if (batch.RowCount == 0)
            {
                batch.Dispose();
                return ValueTask.CompletedTask;
            }

            return next.ProcessBatchAsync(0, batch, cancellationToken);
        }

        public ValueTask EmitWatermarkAsync(Watermark watermark, CancellationToken cancellationToken) => next.AdvanceWatermarkAsync(watermark, cancellationToken);

        public ValueTask EmitIdleAsync(CancellationToken cancellationToken) => next.MarkIdleAsync(cancellationToken);
    }
}

using Arctic.Dataflow.Connectors;
using Arctic.KeyedTables.Reading;

namespace Arctic.Connectors.Lake;

/// <summary>Reads the splits of one subtask, one after the other.</summary>
internal sealed class LakeSourceReader(ILakeSplitReader splitReader) : ISourceReader
{
    private readonly Queue<SourceSplit> _waiting = new();
    private readonly CancellationTokenSource _closing = new();
    private string _splitId = "";
    private ReadOnlyMemory<byte> _splitState;
    private IAsyncEnumerator<SplitBatch>? _batches;
    private Task<bool>? _pending;

    /// <inheritdoc/>
    public void AddSplit(SourceSplit split) => _waiting.Enqueue(split);

    /// <inheritdoc/>
    public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
    {
        if (_batches is null)
        {
            (_splitId, _splitState) = _waiting.Dequeue();
            _batches = splitReader.ReadAsync(LakeSplit.Read(_splitState), _closing.Token).GetAsyncEnumerator(_closing.Token);
        }

        // A read that the caller gives up goes on in the background; the next call takes its result.
        _pending ??= _batches.MoveNextAsync().AsTask();
        var hasBatch = await _pending.WaitAsync(cancellationToken).ConfigureAwait(false);
        _pending = null;
        if (hasBatch)
        {
            var read = _batches.Current;
            _splitState = LakeSplit.MoveTo(_splitState, read.Next);
            return new SourceRead(_splitId, read.Batch, _splitState, IsSplitFinished: false);
        }

        await _batches.DisposeAsync().ConfigureAwait(false);
        _batches = null;
        return new SourceRead(_splitId, null, _splitState, IsSplitFinished: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        try
        {
            if (_batches is not null)
            {
                await DropPendingAsync(_batches).ConfigureAwait(false);
                await _batches.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _closing.Dispose();
            await splitReader.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A failed read has been told to whoever waited for it, and a cancelled one is what closing asked for.
    private async ValueTask DropPendingAsync(IAsyncEnumerator<SplitBatch> batches)
    {
        if (_pending is { } pending)
        {
            await ((Task)pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (pending.IsCompletedSuccessfully && pending.Result)
            {
                batches.Current.Batch?.Dispose();
            }
        }
    }
}

/// <summary>Turns a split into batches.</summary>
internal interface ILakeSplitReader : IAsyncDisposable
{
    /// <summary>Reads a split from its position on.</summary>
    IAsyncEnumerable<SplitBatch> ReadAsync(LakeSplit split, CancellationToken cancellationToken);
}

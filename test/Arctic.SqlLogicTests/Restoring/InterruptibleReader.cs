using Arctic.Columnar;
using Arctic.Dataflow.Connectors;

namespace Arctic.SqlLogicTests.Restoring;

/// <summary>Gives the rows of a reader one at a time.</summary>
internal sealed class InterruptibleReader(ISourceReader reader, int subtask, Interruption.Readers? readers, SplitAssignment assignment) : ISourceReader
{
    private readonly Dictionary<string, RowPosition> _positions = [];
    private SourceRead? _read;
    private int _nextRow;
    private int? _rowsToGive;
    private int _openSplits;

    public void AddSplit(SourceSplit split)
    {
        var position = RowPosition.Of(split);
        _positions.Add(split.Id, position);
        _openSplits++;
        reader.AddSplit(split with { State = position.State });
    }

    public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
    {
        var read = await ReadRowAsync(cancellationToken).ConfigureAwait(false);
        if (read.IsSplitFinished && --_openSplits == 0 && assignment == SplitAssignment.Eager)
        {
            readers?.SetIdle(subtask);
        }

        return read;
    }

    public async ValueTask DisposeAsync()
    {
        _read?.Batch?.Dispose();
        await reader.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<SourceRead> ReadRowAsync(CancellationToken cancellationToken)
    {
        var read = _read;
        while (read is null)
        {
            read = await ReadBatchAsync(cancellationToken).ConfigureAwait(false);
            if (read is { Batch: null })
            {
                return read with { State = _positions[read.SplitId].ToState() };
            }
        }

        await HoldAsync(read.Batch!, cancellationToken).ConfigureAwait(false); // as tested
        return NextRow(read, read.Batch!);
    }

    // Null when all rows of the batch have been given before the restart.
    private async ValueTask<SourceRead?> ReadBatchAsync(CancellationToken cancellationToken)
    {
        var read = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        var position = _positions[read.SplitId];
        if (read.Batch is not { } batch)
        {
            // Rows that are still to be skipped count from the new position on.
            _positions[read.SplitId] = position with { State = read.State };
            return read;
        }

        if (position.RowCount >= batch.RowCount)
        {
            _positions[read.SplitId] = new RowPosition(read.State, position.RowCount - batch.RowCount);
            batch.Dispose();
            return read.IsSplitFinished ? read with { Batch = null } : null;
        }

        (_read, _nextRow) = (read, position.RowCount);
        return read;
    }

    private async ValueTask HoldAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        _rowsToGive ??= (batch.RowCount + 1) / 2;
        if (readers is not null && _rowsToGive == 0)
        {
            await readers.HoldAsync(subtask, cancellationToken).ConfigureAwait(false);
            _rowsToGive = 1;
        }

        _rowsToGive--;
    }

    private SourceRead NextRow(SourceRead read, ChangeBatch batch)
    {
        var row = batch.Slice(_nextRow++, 1);
        if (_nextRow < batch.RowCount)
        {
            _positions[read.SplitId] = _positions[read.SplitId] with { RowCount = _nextRow };
            return new SourceRead(read.SplitId, row, _positions[read.SplitId].ToState(), false);
        }

        batch.Dispose();
        _read = null;
        _positions[read.SplitId] = new RowPosition(read.State, 0);
        return new SourceRead(read.SplitId, row, _positions[read.SplitId].ToState(), read.IsSplitFinished);
    }
}

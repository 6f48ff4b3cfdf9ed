using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;

namespace Arctic.Iceberg.Writing;

/// <summary>Whether a writer takes rows: not behind its completion, and not behind a call that ended by an exception with part of its rows perhaps written.</summary>
/// <param name="table">What is written to, for messages.</param>
internal sealed class WriterState(TableIdentifier table)
{
    private bool _isComplete;
    private bool _isBroken;

    /// <summary>Checks that the writer takes rows.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public void RequireOpen()
    {
        if (_isComplete)
        {
            throw new InvalidOperationException("The writer has been completed or disposed; make another for more rows.");
        }

        if (_isBroken)
        {
            throw new InvalidOperationException(
                $"The writer of '{table}' is broken: an earlier call failed or was cancelled, and part of its rows may be written. Dispose it, and write all rows with another.");
        }
    }

    /// <summary>Checks that all rows of a batch are new ones.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: they are not.</exception>
    public void RequireInserts(ChangeBatch batch)
    {
        for (var i = 0; i < batch.RowCount && !batch.IsInsertOnly; i++)
        {
            var kind = batch.KindAt(batch.Selection is { } selection ? selection.Span[i] : i);
            if (kind != RowKind.Insert)
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot append a batch that holds a change of kind '{kind.ToShortText()}': only new rows can be appended.")
                {
                    Hint = $"Changes by key go through {nameof(RowDeltaWriter)}.{nameof(RowDeltaWriter.UpsertAsync)}.",
                };
            }
        }
    }

    /// <summary>Begins a call that takes rows; without <see cref="End"/> the writer is broken.</summary>
    public void Begin()
    {
        RequireOpen();
        _isBroken = true;
    }

    /// <summary>All rows of the call are taken.</summary>
    public void End() => _isBroken = false;

    /// <summary>No more rows come.</summary>
    public void Complete() => (_isComplete, _isBroken) = (true, false);
}

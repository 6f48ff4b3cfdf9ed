using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;

namespace Arctic.Streams;

/// <summary>
/// Gives the rows of batches as objects, behind the steps that need no exchange: each step is one loop over an array a batch, so that a row costs its making and the calls of the user's
/// functions, and nothing else. One subtask uses an instance.
/// </summary>
internal abstract class RowReader<T>
{
    /// <summary>The rows of a batch; valid until the next one is read. The caller still disposes the batch.</summary>
    public abstract RowBuffer<T> Read(ChangeBatch batch);
}

/// <summary>Makes the rows.</summary>
internal sealed class DecodingReader<T>(RowMapping<T> mapping) : RowReader<T>
{
    private readonly RowBuffer<T> _rows = new();

    public override RowBuffer<T> Read(ChangeBatch batch)
    {
        using var compact = batch.Compact();
        var count = compact.ColumnLength;
        _rows.Begin(count);
        mapping.Decode(compact.Columns, count, _rows.Rows);
        if (compact.IsInsertOnly)
        {
            _rows.Kinds.AsSpan(0, count).Fill(RowKind.Insert);
        }
        else
        {
            compact.Kinds.Span.CopyTo(_rows.Kinds);
        }

        return _rows;
    }
}

/// <summary>Keeps some rows.</summary>
internal sealed class FilteringReader<T>(RowReader<T> input, Func<T, bool> predicate) : RowReader<T>
{
    public override RowBuffer<T> Read(ChangeBatch batch)
    {
        var buffer = input.Read(batch);
        var (rows, kinds, kept) = (buffer.Rows, buffer.Kinds, 0);
        for (var i = 0; i < buffer.Count; i++)
        {
            if (predicate(rows[i]))
            {
                (rows[kept], kinds[kept]) = (rows[i], kinds[i]);
                kept++;
            }
        }

        buffer.Truncate(kept);
        return buffer;
    }
}

/// <summary>Makes one row of each.</summary>
internal sealed class MappingReader<T, TResult>(RowReader<T> input, Func<T, TResult> map) : RowReader<TResult>
{
    private readonly RowBuffer<TResult> _rows = new();

    public override RowBuffer<TResult> Read(ChangeBatch batch)
    {
        var source = input.Read(batch);
        _rows.Begin(source.Count);
        var (from, to) = (source.Rows, _rows.Rows);
        for (var i = 0; i < source.Count; i++)
        {
            to[i] = map(from[i]);
        }

        source.Kinds.AsSpan(0, source.Count).CopyTo(_rows.Kinds);
        return _rows;
    }
}

/// <summary>Makes any number of rows of each; they have its kind.</summary>
internal sealed class FlatteningReader<T, TResult>(RowReader<T> input, Func<T, IEnumerable<TResult>> map) : RowReader<TResult>
{
    private readonly RowBuffer<TResult> _rows = new();

    public override RowBuffer<TResult> Read(ChangeBatch batch)
    {
        var source = input.Read(batch);
        _rows.Clear();
        for (var i = 0; i < source.Count; i++)
        {
            foreach (var row in map(source.Rows[i]))
            {
                _rows.Add(source.Kinds[i], row);
            }
        }

        return _rows;
    }
}

/// <summary>Shows the kinds to the functions behind it: every change is a row that comes.</summary>
internal sealed class ChangesReader<T>(RowReader<T> input) : RowReader<Change<T>>
{
    private readonly RowBuffer<Change<T>> _rows = new();

    public override RowBuffer<Change<T>> Read(ChangeBatch batch)
    {
        var source = input.Read(batch);
        _rows.Begin(source.Count);
        for (var i = 0; i < source.Count; i++)
        {
            _rows.Rows[i] = new Change<T>(source.Kinds[i], source.Rows[i]);
        }

        _rows.Kinds.AsSpan(0, source.Count).Fill(RowKind.Insert);
        return _rows;
    }
}

/// <summary>The reverse: what a row says of its kind is its kind.</summary>
/// <param name="mode">The kinds that were promised.</param>
internal sealed class ChangelogReader<T>(RowReader<Change<T>> input, ChangelogMode mode) : RowReader<T>
{
    private readonly RowBuffer<T> _rows = new();

    public override RowBuffer<T> Read(ChangeBatch batch)
    {
        var source = input.Read(batch);
        _rows.Begin(source.Count);
        for (var i = 0; i < source.Count; i++)
        {
            var (kind, row) = source.Rows[i];
            if (((int)mode & 1 << (int)kind) == 0)
            {
                throw new ArcticException(ErrorCodes.EvaluationFailed, $"A change of kind {kind} came to ToChangelog, which was promised the kinds {mode} alone.");
            }

            (_rows.Kinds[i], _rows.Rows[i]) = (kind, row);
        }

        return _rows;
    }
}

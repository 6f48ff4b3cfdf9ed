using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Rows that wait to be written together, numbered as they come. They stay in the batches that they came in, so that they are in memory once: chosen ones are copied out a part at a time.
/// Not thread-safe.
/// </summary>
/// <param name="schema">The columns of all rows; narrower types are widened.</param>
internal sealed class GatheredRows(RowSchema schema) : IDisposable
{
    /// <summary>The most column bytes that are gathered before they are written.</summary>
    internal const long BytesMax = 128L << 20;

    // Batches of fewer rows are joined: a batch costs memory whatever it holds.
    private const int BatchRowsMin = 4096;

    private readonly List<ChangeBatch> _batches = [];
    private readonly List<int> _starts = [];
    private readonly List<ChangeBatch> _small = [];
    private int _smallRows;
    private long _bytes;

    /// <summary>The rows that wait.</summary>
    public int RowCount { get; private set; }

    /// <summary>Whether there are enough to be written.</summary>
    public bool IsFull => _bytes >= BytesMax;

    /// <summary>Copies the rows of a batch: whose memory it is only the caller knows. The caller still disposes it.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>.</exception>
    public void Add(ChangeBatch batch)
    {
        // Two batches that begin with the same row could not be told apart.
        if (batch.RowCount == 0)
        {
            return;
        }

        using var copy = batch.Gather(BatchRows.Of(batch));
        var columns = copy.Columns.Select((c, i) => DataFileWriter.Widen(c, schema[i])).ToArray();
        Keep(new ChangeBatch(schema, columns, copy.ColumnLength));
        _bytes += columns.Sum(ColumnBytes.Of);
    }

    /// <summary>The batches, each without a selection, with the number of its first row; what they hold ends with <see cref="Clear"/>.</summary>
    public IEnumerable<(ChangeBatch Batch, int Start)> Batches()
    {
        Join();
        return _batches.Zip(_starts);
    }

    /// <summary>A copy of the rows of these numbers, in this order.</summary>
    public ChangeBatch Gather(ReadOnlySpan<int> rows)
    {
        Join();
        var (batchOf, counts) = FindBatches(rows);

        // Where each batch's rows begin among the pieces, then where the next of them goes.
        var next = new int[counts.Length];
        for (var b = 1; b < next.Length; b++)
        {
            next[b] = next[b - 1] + counts[b - 1];
        }

        var (rowsInBatches, places) = (new int[rows.Length], new int[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            var at = next[batchOf[i]]++;
            rowsInBatches[at] = rows[i] - _starts[batchOf[i]];
            places[i] = at;
        }

        using var pieces = Concat(rowsInBatches, counts);
        return pieces.Gather(places);
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        foreach (var batch in _batches.Concat(_small))
        {
            batch.Dispose();
        }

        _batches.Clear();
        _starts.Clear();
        _small.Clear();
        (RowCount, _smallRows, _bytes) = (0, 0, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Keep(ChangeBatch batch)
    {
        RowCount += batch.ColumnLength;
        if (batch.ColumnLength >= BatchRowsMin)
        {
            Join();
            KeepWhole(batch, RowCount - batch.ColumnLength);
            return;
        }

        _small.Add(batch);
        _smallRows += batch.ColumnLength;
        if (_smallRows >= BatchRowsMin)
        {
            Join();
        }
    }

    private void Join()
    {
        if (_small.Count == 0)
        {
            return;
        }

        var start = (_batches.Count == 0 ? 0 : _starts[^1] + _batches[^1].ColumnLength);
        KeepWhole(ChangeBatch.Concat(schema, _small), start);
        _small.ForEach(b => b.Dispose());
        _small.Clear();
        _smallRows = 0;
    }

    private void KeepWhole(ChangeBatch batch, int start)
    {
        _batches.Add(batch);
        _starts.Add(start);
    }

    private (int[] BatchOf, int[] Counts) FindBatches(ReadOnlySpan<int> rows)
    {
        var (batchOf, counts) = (new int[rows.Length], new int[_batches.Count]);
        for (var i = 0; i < rows.Length; i++)
        {
            var found = _starts.BinarySearch(rows[i]);
            batchOf[i] = found >= 0 ? found : ~found - 1;
            counts[batchOf[i]]++;
        }

        return (batchOf, counts);
    }

    private ChangeBatch Concat(ReadOnlySpan<int> rowsInBatches, int[] counts)
    {
        var pieces = new List<ChangeBatch>();
        var start = 0;
        for (var b = 0; b < counts.Length; b++)
        {
            if (counts[b] > 0)
            {
                pieces.Add(_batches[b].Gather(rowsInBatches.Slice(start, counts[b])));
                start += counts[b];
            }
        }

        var joined = ChangeBatch.Concat(schema, pieces);
        pieces.ForEach(p => p.Dispose());
        return joined;
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Runtime;

/// <summary>
/// Each row where the partitioner says. Small pieces for one subtask are joined up to a number of rows while more input is at hand; they are sent when it is not, at every barrier and
/// watermark, and when the oldest has waited for the flush interval. Rows of one sender for one receiver keep their order.
/// </summary>
internal sealed class PartitionedEdgeWriter : EdgeWriter
{
    private readonly IRowPartitioner _partitioner;
    private readonly int _rowsTarget;
    private readonly TimeSpan _flushInterval;
    private readonly TimeProvider _time;
    private readonly List<ChangeBatch>[] _held;
    private readonly int[] _heldRows;
    private readonly int[] _ends;
    private int[] _targets = [];
    private int[] _indices = [];
    private int _heldCount;
    private long _heldSince;

    /// <summary>Makes the writer of one subtask.</summary>
    /// <param name="channels">One a downstream subtask.</param>
    /// <param name="partitioner">Says where rows go.</param>
    /// <param name="rowsTarget">Pieces are joined up to this many rows.</param>
    /// <param name="flushInterval">How long a piece may wait while input is at hand.</param>
    /// <param name="time">The clock.</param>
    public PartitionedEdgeWriter(IReadOnlyList<IExchange> channels, IRowPartitioner partitioner, int rowsTarget, TimeSpan flushInterval, TimeProvider time)
        : base(channels)
    {
        (_partitioner, _rowsTarget, _flushInterval, _time) = (partitioner, rowsTarget, flushInterval, time);
        _held = channels.Select(_ => new List<ChangeBatch>()).ToArray();
        _heldRows = new int[channels.Count];
        _ends = new int[channels.Count];
    }

    public override bool HasHeldBack => _heldCount > 0;

    public override async ValueTask WriteAsync(ChangeBatch batch)
    {
        if (Channels.Count == 1)
        {
            await AddAsync(0, batch).ConfigureAwait(false);
        }
        else if (SortByTarget(batch) is { } only)
        {
            await AddAsync(only, batch).ConfigureAwait(false);
        }
        else
        {
            using (batch)
            {
                for (var target = 0; target < _ends.Length; target++)
                {
                    var start = target == 0 ? 0 : _ends[target - 1];
                    if (_ends[target] > start)
                    {
                        await AddAsync(target, batch.Gather(_indices.AsSpan(start, _ends[target] - start))).ConfigureAwait(false);
                    }
                }
            }
        }

        if (_heldCount > 0 && _time.GetElapsedTime(_heldSince) >= _flushInterval)
        {
            await FlushAsync().ConfigureAwait(false);
        }
    }

    public override async ValueTask FlushAsync()
    {
        for (var target = 0; _heldCount > 0 && target < _held.Length; target++)
        {
            if (_held[target].Count > 0)
            {
                await FlushAsync(target).ConfigureAwait(false);
            }
        }
    }

    public override void Drop()
    {
        foreach (var held in _held)
        {
            held.ForEach(b => b.Dispose());
            held.Clear();
        }

        _heldCount = 0;
    }

    // Fills _indices with the column indices of the rows, target by target, and _ends with where each target's rows end there. Returns the one target that gets all rows, if so.
    private int? SortByTarget(ChangeBatch batch)
    {
        var rows = batch.RowCount;
        if (_targets.Length < rows)
        {
            _targets = new int[Math.Max(rows, _rowsTarget)];
            _indices = new int[_targets.Length];
        }

        var targets = _targets.AsSpan(0, rows);
        _partitioner.Partition(batch, Channels.Count, targets);
        var ends = _ends.AsSpan();
        ends.Clear();
        foreach (var target in targets)
        {
            ends[target]++;
        }

        if (ends[targets[0]] == rows)
        {
            return targets[0];
        }

        // A counting sort, kept stable: starts first; writing moves each start to its end.
        var start = 0;
        for (var i = 0; i < ends.Length; i++)
        {
            (ends[i], start) = (start, start + ends[i]);
        }

        var indices = _indices.AsSpan();
        if (batch.Selection is { } selection)
        {
            var selected = selection.Span;
            for (var row = 0; row < targets.Length; row++)
            {
                indices[ends[targets[row]]++] = selected[row];
            }
        }
        else
        {
            for (var row = 0; row < targets.Length; row++)
            {
                indices[ends[targets[row]]++] = row;
            }
        }

        return null;
    }

    private ValueTask AddAsync(int target, ChangeBatch piece)
    {
        var held = _held[target];
        if (held.Count == 0 && piece.RowCount >= _rowsTarget)
        {
            return Channels[target].SendAsync(StreamElement.Of(piece));
        }

        if (_heldCount++ == 0)
        {
            _heldSince = _time.GetTimestamp();
        }

        held.Add(piece);
        _heldRows[target] += piece.RowCount;
        return _heldRows[target] >= _rowsTarget ? FlushAsync(target) : ValueTask.CompletedTask;
    }

    private ValueTask FlushAsync(int target)
    {
        var held = _held[target];
        var joined = Join(held[0].Schema, held);
        _heldCount -= held.Count;
        held.Clear();
        _heldRows[target] = 0;
        return Channels[target].SendAsync(StreamElement.Of(joined));
    }

    private static ChangeBatch Join(RowSchema schema, List<ChangeBatch> pieces)
    {
        if (pieces.Count == 1)
        {
            return pieces[0];
        }

        var joined = ChangeBatch.Concat(schema, pieces);
        pieces.ForEach(p => p.Dispose());
        return joined;
    }
}

using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>The partners of a stretch of a batch's rows: pairs with equal keys for which the residual is TRUE, found a whole stretch at a time.</summary>
internal sealed class JoinMatches(JoinSpec spec)
{
    private const int PairsWanted = 8192;

    private readonly IBatchExpression? _residual = spec.Residual?.Compile();
    private readonly HashSet<int> _residualColumns = [.. spec.Residual?.Columns ?? []];
    private readonly List<int> _batchRows = [];
    private readonly List<int> _stateRows = [];
    private readonly List<int> _ends = [];

    /// <summary>The first row, in the batch's order, that the matches are of.</summary>
    public int First { get; private set; }

    /// <summary>The row behind the last one.</summary>
    public int End => First + _ends.Count;

    /// <summary>Finds the partners of the rows from <paramref name="first"/> on, until there are enough pairs for a batch.</summary>
    /// <param name="rows">The batch's column rows.</param>
    /// <param name="keys">The key of each row; -1 when it has no partner.</param>
    /// <param name="other">The other side's rows by key.</param>
    public void Find(int first, IReadOnlyList<Column> columns, bool isLeft, ReadOnlySpan<int> rows, ReadOnlySpan<int> keys, KeyedRows other, RowCodec codec)
    {
        First = first;
        _batchRows.Clear();
        _stateRows.Clear();
        _ends.Clear();
        for (var i = first; i < rows.Length && _batchRows.Count < PairsWanted; i++)
        {
            for (var id = keys[i] < 0 ? -1 : other.FirstOf(keys[i]); id >= 0; id = other.NextOf(id))
            {
                _batchRows.Add(rows[i]);
                _stateRows.Add(id);
            }

            _ends.Add(_batchRows.Count);
        }

        if (_residual is not null && _batchRows.Count > 0)
        {
            Filter(columns, isLeft, other.Table, codec);
        }
    }

    /// <summary>The ids of the other side's rows that are partners of a row; each stands for as many rows as its count says.</summary>
    public ReadOnlySpan<int> Of(int index)
    {
        var i = index - First;
        var start = i == 0 ? 0 : _ends[i - 1];
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_stateRows)[start.._ends[i]];
    }

    private void Filter(IReadOnlyList<Column> batch, bool isLeft, RowTable state, RowCodec codec)
    {
        var batchRows = _batchRows.ToArray();
        var starts = _stateRows.Select(state.Start).ToArray();
        var columns = new Column[spec.Left.Count + spec.Right.Count];
        for (var c = 0; c < columns.Length; c++)
        {
            var isOfLeft = c < spec.Left.Count;
            var index = isOfLeft ? c : c - spec.Left.Count;
            var type = isOfLeft ? spec.Left[index].Type : spec.Right[index].Type;
            columns[c] = !_residualColumns.Contains(c) ? ColumnBuilder.NullsOf(type.AsNullable(), starts.Length)
                : isOfLeft == isLeft ? batch[index].Gather(batchRows)
                : codec.Decode(index, state.Arena, starts);
        }

        var passes = (_residual!.Evaluate(new EvaluationInput(columns, starts.Length, null))).ToDense();
        var bits = (passes as BooleanColumn)?.Bits ?? default;
        var kept = 0;
        var pair = 0;
        for (var i = 0; i < _ends.Count; i++)
        {
            for (; pair < _ends[i]; pair++)
            {
                if (!passes.IsNull(pair) && bits[pair])
                {
                    _stateRows[kept++] = _stateRows[pair];
                }
            }

            _ends[i] = kept;
        }

        _stateRows.RemoveRange(kept, _stateRows.Count - kept);
    }
}

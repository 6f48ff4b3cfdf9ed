using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Joins;

/// <summary>Collects a join's changes as pairs of places: a row of the batch under way and a row of the other side's state; -1 stands for NULLs.</summary>
internal sealed class JoinOutput(JoinSpec spec)
{
    private readonly List<RowKind> _kinds = [];
    private readonly List<int> _batchRows = [];
    private readonly List<int> _stateRows = [];

    /// <summary>The changes since the last <see cref="Build"/>.</summary>
    public int Count => _kinds.Count;

    /// <summary>Adds a change.</summary>
    public void Add(RowKind kind, int batchRow, int stateRow)
    {
        _kinds.Add(kind);
        _batchRows.Add(batchRow);
        _stateRows.Add(stateRow);
    }

    /// <summary>Takes the changes out as a batch.</summary>
    /// <param name="batch">The columns that batch rows are in; null when there are none.</param>
    /// <param name="isLeft">Whether the batch came on the left input; the state is then the right one.</param>
    /// <param name="codec">Of the other side's rows.</param>
    /// <param name="state">The other side's rows.</param>
    public ChangeBatch Build(IReadOnlyList<Column>? batch, bool isLeft, RowCodec codec, RowTable state)
    {
        var batchRows = _batchRows.ToArray();
        var starts = new int[_stateRows.Count];
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = _stateRows[i] < 0 ? -1 : state.Start(_stateRows[i]);
        }

        var columns = new Column[spec.Output.Count];
        for (var c = 0; c < columns.Length; c++)
        {
            var isOfBatch = c < spec.Left.Count == isLeft;
            var index = c < spec.Left.Count ? c : c - spec.Left.Count;
            var type = spec.Output[c].Type;
            var column = !isOfBatch ? codec.Decode(index, state.Arena, starts)
                : batch is null ? ColumnBuilder.NullsOf(type, starts.Length)
                : batch[index].Gather(batchRows);
            columns[c] = column.Type.Equals(type) ? column : column.WithType(type);
        }

        var areInserts = _kinds.TrueForAll(k => k == RowKind.Insert);
        var result = new ChangeBatch(spec.Output, columns, starts.Length, areInserts ? default : _kinds.ToArray());
        _kinds.Clear();
        _batchRows.Clear();
        _stateRows.Clear();
        return result;
    }
}

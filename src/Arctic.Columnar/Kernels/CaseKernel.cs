using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>CASE: each branch is evaluated for the rows that reach it and no others.</summary>
internal sealed class CaseKernel(DataType type, (IBatchExpression Condition, IBatchExpression Result)[] branches, IBatchExpression otherwise) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var pieces = new List<BranchRows>();
        var rest = input;
        foreach (var (condition, result) in branches)
        {
            if (rest.RowCount == 0)
            {
                break;
            }

            var truth = TruthBits.Of(condition.Evaluate(rest)).IsTrue;
            var rows = SelectionMath.Where(rest, truth, isSet: true);
            if (rows.Length == rest.RowCount && pieces.Count == 0)
            {
                return result.Evaluate(input);
            }

            if (rows.Length > 0)
            {
                pieces.Add(new BranchRows(result.Evaluate(input.WithSelection(rows)), rows));
                rest = input.WithSelection(SelectionMath.Where(rest, truth, isSet: false));
            }
        }

        if (pieces.Count == 0)
        {
            return otherwise.Evaluate(input);
        }

        if (rest.RowCount > 0)
        {
            pieces.Add(new BranchRows(otherwise.Evaluate(rest), rest.Selection!.Value)); // narrowed above, since a piece is there
        }

        return BranchMerge.Merge(Type, input.ColumnLength, pieces);
    }
}

/// <summary>A column and the rows of it that count.</summary>
internal readonly record struct BranchRows(Column Column, ReadOnlyMemory<int> Rows);

/// <summary>Puts the rows of several columns together in one.</summary>
internal static class BranchMerge
{
    /// <summary>A column that has each piece's rows at their places; other rows are undefined.</summary>
    public static Column Merge(DataType type, int length, List<BranchRows> pieces) => type.Layout switch
    {
        ColumnLayout.Int8 => MergeFixed<sbyte>(type, length, pieces),
        ColumnLayout.Int16 => MergeFixed<short>(type, length, pieces),
        ColumnLayout.Int32 => MergeFixed<int>(type, length, pieces),
        ColumnLayout.Int64 => MergeFixed<long>(type, length, pieces),
        ColumnLayout.Float32 => MergeFixed<float>(type, length, pieces),
        ColumnLayout.Float64 => MergeFixed<double>(type, length, pieces),
        ColumnLayout.Int128 => MergeFixed<Int128>(type, length, pieces),
        _ => MergeAny(type, length, pieces),
    };

    private static FixedColumn<T> MergeFixed<T>(DataType type, int length, List<BranchRows> pieces)
        where T : unmanaged
    {
        var target = new T[length];
        byte[]? validity = null;
        foreach (var (column, rows) in pieces)
        {
            var source = new FixedReader<T>(column);
            foreach (var row in rows.Span)
            {
                target[row] = source[row];
            }

            if (column.HasNulls)
            {
                var nulls = new NullReader(column);
                validity ??= Bitmap.AllSet.ToBytes(length);
                foreach (var row in rows.Span)
                {
                    if (nulls[row])
                    {
                        Bitmap.Clear(validity, row);
                    }
                }
            }
        }

        return new FixedColumn<T>(type, target, validity is null ? Bitmap.AllSet : new Bitmap(validity, 0));
    }

    // Compact pieces end to end, then each row from its place in them.
    private static Column MergeAny(DataType type, int length, List<BranchRows> pieces)
    {
        var places = new int[length];
        places.AsSpan().Fill(-1);
        var compact = new Column[pieces.Count];
        var at = 0;
        for (var i = 0; i < compact.Length; i++)
        {
            var rows = pieces[i].Rows.Span;
            compact[i] = pieces[i].Column.Gather(rows);
            foreach (var row in rows)
            {
                places[row] = at++;
            }
        }

        return ColumnGather.Concat(compact).Gather(places).WithType(type);
    }
}

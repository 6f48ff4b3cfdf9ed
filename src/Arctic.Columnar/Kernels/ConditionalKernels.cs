using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>The first argument that is not NULL; each is evaluated for the rows that are still NULL.</summary>
internal sealed class CoalesceKernel(DataType type, IReadOnlyList<IBatchExpression> arguments) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var pieces = new List<BranchRows>();
        var rest = input;
        for (var i = 0; i < arguments.Count; i++)
        {
            var column = arguments[i].Evaluate(rest);
            if (pieces.Count == 0 && !column.HasNulls)
            {
                return column.WithType(Type);
            }

            var isLast = i == arguments.Count - 1;
            var (present, missing) = isLast ? (AllRows(rest), []) : Split(rest, column);
            if (present.Length > 0)
            {
                pieces.Add(new BranchRows(column, present));
            }

            if (missing.Length == 0)
            {
                break;
            }

            rest = input.WithSelection(missing);
        }

        return BranchMerge.Merge(Type, input.ColumnLength, pieces);
    }

    private static ReadOnlyMemory<int> AllRows(in EvaluationInput input) => input.Selection ?? Enumerable.Range(0, input.ColumnLength).ToArray();

    private static (ReadOnlyMemory<int> Present, int[] Missing) Split(in EvaluationInput input, Column column)
    {
        var nulls = new NullReader(column);
        var rows = new RowCursor(input.ColumnLength, input.Selection);
        var present = new List<int>(rows.Count);
        var missing = new List<int>();
        for (var i = 0; i < rows.Count; i++)
        {
            (nulls[rows[i]] ? missing : present).Add(rows[i]);
        }

        return (present.ToArray(), missing.ToArray());
    }
}

/// <summary>The greater or lesser of two columns of one type.</summary>
internal sealed class ExtremeKernel : IBatchExpression
{
    private readonly SharedExpression _left;
    private readonly SharedExpression _right;
    private readonly IBatchExpression _leftWins;

    public ExtremeKernel(DataType type, SharedExpression left, SharedExpression right, bool isGreatest, EvaluationSettings settings)
    {
        (Type, _left, _right) = (type, left, right);
        _leftWins = ComparisonFunction.Compile(isGreatest ? ComparisonKind.GreaterOrEqual : ComparisonKind.LessOrEqual, DataTypes.Boolean, [left, right], settings);
    }

    public DataType Type { get; }

    public Column Evaluate(in EvaluationInput input)
    {
        var a = _left.Begin(input);
        var b = _right.Begin(input);
        var wins = _leftWins.Evaluate(input);
        _left.End();
        _right.End();
        return Choose(input, a, b, wins);
    }

    private Column Choose(in EvaluationInput input, Column a, Column b, Column leftWins)
    {
        var truth = TruthBits.Of(leftWins);
        var pieces = new List<BranchRows>
        {
            new(a, SelectionMath.Where(input, truth.IsTrue, isSet: true)),
            new(b, SelectionMath.Where(input, truth.IsFalse, isSet: true)),
        };

        // What is neither is unknown: one side is NULL.
        var known = new ulong[truth.IsTrue.Length];
        for (var i = 0; i < known.Length; i++)
        {
            known[i] = truth.IsTrue[i] | truth.IsFalse[i];
        }

        pieces.Add(new(ColumnBuilder.NullsOf(Type, input.ColumnLength), SelectionMath.Where(input, known, isSet: false)));
        pieces.RemoveAll(p => p.Rows.Length == 0);
        return BranchMerge.Merge(Type, input.ColumnLength, pieces);
    }
}

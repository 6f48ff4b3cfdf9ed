using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;

namespace Arctic.Columnar.Kernels;

/// <summary>Evaluates the arguments of a kernel that works on whole columns; constants are computed once.</summary>
internal static class NestedEvaluation
{
    /// <summary>What a kernel makes of its arguments' columns.</summary>
    /// <param name="columns">None of them is selected; some may be constant.</param>
    /// <param name="length">The length of the result.</param>
    /// <param name="rows">The rows that count; the others' results are not looked at.</param>
    public delegate Column Step(Column[] columns, int length, RowCursor rows);

    /// <summary>Runs a kernel over a batch, or over one row when all arguments are constant.</summary>
    public static Column Run(IReadOnlyList<IBatchExpression> arguments, in EvaluationInput input, Step step)
    {
        var columns = Interleave.Evaluate(arguments, input);
        return input.ColumnLength > 0 && columns.All(c => c is ConstantColumn)
            ? new ConstantColumn(step(columns.Select(c => c.Slice(0, 1)).ToArray(), 1, new RowCursor(1, null)), input.ColumnLength)
            : step(columns, input.ColumnLength, new RowCursor(input.ColumnLength, input.Selection));
    }
}

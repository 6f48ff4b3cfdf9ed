using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>
/// An expression planned once and evaluated over whole batches (architecture, decision 9). Instances may keep scratch memory: one task
/// uses an instance at a time.
/// </summary>
public interface IBatchExpression
{
    /// <summary>The type of the result.</summary>
    DataType Type { get; }

    /// <summary>Computes the value for the selected rows.</summary>
    /// <returns>
    /// A column as long as the input's columns (perhaps a <see cref="ConstantColumn"/>, perhaps an input column itself). What stands in rows
    /// that are not selected is undefined, and evaluating them must never be the cause of an error.
    /// </returns>
    /// <exception cref="Errors.ArcticException"><see cref="Errors.ErrorCodes.EvaluationFailed"/>: a selected row has no value.</exception>
    Column Evaluate(in EvaluationInput input);
}

/// <summary>The rows that an expression is evaluated for.</summary>
/// <param name="Columns">The input columns, all of <paramref name="ColumnLength"/> rows.</param>
/// <param name="ColumnLength">The rows of every column.</param>
/// <param name="Selection">Ascending column rows to evaluate; null for all.</param>
public readonly record struct EvaluationInput(IReadOnlyList<Column> Columns, int ColumnLength, ReadOnlyMemory<int>? Selection)
{
    /// <summary>The selected rows of a batch.</summary>
    public static EvaluationInput Of(ChangeBatch batch) => new(batch.Columns, batch.ColumnLength, batch.Selection);

    /// <summary>The number of rows to evaluate.</summary>
    public int RowCount => Selection?.Length ?? ColumnLength;

    /// <summary>The same columns with other rows selected.</summary>
    public EvaluationInput WithSelection(ReadOnlyMemory<int> selection) => this with { Selection = selection };
}

using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;

namespace Arctic.Columnar.Expressions;

/// <summary>A predicate over batches: keeps the rows for which it is TRUE. One task uses an instance at a time.</summary>
public sealed class BatchFilter
{
    private readonly IBatchExpression _predicate;

    /// <summary>Compiles a BOOLEAN expression.</summary>
    public BatchFilter(Expression predicate, EvaluationSettings settings)
        : this(ExpressionCompiler.Compile(predicate, settings))
    {
    }

    /// <summary>Uses a compiled BOOLEAN expression.</summary>
    public BatchFilter(IBatchExpression predicate) => _predicate = predicate;

    /// <summary>The rows of the input that pass, as ascending column rows; null when all rows of the input's columns do.</summary>
    public ReadOnlyMemory<int>? Select(in EvaluationInput input)
    {
        var column = _predicate.Evaluate(input);
        if (column is ConstantColumn && column.Length > 0)
        {
            var passes = !column.IsNull(0) && ((BooleanColumn)((ConstantColumn)column).Value).Bits[0];
            return passes ? input.Selection : ReadOnlyMemory<int>.Empty;
        }

        var rows = SelectionMath.Where(input, TruthBits.Of(column).IsTrue, isSet: true);
        if (rows.Length == input.ColumnLength)
        {
            // Not in a conditional: there a null would become an empty selection through the conversion from arrays.
            return null;
        }

        return rows;
    }

    /// <summary>A batch of the rows that pass, over the same memory. The caller still disposes the given one.</summary>
    public ChangeBatch Apply(ChangeBatch batch) => batch.WithSelection(Select(EvaluationInput.Of(batch)));
}

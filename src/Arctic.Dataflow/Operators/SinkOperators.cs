using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Dataflow.Operators;

/// <summary>Gives rows the names and nullability of another schema of the same layouts.</summary>
internal sealed class RenameOperator(RowSchema schema) : StreamOperator
{
    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.Schema.Equals(schema))
        {
            return Context.Output.EmitAsync(batch, cancellationToken);
        }

        using (batch)
        {
            return Context.Output.EmitAsync(batch.WithSchema(schema), cancellationToken);
        }
    }
}

/// <summary>Turns -U into -D for a sink that knows no -U: the +U behind it brings the row back.</summary>
internal sealed class UpdateBeforeToDeleteOperator : StreamOperator
{
    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (!batch.Kinds.Span.Contains(RowKind.UpdateBefore))
        {
            return Context.Output.EmitAsync(batch, cancellationToken);
        }

        using (batch)
        {
            var kinds = batch.Kinds.ToArray();
            kinds.AsSpan().Replace(RowKind.UpdateBefore, RowKind.Delete);
            return Context.Output.EmitAsync(batch.WithKinds(kinds), cancellationToken);
        }
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators;

namespace Arctic.Sql.Physical;

/// <summary>Keeps NULLs out of a sink's NOT NULL columns.</summary>
internal sealed class NotNullOperator(RowSchema schema, int[] columns, NotNullEnforcement enforcement) : StreamOperator
{
    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (!columns.Any(c => batch.Columns[c].HasNulls))
        {
            await Context.Output.EmitAsync(batch, cancellationToken).ConfigureAwait(false);
            return;
        }

        ChangeBatch kept;
        using (batch)
        {
            kept = Keep(batch);
        }

        if (kept.RowCount == 0)
        {
            kept.Dispose();
            return;
        }

        await Context.Output.EmitAsync(kept, cancellationToken).ConfigureAwait(false);
    }

    private ChangeBatch Keep(ChangeBatch batch)
    {
        var rows = new List<int>(batch.RowCount);
        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            var nullColumn = Array.FindIndex(columns, c => batch.Columns[c].IsNull(row));
            if (nullColumn < 0)
            {
                rows.Add(row);
            }
            else if (enforcement == NotNullEnforcement.Error)
            {
                throw new ArcticException(
                    ErrorCodes.EvaluationFailed,
                    $"Column '{schema[columns[nullColumn]].Name}' is NOT NULL, however, a null value is being written into it. You can set job configuration 'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records silently.");
            }
        }

        return batch.WithSelection(rows.ToArray());
    }
}

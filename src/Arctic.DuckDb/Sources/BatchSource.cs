using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.DuckDb.Sources;

/// <summary>A part of a batch plan that gives rows, as often as it is read.</summary>
internal abstract class BatchSource(RowSchema schema)
{
    /// <summary>The columns that it gives.</summary>
    public RowSchema Schema { get; } = schema;

    /// <summary>What it does, in one line.</summary>
    protected abstract string Title { get; }

    /// <summary>The parts that it reads.</summary>
    protected abstract IReadOnlyList<BatchSource> Inputs { get; }

    /// <summary>Starts a read.</summary>
    /// <returns>Batches that the caller disposes.</returns>
    public abstract IAsyncEnumerable<ChangeBatch> ReadAsync(BatchRun run, CancellationToken cancellationToken);

    /// <summary>Starts a read of some columns.</summary>
    public virtual async IAsyncEnumerable<ChangeBatch> ReadColumnsAsync(BatchRun run, IReadOnlyList<int> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var indices = columns.ToArray();
        await foreach (var batch in ReadAsync(run, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                yield return batch.Project(indices);
            }
        }
    }

    /// <summary>This part and those below it, a line each.</summary>
    public string Describe(string indent) => $"{indent}{Title}\n{string.Concat(Inputs.Select(i => i.Describe(indent + "  ")))}";
}

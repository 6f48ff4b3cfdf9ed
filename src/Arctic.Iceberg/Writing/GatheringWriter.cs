using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes rows to their partitions: as they come, where they need no order and lie in few partitions; else gathered to runs, each written in its order and partition by partition. Not
/// thread-safe; disposes neither the files nor what they hold.
/// </summary>
/// <param name="files">Takes the rows.</param>
/// <param name="schema">The columns.</param>
/// <param name="sorter">Orders the rows of each file; null when they need no order.</param>
internal sealed class GatheringWriter(PartitionedWriter files, RowSchema schema, RowSorter? sorter) : IDisposable
{
    private readonly GatheredRows _run = new(schema);

    /// <summary>Appends the rows of a batch; the caller still disposes it.</summary>
    public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (sorter is null && !files.IsCrowded)
        {
            await files.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            return;
        }

        _run.Add(batch);
        if (_run.IsFull)
        {
            await WriteRunAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what waits and finishes all files.</summary>
    /// <returns>All files of the writer.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken)
    {
        await WriteRunAsync(cancellationToken).ConfigureAwait(false);
        return await files.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private async ValueTask WriteRunAsync(CancellationToken cancellationToken)
    {
        if (_run.RowCount > 0)
        {
            await files.WriteRunAsync(_run, sorter?.Sort(_run) ?? BatchRows.All(_run.RowCount), placed: null, cancellationToken).ConfigureAwait(false);
            _run.Clear();
        }
    }
}

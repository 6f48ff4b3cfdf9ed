using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.RowLevel;

/// <summary>
/// Copies live rows of data files to new files of the current schema and partition spec. In format version 3 rows keep their id and the number of the commit that
/// changed them last. Not thread-safe.
/// </summary>
internal sealed class RowRewriter : IAsyncDisposable
{
    private readonly ScanReader _reader;
    private readonly ScanReader _positioned;
    private readonly PartitionedWriter _writer;

    /// <summary>Makes a rewriter; no file is created before the first row.</summary>
    /// <param name="keep">BOOLEAN over the current schema; rows for which it is not TRUE are left out. Null keeps all.</param>
    /// <param name="evaluation">What its evaluation depends on; null for the default.</param>
    public RowRewriter(IcebergTable table, Expression? keep, DataWriteOptions options, NewFiles locations, EvaluationSettings? evaluation = null)
    {
        var metadata = table.Metadata;
        var lineage = RowLineage.IsKeptBy(metadata) ? RowLineage.Columns : [];
        var scan = new TableScan(table.Store, metadata) { Evaluation = evaluation ?? EvaluationSettings.Default };
        scan = keep is null ? scan : scan.Where(keep);
        _reader = scan.Select([.. metadata.CurrentSchema.Fields, .. lineage]).CreateReader();
        _positioned = scan.Select([.. metadata.CurrentSchema.Fields, .. lineage, MetadataColumns.Position]).CreateReader();
        var request = new DataFileRequest
        {
            Schema = metadata.CurrentSchema,
            ExtraColumns = lineage,
            Spec = metadata.DefaultSpec,
            NextLocation = static () => throw new System.Diagnostics.UnreachableException("Each partition has its own locations."),
            Options = options,
            Metrics = MetricsConfig.Of(metadata.CurrentSchema, metadata.Properties),
        };
        _writer = new PartitionedWriter(table.Store, request, p => locations.Next(metadata.DefaultSpec, p, ".parquet"));
    }

    /// <summary>Copies the rows of one file that are not deleted.</summary>
    /// <returns>How many.</returns>
    public async ValueTask<long> WriteAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        var rows = 0L;
        await foreach (var batch in _reader.ReadAsync(task, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                rows += batch.RowCount;
                await _writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
        }

        return rows;
    }

    /// <summary>Copies the rows of one file that are neither deleted nor among those given.</summary>
    public async ValueTask WriteWithoutAsync(FileScanTask task, PositionBitmap positions, CancellationToken cancellationToken)
    {
        await foreach (var batch in _positioned.ReadAsync(task, cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                using var kept = Without(batch, positions);
                await _writer.WriteAsync(kept, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Finishes all files.</summary>
    public ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken) => _writer.CompleteAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync().ConfigureAwait(false);
        await _reader.DisposeAsync().ConfigureAwait(false);
        await _positioned.DisposeAsync().ConfigureAwait(false);
    }

    // The last column is the position, which the new files do not have.
    private static ChangeBatch Without(ChangeBatch batch, PositionBitmap positions)
    {
        var all = ((FixedColumn<long>)batch.Columns[^1].ToDense()).Values;
        var rows = new int[batch.RowCount];
        var count = 0;
        for (var i = 0; i < rows.Length; i++)
        {
            var row = batch.Selection is { } selection ? selection.Span[i] : i;
            rows[count] = row;
            count += positions.Contains(all[row]) ? 0 : 1;
        }

        var columns = new int[batch.Columns.Count - 1];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = i;
        }

        using var selected = batch.WithSelection(rows.AsMemory(0, count));
        return selected.Project(columns);
    }
}

using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.RowLevel;

/// <summary>Writes deleted positions in the form that the table's format version wants: one position delete file a data file, or deletion vectors.</summary>
internal sealed class PositionMarks : IAsyncDisposable
{
    private const long FileBytesTarget = 64L << 20;
    private readonly IcebergTable _table;
    private readonly NewFiles _locations;
    private readonly DataWriteOptions _options;
    private readonly DeletionVectorWriter? _vectors;
    private readonly List<DataFile> _files = [];

    public PositionMarks(IcebergTable table, NewFiles locations)
    {
        (_table, _locations) = (table, locations);
        _options = DataWriteOptions.Of(table.Metadata.Properties);
        _vectors = table.Metadata.FormatVersion < 3 ? null : new DeletionVectorWriter(
            table.Store,
            () => locations.Next(PartitionSpec.Unpartitioned, PartitionTuple.Empty, "-deletes.puffin"),
            TableProperties.ReadLong(table.Metadata.Properties, TableProperties.DeleteFileTargetSize, FileBytesTarget));
    }

    /// <summary>Writes all deleted positions of a data file.</summary>
    public async ValueTask AddAsync(FileScanTask task, PositionBitmap positions, CancellationToken cancellationToken)
    {
        if (_vectors is not null)
        {
            await _vectors.AddAsync(task.File, positions, cancellationToken).ConfigureAwait(false);
            return;
        }

        var location = _locations.Next(task.Spec, task.File.Partition, "-deletes.parquet");
        _files.Add(await PositionDeleteWriter.WriteAsync(_table.Store, location, task.Spec, task.File, positions, _options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>All files, as manifests list them.</summary>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken) =>
        _vectors is null ? _files : await _vectors.CompleteAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _vectors?.DisposeAsync() ?? ValueTask.CompletedTask;
}

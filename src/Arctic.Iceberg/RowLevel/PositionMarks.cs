using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.RowLevel;

/// <summary>Writes deleted positions in the form that the table's format version wants: one position delete file a data file, or deletion vectors.</summary>
internal sealed class PositionMarks : IAsyncDisposable
{
    private const long FileBytesTarget = 64L << 20;
    private readonly IcebergTable _table;
    private readonly TableMetadata _metadata;
    private readonly NewFiles _locations;
    private readonly DataWriteOptions _options;
    private readonly DeletionVectorWriter? _vectors;
    private readonly List<DataFile> _files = [];

    /// <param name="metadata">The version that the change is of.</param>
    public PositionMarks(IcebergTable table, TableMetadata metadata, NewFiles locations)
    {
        (_table, _metadata, _locations) = (table, metadata, locations);
        _options = DataWriteOptions.Of(metadata.Properties);
        _vectors = metadata.FormatVersion < 3 ? null : new DeletionVectorWriter(
            table.Store,
            () => locations.Next(PartitionSpec.Unpartitioned, PartitionTuple.Empty, "-deletes.puffin"),
            TableProperties.ReadLong(metadata.Properties, TableProperties.DeleteFileTargetSize, FileBytesTarget));
    }

    /// <summary>Writes all deleted positions of a data file.</summary>
    public async ValueTask AddAsync(DataFile file, PositionBitmap positions, CancellationToken cancellationToken)
    {
        if (_vectors is not null)
        {
            await _vectors.AddAsync(file, positions, cancellationToken).ConfigureAwait(false);
            return;
        }

        var spec = _metadata.FindSpec(file.SpecId)!; // a data file of the table is of one of its specs
        var location = _locations.Next(spec, file.Partition, "-deletes.parquet");
        _files.Add(await PositionDeleteWriter.WriteAsync(_table.Store, location, spec, file, positions, _options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>All files, as manifests list them.</summary>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken) =>
        _vectors is null ? _files : await _vectors.CompleteAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _vectors?.DisposeAsync() ?? ValueTask.CompletedTask;
}

using System.Runtime.CompilerServices;
using Arctic.Storage.Avro;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads Avro files, always whole: they have no statistics.</summary>
internal sealed class AvroFormatReader(IObjectStore store, FileFieldIds fieldIds, int batchRowsMax) : IFormatReader
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<FileBatch> ReadAsync(FileReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var location = request.File.FilePath;
        var reader = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        var avro = await AvroBatchReader.OpenAsync(reader, location, batchRowsMax, cancellationToken).ConfigureAwait(false);
        await using var _ = avro.ConfigureAwait(false);
        await foreach (var batch in avro.ReadAsync(fieldIds.Assign(avro.Fields), request.FieldIds, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }
}

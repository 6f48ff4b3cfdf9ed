using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads the columns of data and delete files by field id, whatever their format, with ids from the name mapping where a file has none.</summary>
internal sealed class DataFileReader(IObjectStore store, NativeBridge? bridge, NameMapping? mapping, int batchRowsMax)
{
    private readonly ParquetFormatReader _parquet = new(store, bridge, new FileFieldIds(mapping), batchRowsMax);
    private readonly AvroFormatReader _avro = new(store, new FileFieldIds(mapping), batchRowsMax);

    /// <summary>Reads a file.</summary>
    /// <returns>Batches whose fields carry ids; the consumer disposes each.</returns>
    /// <exception cref="ArcticException"><c>FORMAT_UNSUPPORTED</c>: ORC, or encrypted.</exception>
    public IAsyncEnumerable<FileBatch> ReadAsync(FileReadRequest request, CancellationToken cancellationToken)
    {
        var file = request.File;
        if (file.KeyMetadata is { Length: > 0 })
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file.FilePath}': it is encrypted.");
        }

        // Only Parquet files are read in parts: the part with the first byte has the rows of any other.
        if (request.Range is { Start: > 0 } && file.Format != FileFormat.Parquet)
        {
            return AsyncEnumerable.Empty<FileBatch>();
        }

        IFormatReader reader = file.Format switch
        {
            FileFormat.Parquet => _parquet,
            FileFormat.Avro => _avro,
            _ => throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{file.FilePath}': files of the format {file.Format} are not read.")
            {
                Hint = "Rewrite the table's files as Parquet with an engine that reads this format.",
            },
        };
        return reader.ReadAsync(request, cancellationToken);
    }
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Reads deletion vectors by their place in the manifest; the Puffin file's footer is not needed.</summary>
internal static class DeletionVectors
{
    /// <summary>The deleted positions.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: the blob is damaged, or its cardinality is not that of the manifest.</exception>
    public static async ValueTask<PositionBitmap> ReadAsync(IObjectStore store, DataFile vector, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(vector.FilePath, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        if (vector.ContentOffset is not { } offset || vector.ContentSizeBytes is not { } size || offset < 0 || size is < 0 or > PuffinReader.BlobBytesMax || offset > reader.Size - size)
        {
            throw Corrupt(vector, "the manifest does not say where it lies in the file", null);
        }

        var blob = new byte[size];
        await reader.ReadAsync(offset, blob, cancellationToken).ConfigureAwait(false);
        try
        {
            var positions = DeletionVectorBlob.Decode(blob);
            return positions.Cardinality == vector.RecordCount
                ? positions
                : throw new InvalidDataException($"it has {positions.Cardinality} positions where the manifest says {vector.RecordCount}");
        }
        catch (InvalidDataException e)
        {
            throw Corrupt(vector, e.Message, e);
        }
    }

    private static ArcticException Corrupt(DataFile vector, string what, Exception? cause) =>
        new(ErrorCodes.TableCorrupt, $"Cannot read the deletion vector of '{vector.ReferencedDataFile}' in '{vector.FilePath}': {what}.", cause);
}

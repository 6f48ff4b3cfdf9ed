using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>Whole small objects.</summary>
internal static class ObjectContent
{
    /// <summary>Reads a whole object.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: it is larger than <paramref name="bytesMax"/>.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(this IObjectStore store, string location, long bytesMax, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        if (reader.Size > bytesMax)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{location}': it has {reader.Size} bytes, and {bytesMax} are the most that such a file may have.");
        }

        var content = new byte[reader.Size];
        await reader.ReadAsync(0, content, cancellationToken).ConfigureAwait(false);
        return content;
    }
}

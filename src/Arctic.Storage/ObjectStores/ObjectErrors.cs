using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>The errors that every store words alike.</summary>
internal static class ObjectErrors
{
    public static ArcticException NotFound(string location) => new(ErrorCodes.ObjectNotFound, $"Cannot open '{location}': it does not exist.");

    public static ArcticException EndsEarly(string location, long offset, int wanted, long size) =>
        new(ErrorCodes.TableCorrupt, $"Cannot read {wanted:N0} bytes of '{location}' at offset {offset:N0}: it has only {size:N0} bytes. The file is damaged, or was written by a writer that crashed.");
}

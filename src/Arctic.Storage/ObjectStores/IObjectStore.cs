namespace Arctic.Storage.ObjectStores;

/// <summary>
/// Files or objects under absolute locations. Commits of tables, claims of jobs and everything else that must happen once rest on
/// <see cref="CreateIfAbsentAsync"/>, the one atomic promise. Thread-safe.
/// </summary>
/// <remarks>
/// Locations are absolute URIs (<c>file:///w/t/x</c>, <c>s3://bucket/key</c>, <c>memory:///x</c>) or absolute paths, which mean files; every
/// spelling that <see cref="ObjectLocation.Normalize"/> maps together is one object. Failures are <see cref="Columnar.Errors.ArcticException"/>s:
/// <c>OBJECT_NOT_FOUND</c>, <c>STORAGE_FAILED</c> (transient), <c>STORAGE_REFUSED</c> (read-only, or an ability is missing).
/// </remarks>
public interface IObjectStore
{
    /// <summary>The object's size and time, or null when it does not exist.</summary>
    ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken);

    /// <summary>Opens an object for reads at any offset.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>OBJECT_NOT_FOUND</c>.</exception>
    ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken);

    /// <summary>Starts a new object; it becomes visible, whole and durable, with <see cref="ObjectWriter.CompleteAsync"/>, and replaces one of that location.</summary>
    ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken);

    /// <summary>Creates the object with this content if and only if none of that location exists. Atomic among all processes; durable when it returns.</summary>
    /// <returns>False when the object existed: nothing was changed.</returns>
    /// <exception cref="Columnar.Errors.ArcticException"><c>STORAGE_REFUSED</c> when the store cannot promise this; <c>STORAGE_FAILED</c>: the object may or may not have been created.</exception>
    ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Writes a whole object, replacing one of that location; readers see the old or the new content, never a mixture.</summary>
    ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Lists every object below a folder, at any depth, in no particular order; nothing when the folder does not exist. Objects being written are not listed.</summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Lists the names (without slashes) directly below a folder: objects and folders alike.</summary>
    IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Lists the names directly below a folder that begin with <paramref name="namePrefix"/>: on object stores a folder is as dear as the names that are asked for.</summary>
    IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) =>
        ListFolderAsync(folder, cancellationToken).Where(e => e.Name.StartsWith(namePrefix, StringComparison.Ordinal));

    /// <summary>Deletes an object; does nothing when there is none. Folders that become empty may go too.</summary>
    ValueTask DeleteAsync(string location, CancellationToken cancellationToken);
}

/// <summary>What a store knows of an object.</summary>
/// <param name="Location">The normalised absolute location.</param>
/// <param name="Size">In bytes.</param>
/// <param name="LastModified">As the store reports it.</param>
public sealed record ObjectInfo(string Location, long Size, DateTimeOffset LastModified);

/// <summary>A name directly below a folder.</summary>
/// <param name="Name">The last part of the location, without slashes.</param>
/// <param name="IsFolder">Whether objects lie below it; otherwise it is an object.</param>
public sealed record FolderEntry(string Name, bool IsFolder);

/// <summary>
/// Reads one object at any offset; thread-safe. Dispose it. An object that is replaced or deleted meanwhile is read as it was, or the read fails: never a mixture.
/// </summary>
public interface IObjectReader : IAsyncDisposable
{
    /// <summary>The size in bytes.</summary>
    long Size { get; }

    /// <summary>The path of the object in the local file system, for native readers; null when it has none.</summary>
    string? LocalPath { get; }

    /// <summary>Fills the whole buffer from the offset on.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TABLE_CORRUPT</c> when the object ends before the buffer is full; <c>STORAGE_FAILED</c>.</exception>
    ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken);
}

/// <summary>Writes one new object front to back. Disposing it without <see cref="CompleteAsync"/> leaves nothing behind.</summary>
public abstract class ObjectWriter : IAsyncDisposable
{
    /// <summary>
    /// Takes the bytes; the writer owns the stream. Synchronous writes do not wait for a store across a network: such a store keeps the bytes in memory until <see cref="Stream.FlushAsync()"/>
    /// or an asynchronous write, which whoever writes much synchronously awaits in between.
    /// </summary>
    public abstract Stream Stream { get; }

    /// <summary>The bytes written so far.</summary>
    public abstract long BytesWritten { get; }

    /// <summary>Makes the object visible, whole and durable. Once.</summary>
    public abstract ValueTask CompleteAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}

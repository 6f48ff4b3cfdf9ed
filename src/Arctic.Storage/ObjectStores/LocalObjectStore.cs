using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>
/// Files of the local file system. New content is written to a hidden temporary file beside its final name and synced, then linked (create) or
/// renamed (replace) there, and the folder is synced: a crash leaves the old state or the new one, and perhaps a hidden file.
/// </summary>
/// <remarks>
/// <c>CreateIfAbsentAsync</c> rests on <c>link(2)</c>, which fails when the name exists; a rename would look first and let two writers win
/// (docs/decisions/0005-atomic-create.md). Calls of the operating system run on the caller's thread. Needs Linux or macOS.
/// </remarks>
public sealed class LocalObjectStore : IObjectStore
{
    // Objects of such names are writes under way, or what a crash left of them; listings do not show them.
    private const int StreamBufferBytes = 64 * 1024;
    private const string TemporaryPrefix = ".arctic-tmp-";

    // A folder may be pruned by a deletion between its creation and the first file in it.
    private const int FolderAttemptsMax = 100;

    private readonly Func<string, string, int> _link;

    /// <summary>Makes the store.</summary>
    public LocalObjectStore()
        : this(PosixFiles.Link)
    {
    }

    /// <summary>Makes the store with another <c>link(2)</c>: it takes the temporary and the final path and returns 0 or an error number.</summary>
    internal LocalObjectStore(Func<string, string, int> link) => _link = link;

    /// <inheritdoc/>
    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var file = new FileInfo(ObjectLocation.LocalPathOf(location));
        try
        {
            return new(file.Exists ? new ObjectInfo(ObjectLocation.Normalize(location), file.Length, ModifiedOf(file.LastWriteTimeUtc)) : null);
        }
        catch (FileNotFoundException)
        {
            // Deleted since the look.
            return new((ObjectInfo?)null);
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "look at", file.FullName);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = ObjectLocation.LocalPathOf(location);
        try
        {
            return new(new LocalObjectReader(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));
        }
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot open '{path}': it is a folder, not a file.", e);
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "open", path);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = ObjectLocation.LocalPathOf(location);
        var temporary = OpenTemporary(path, StreamBufferBytes);
        return new(new LocalObjectWriter(temporary, path));
    }

    /// <inheritdoc/>
    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = ObjectLocation.LocalPathOf(location);
        if (File.Exists(path))
        {
            // Only a short cut: the link decides.
            return new(false);
        }

        var temporary = WriteTemporary(path, content.Span);
        try
        {
            var error = _link(temporary, path);
            if (error == PosixError.Exists)
            {
                return new(false);
            }

            if (error != 0)
            {
                throw PosixError.OfLink(error, path);
            }

            SyncFolderOf(path);
            return new(true);
        }
        finally
        {
            DeleteTemporary(temporary);
        }
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = ObjectLocation.LocalPathOf(location);
        MoveIntoPlace(WriteTemporary(path, content.Span), path);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var root = ObjectLocation.LocalPathOf(folder);
        using var files = FilesBelow(root).GetEnumerator();
        while (MoveNext(files, root))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return files.Current;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => ListFolderAsync(folder, "", cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        var root = ObjectLocation.LocalPathOf(folder);
        using var entries = EntriesOf(root, namePrefix).GetEnumerator();
        while (MoveNext(entries, root))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!entries.Current.IsFolder || HoldsObjects(Path.Combine(root, entries.Current.Name)))
            {
                yield return entries.Current;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var path = ObjectLocation.LocalPathOf(location);
        if (Directory.Exists(path))
        {
            return ValueTask.CompletedTask;
        }

        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Then the file does not exist either.
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "delete", path);
        }

        // Stops at the first folder that is not empty, or that is not ours to remove.
        for (var parent = Path.GetDirectoryName(path); parent is not null && PosixFiles.RemoveFolder(parent) == 0; parent = Path.GetDirectoryName(parent))
        {
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Gives a finished temporary file its final name, durably, replacing a file of that name.</summary>
    internal static void MoveIntoPlace(string temporary, string path)
    {
        var error = PosixFiles.Rename(temporary, path);
        if (error != 0)
        {
            DeleteTemporary(temporary);
            throw PosixError.Of(error, "create", path);
        }

        SyncFolderOf(path);
    }

    /// <summary>Removes what is left of a write; a file that stays is hidden and harms nobody.</summary>
    internal static void DeleteTemporary(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            // The write itself has its own outcome, which must not be hidden behind this one.
        }
    }

    private static string WriteTemporary(string path, ReadOnlySpan<byte> content)
    {
        // Unbuffered: what a full disk left in a buffer would be written again when the file is closed, and that failure would hide the first.
        using var file = OpenTemporary(path, bufferSize: 0);
        try
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
            return file.Name;
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            DeleteTemporary(file.Name);
            throw PosixError.Of(e, "write", path);
        }
    }

    private static FileStream OpenTemporary(string path, int bufferSize)
    {
        var folder = Path.GetDirectoryName(path) ?? throw new ArcticException(ErrorCodes.StorageRefused, $"Cannot create '{path}': it is the root folder.");
        var temporary = Path.Combine(folder, TemporaryPrefix + Guid.NewGuid().ToString("N"));
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                CreateFolder(folder);
                return new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read | FileShare.Delete, BufferSize = bufferSize });
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && attempt < FolderAttemptsMax)
            {
                // A deletion pruned the folder in between; .NET names the exception by whether it is back already.
            }
            catch (Exception e) when (PosixError.IsFileError(e))
            {
                throw PosixError.Of(e, "create", path);
            }
        }
    }

    // A folder is durable once its parent is synced; only folders that are new need that.
    private static void CreateFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        var parent = Path.GetDirectoryName(folder);
        if (parent is not null)
        {
            CreateFolder(parent);
        }

        Directory.CreateDirectory(folder);
        if (parent is not null && PosixFiles.SyncFolder(parent) is var error and not 0 and not PosixError.NotFound)
        {
            throw PosixError.Of(error, "sync", parent);
        }
    }

    private static void SyncFolderOf(string path)
    {
        // Right after the new name is there the folder cannot be gone, unless somebody deletes the object again: then there is nothing to keep.
        var error = PosixFiles.SyncFolder(Path.GetDirectoryName(path) ?? "/");
        if (error is not 0 and not PosixError.NotFound)
        {
            throw new ArcticException(ErrorCodes.StorageFailed, $"Cannot tell whether '{path}' was created durably: syncing its folder failed with error {error}.");
        }
    }

    // The folder is opened with the first step, where MoveNext translates the errors.
    private static IEnumerable<ObjectInfo> FilesBelow(string root)
    {
        var files = new FileSystemEnumerable<ObjectInfo>(
            root,
            static (ref FileSystemEntry e) => new ObjectInfo("file://" + e.ToFullPath(), e.Length, ModifiedOf(e.LastWriteTimeUtc.UtcDateTime)),
            Options(recurse: true))
        {
            ShouldIncludePredicate = static (ref FileSystemEntry e) => !e.IsDirectory && !IsTemporary(e.FileName),
        };
        foreach (var file in files)
        {
            yield return file;
        }
    }

    // Names that nobody asked for become no objects: a metadata folder may hold thousands of manifests beside the few versions that a commit looks for.
    private static IEnumerable<FolderEntry> EntriesOf(string root, string namePrefix)
    {
        var entries = new FileSystemEnumerable<FolderEntry>(root, static (ref FileSystemEntry e) => new FolderEntry(e.FileName.ToString(), e.IsDirectory), Options(recurse: false))
        {
            ShouldIncludePredicate = (ref FileSystemEntry e) => e.FileName.StartsWith(namePrefix, StringComparison.Ordinal) && !IsTemporary(e.FileName),
        };
        foreach (var entry in entries)
        {
            yield return entry;
        }
    }

    private static bool HoldsObjects(string folder)
    {
        using var files = FilesBelow(folder).GetEnumerator();
        return MoveNext(files, folder);
    }

    // Folders that cannot be read are an error, never an empty listing: a catalog would take it for an empty one.
    private static EnumerationOptions Options(bool recurse) => new() { RecurseSubdirectories = recurse, IgnoreInaccessible = false, AttributesToSkip = 0 };

    private static bool MoveNext<T>(IEnumerator<T> entries, string root)
    {
        try
        {
            return entries.MoveNext();
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "list", root);
        }
    }

    private static bool IsTemporary(ReadOnlySpan<char> name) => name.StartsWith(TemporaryPrefix);

    private static DateTimeOffset ModifiedOf(DateTime utc) => new(DateTime.SpecifyKind(utc, DateTimeKind.Utc));
}

using System.Globalization;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>Finds and reads the metadata files of a table by its folder alone.</summary>
internal static class TableFolder
{
    /// <summary>Names a version to start looking from.</summary>
    public const string HintName = "version-hint.text";

    private const int HintBytesMax = 4096;
    private const int ReloadsMax = 5;

    /// <summary>The folder that holds a table's metadata.</summary>
    public static string MetadataFolderOf(string tableFolder) => ObjectLocation.Combine(tableFolder, "metadata");

    /// <summary>The folder for new metadata of a table, where <c>write.metadata.path</c> counts.</summary>
    public static string MetadataFolderOf(TableMetadata metadata) => metadata.Properties.GetValueOrDefault(TableProperties.MetadataPath) ?? MetadataFolderOf(metadata.Location);

    /// <summary>The newest metadata of a folder; null when it holds no table.</summary>
    /// <remarks>Another writer may delete the version that was found before it is read: then the search starts anew.</remarks>
    public static async ValueTask<MetadataFile?> FindCurrentAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await FindCurrentLocationAsync(store, tableFolder, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return null;
            }

            try
            {
                return await ReadAsync(store, found.Location, found.Version, cancellationToken).ConfigureAwait(false);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound && attempt < ReloadsMax)
            {
                // Expired under our hands: a newer one exists.
            }
        }
    }

    /// <summary>The newest metadata of a folder that is not damaged; null when there is none.</summary>
    public static async ValueTask<MetadataFile?> FindReadableAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        var versions = new List<(string Name, int Version)>();
        try
        {
            return await FindCurrentAsync(store, tableFolder, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.TableCorrupt)
        {
            await foreach (var entry in store.ListFolderAsync(MetadataFolderOf(tableFolder), cancellationToken).ConfigureAwait(false))
            {
                if (!entry.IsFolder && MetadataFileName.FindVersion(entry.Name) is { } version)
                {
                    versions.Add((entry.Name, version));
                }
            }
        }

        foreach (var (name, version) in versions.OrderByDescending(v => v.Version))
        {
            try
            {
                return await ReadAsync(store, ObjectLocation.Combine(MetadataFolderOf(tableFolder), name), version, cancellationToken).ConfigureAwait(false);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.TableCorrupt || e.Code == ErrorCodes.ObjectNotFound)
            {
                // An older one may be whole.
            }
        }

        return null;
    }

    /// <summary>Reads a metadata file.</summary>
    public static async ValueTask<MetadataFile> ReadAsync(IObjectStore store, string location, int version, CancellationToken cancellationToken)
    {
        var content = await store.ReadAllAsync(location, TableMetadataReader.BytesMax, cancellationToken).ConfigureAwait(false);
        return new MetadataFile(TableMetadataReader.Read(content, location), location, version);
    }

    /// <summary>Opens any table folder without a catalog: moved, copied, or with metadata files of other names. The table can only be read.</summary>
    /// <param name="location">The table's folder, or one metadata file of it.</param>
    /// <exception cref="ArcticException"><c>OBJECT_NOT_FOUND</c>: no metadata file there.</exception>
    public static async ValueTask<IcebergTable> LoadMovedTableAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        MetadataFile file;
        string folder;
        if (MetadataFileName.IsMetadata(location))
        {
            file = await ReadAsync(store, location, 0, cancellationToken).ConfigureAwait(false);
            folder = ParentOf(ParentOf(location));
        }
        else
        {
            folder = location;
            file = await FindCurrentAsync(store, folder, cancellationToken).ConfigureAwait(false)
                ?? await FindUnnumberedAsync(store, folder, cancellationToken).ConfigureAwait(false)
                ?? throw new ArcticException(
                    ErrorCodes.ObjectNotFound, $"'{folder}' is not an Iceberg table: there is no metadata file in '{MetadataFolderOf(folder)}'.")
                {
                    Hint = "Name the folder that 'metadata' lies in, or one of its '…metadata.json' files.",
                };
        }

        var name = ObjectLocation.Normalize(folder);
        var identifier = new TableIdentifier(Namespace.Root, name[(name.LastIndexOf('/') + 1)..]);
        var moved = new RelocatingObjectStore(new GuardedObjectStore(store, folder), file.Metadata.Location, folder) { IsOnlyRead = true };
        return new IcebergTable(identifier, file.Metadata, file.Location, moved, catalog: null);
    }

    /// <summary>Writes the hint where readers begin to look. It is only a hint: readers probe on from it, and failing to write it fails nothing.</summary>
    public static async ValueTask WriteHintAsync(IObjectStore store, string tableFolder, int version, CancellationToken cancellationToken)
    {
        try
        {
            var text = Encoding.UTF8.GetBytes(version.ToString(CultureInfo.InvariantCulture));
            await store.PutAsync(HintOf(tableFolder), text, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException)
        {
            // The commit stands. The next reader finds the version by probing, the next commit writes the hint again.
        }
    }

    /// <summary>Whether there is a hint: of a folder without a version, what tells that a drop was cut off.</summary>
    public static async ValueTask<bool> HasHintAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken) =>
        await store.FindAsync(HintOf(tableFolder), cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Deletes the hint that a drop which was cut off has left: it would name versions of another table.</summary>
    public static async ValueTask ForgetHintAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        if (await HasHintAsync(store, tableFolder, cancellationToken).ConfigureAwait(false))
        {
            await store.DeleteAsync(HintOf(tableFolder), cancellationToken).ConfigureAwait(false);
        }
    }

    private static string HintOf(string tableFolder) => ObjectLocation.Combine(MetadataFolderOf(tableFolder), HintName);

    private static async ValueTask<(string Location, int Version)?> FindCurrentLocationAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        var hint = await ReadHintAsync(store, tableFolder, cancellationToken).ConfigureAwait(false);
        if (hint is { } hinted
            && await FindVersionAsync(store, tableFolder, hinted, cancellationToken).ConfigureAwait(false) is { } start)
        {
            var (location, version) = (start, hinted);
            while (await FindVersionAsync(store, tableFolder, version + 1, cancellationToken).ConfigureAwait(false) is { } next)
            {
                (location, version) = (next, version + 1);
            }

            return (location, version);
        }

        // No hint, or one that names a version which is gone: expired, when a greater one is there.
        var greatest = await FindGreatestAsync(store, tableFolder, namePrefix: "", cancellationToken).ConfigureAwait(false);
        return greatest is { } last && hint > last.Version
            ? throw new ArcticException(
                ErrorCodes.TableCorrupt,
                $"Cannot load the table of '{tableFolder}': its '{HintName}' names version {hint}, and the newest metadata file is '{last.Location}'. Going on from it would undo the commits between.")
            {
                Hint = $"Restore the missing metadata files; or, if they were taken away on purpose, delete '{HintName}'.",
            }
            : greatest;
    }

    /// <summary>The greatest version in a folder, whatever the hint says; null when it holds no table.</summary>
    /// <param name="namePrefix">Only names that begin with it: a folder of metadata has many other files.</param>
    public static async ValueTask<(string Location, int Version)?> FindGreatestAsync(IObjectStore store, string tableFolder, string namePrefix, CancellationToken cancellationToken)
    {
        (string Location, int Version)? greatest = null;
        await foreach (var entry in store.ListFolderAsync(MetadataFolderOf(tableFolder), namePrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!entry.IsFolder && MetadataFileName.FindVersion(entry.Name) is { } version && (greatest is null || version > greatest.Value.Version))
            {
                greatest = (ObjectLocation.Combine(MetadataFolderOf(tableFolder), entry.Name), version);
            }
        }

        return greatest;
    }

    /// <summary>The location of a version; null when there is none.</summary>
    public static async ValueTask<string?> FindVersionAsync(IObjectStore store, string tableFolder, int version, CancellationToken cancellationToken)
    {
        foreach (var ending in MetadataFileName.Endings)
        {
            var location = ObjectLocation.Combine(MetadataFolderOf(tableFolder), string.Create(CultureInfo.InvariantCulture, $"v{version}{ending}"));
            if (await store.FindAsync(location, cancellationToken).ConfigureAwait(false) is not null)
            {
                return location;
            }
        }

        return null;
    }

    private static async ValueTask<int?> ReadHintAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        try
        {
            var text = Encoding.UTF8.GetString((await store.ReadAllAsync(HintOf(tableFolder), HintBytesMax, cancellationToken).ConfigureAwait(false)).Span).Trim();
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version < int.MaxValue ? version : null;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound || e.Code == ErrorCodes.TableCorrupt)
        {
            return null;
        }
    }

    // Names without a number ("vfinal"): the one that was updated last.
    private static async ValueTask<MetadataFile?> FindUnnumberedAsync(IObjectStore store, string tableFolder, CancellationToken cancellationToken)
    {
        MetadataFile? newest = null;
        await foreach (var entry in store.ListFolderAsync(MetadataFolderOf(tableFolder), cancellationToken).ConfigureAwait(false))
        {
            if (!entry.IsFolder && MetadataFileName.IsMetadata(entry.Name))
            {
                var file = await ReadAsync(store, ObjectLocation.Combine(MetadataFolderOf(tableFolder), entry.Name), 0, cancellationToken).ConfigureAwait(false);
                newest = newest is null || file.Metadata.LastUpdatedMs > newest.Metadata.LastUpdatedMs ? file : newest;
            }
        }

        return newest;
    }

    /// <summary>The folder that a location lies in.</summary>
    public static string ParentOf(string location) => location[..location.TrimEnd('/').LastIndexOf('/')];
}

/// <summary>A metadata file that was read.</summary>
/// <param name="Version">Its number; 0 when the name has none.</param>
internal sealed record MetadataFile(TableMetadata Metadata, string Location, int Version);

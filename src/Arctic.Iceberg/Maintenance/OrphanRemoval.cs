using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Which files count as orphans.</summary>
public sealed record OrphanRemovalOptions
{
    /// <summary>Only files last changed before this time; null for three days ago. It must be longer ago than any write under way: its files belong to no snapshot yet.</summary>
    public DateTimeOffset? OlderThan { get; init; }

    /// <summary>The folder to search; null for the table's.</summary>
    public string? Location { get; init; }

    /// <summary>The files that are held in memory at once; more of them cost another pass over the table's manifests.</summary>
    public int FilesAtOnce { get; init; } = 200_000;

    /// <summary>Checks that each value makes sense.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    internal OrphanRemovalOptions Check(DateTimeOffset now)
    {
        const string Doing = "look for orphans";
        MaintenanceOption.Require(FilesAtOnce > 0, Doing, nameof(FilesAtOnce), FilesAtOnce, "must be more than 0");
        MaintenanceOption.Require(Location is null || !string.IsNullOrWhiteSpace(Location), Doing, nameof(Location), Location, "must be a folder, or null for the table's");
        MaintenanceOption.Require(OlderThan is null || OlderThan <= now, Doing, nameof(OlderThan), OlderThan, "must not be in the future: files that are being written now would go");
        return this;
    }
}

/// <summary>
/// Finds and deletes files below a table's folder that no snapshot and no metadata leads to: what crashed writers left. Never taken for orphans: a file whose path
/// some snapshot names under another scheme or authority, other tables' files that lie within the folder, hidden files (<c>.</c> or <c>_</c> first) and those in hidden folders, files whose
/// age the store does not tell, and numbered
/// metadata files, of which a file-system catalog must not miss one (it deletes them itself, see <c>write.metadata.delete-after-commit.enabled</c>).
/// </summary>
internal sealed class OrphanRemoval(IcebergTable table, OrphanRemovalOptions options)
{
    private static readonly TimeSpan DefaultAge = TimeSpan.FromDays(3);
    private readonly Dictionary<string, bool> _isOtherTable = new(StringComparer.Ordinal);
    private readonly string _location = ObjectLocation.Normalize(options.Location ?? table.Metadata.Location);
    private readonly string _searchedPath = ObjectLocation.PathOf(RecordedLocationOf(table, options.Location ?? table.Metadata.Location));
    private readonly string _tablePath = ObjectLocation.PathOf(table.Metadata.Location);
    private readonly string[] _hiddenFields = [.. table.Metadata.PartitionSpecs.SelectMany(s => s.Fields).Select(f => PartitionPath.Encode(f.Name)).Where(IsHiddenName).Distinct()];

    /// <summary>Deletes the orphans.</summary>
    public async ValueTask<RemovalReport> RunAsync(CancellationToken cancellationToken)
    {
        var removal = new FileRemoval(table.Store);
        await foreach (var orphans in FindPartsAsync(cancellationToken).ConfigureAwait(false))
        {
            await removal.DeleteAsync(orphans.Select(o => o.Location), cancellationToken).ConfigureAwait(false);
        }

        return removal.Report;
    }

    /// <summary>Finds the orphans and deletes nothing.</summary>
    public async IAsyncEnumerable<ObjectInfo> FindAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var orphans in FindPartsAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var orphan in orphans)
            {
                yield return orphan;
            }
        }
    }

    private async IAsyncEnumerable<IReadOnlyList<ObjectInfo>> FindPartsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        GarbageCollection.Check(table.Identifier.ToString(), table.Metadata);
        var now = table.Catalog.Environment.Time.GetUtcNow();
        var olderThan = options.Check(now).OlderThan ?? now - DefaultAge;
        var candidates = new Dictionary<string, ObjectInfo>(StringComparer.Ordinal);
        await foreach (var info in table.Store.ListAsync(_location, cancellationToken).ConfigureAwait(false))
        {
            // A store that does not say when a file was changed may have got it just now.
            var path = ObjectLocation.PathOf(info.Location);
            if (info.LastModified < olderThan && info.LastModified != default && !IsHidden(path) && !IsOfCatalog(path))
            {
                candidates[path] = info;
            }

            if (candidates.Count >= options.FilesAtOnce)
            {
                yield return await ChooseAsync(candidates, cancellationToken).ConfigureAwait(false);
                candidates.Clear();
            }
        }

        if (candidates.Count > 0)
        {
            yield return await ChooseAsync(candidates, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IReadOnlyList<ObjectInfo>> ChooseAsync(Dictionary<string, ObjectInfo> candidates, CancellationToken cancellationToken)
    {
        // The table is loaded after its folder was listed: what a commit has named since then is no orphan.
        var current = await table.LoadCurrentAsync(cancellationToken).ConfigureAwait(false);
        GarbageCollection.Check(current.Identifier.ToString(), current.Metadata);
        var files = new ReachableFiles(current.Store, current.Metadata);
        foreach (var path in files.MetadataFiles(current.MetadataLocation))
        {
            candidates.Remove(ObjectLocation.PathOf(path));
        }

        var manifests = await files.ReadManifestsAsync(current.Metadata.Snapshots, IfMissing.Fail, cancellationToken).ConfigureAwait(false);
        foreach (var manifest in manifests.Values)
        {
            candidates.Remove(ObjectLocation.PathOf(manifest.Path));
        }

        if (candidates.Count > 0)
        {
            await foreach (var path in files.ReadFilesAsync(manifests.Values, IfMissing.Fail, cancellationToken).ConfigureAwait(false))
            {
                candidates.Remove(ObjectLocation.PathOf(path));
            }
        }

        var orphans = new List<ObjectInfo>();
        foreach (var info in candidates.Values)
        {
            if (!await IsOfOtherTableAsync(info.Location, cancellationToken).ConfigureAwait(false))
            {
                orphans.Add(info);
            }
        }

        return orphans;
    }

    private async ValueTask<bool> IsOfOtherTableAsync(string location, CancellationToken cancellationToken)
    {
        var root = SearchedFolderOf(ObjectLocation.PathOf(location));
        for (var end = location.LastIndexOf('/'); end > 0; end = location.LastIndexOf('/', end - 1))
        {
            var folder = location[..end];
            if (ObjectLocation.PathOf(folder).Length <= root.Length)
            {
                return false;
            }

            if (!_isOtherTable.TryGetValue(folder, out var isTable))
            {
                _isOtherTable.Add(folder, isTable = await IsTableAsync(folder, cancellationToken).ConfigureAwait(false));
            }

            if (isTable)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> IsTableAsync(string folder, CancellationToken cancellationToken)
    {
        await foreach (var entry in table.Store.ListFolderAsync(TableFolder.MetadataFolderOf(folder), cancellationToken).ConfigureAwait(false))
        {
            if (!entry.IsFolder && MetadataFileName.IsMetadata(entry.Name))
            {
                return true;
            }
        }

        return false;
    }

    // The folder that was asked for, or the table's own when the search began above it.
    private string SearchedFolderOf(string path)
    {
        var isSearched = ObjectLocation.IsBelow(path, _searchedPath);
        return ObjectLocation.IsBelow(path, _tablePath) && (!isSearched || _tablePath.Length > _searchedPath.Length) ? _tablePath : isSearched ? _searchedPath : "";
    }

    // Folders of partitions are none, whatever their fields are called.
    private bool IsHidden(string path)
    {
        var parts = path[SearchedFolderOf(path).Length..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts[..^1].Any(part => IsHiddenName(part) && !_hiddenFields.Any(f => part.StartsWith(f + "=", StringComparison.Ordinal))) || IsHiddenName(parts[^1]);
    }

    private static bool IsHiddenName(string name) => name.StartsWith('.') || name.StartsWith('_');

    private static bool IsOfCatalog(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return name == TableFolder.HintName || (name.StartsWith(MetadataFileName.VersionPrefix, StringComparison.Ordinal) && MetadataFileName.FindVersion(name) is not null);
    }

    // Listed files of a moved table have recorded locations, so the folder that they are below must have too.
    private static string RecordedLocationOf(IcebergTable table, string location) => table.Store is RelocatingObjectStore moved ? moved.RecordedLocationOf(location) : location;
}

using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>Rewrites the manifests that hold files which a commit removes: those become DELETED entries, the rest EXISTING.</summary>
internal sealed class ManifestFilter(ManifestFolder folder)
{
    private readonly Dictionary<string, FilteredManifest> _filtered = [];

    /// <summary>Filters one manifest.</summary>
    /// <param name="isRemoved">Must not change between attempts when <paramref name="reuse"/> is set.</param>
    /// <param name="reuse">Whether the result of an earlier attempt is as good.</param>
    public async ValueTask<FilteredManifest> FilterAsync(
        IObjectStore store, TableMetadata metadata, ManifestFile manifest, Func<ManifestEntry, bool> isRemoved, ReuseResult reuse, CancellationToken cancellationToken)
    {
        if (reuse == ReuseResult.Allowed && _filtered.TryGetValue(manifest.Path, out var known))
        {
            return known;
        }

        var entries = await ManifestReader.ReadAllAsync(store, manifest, metadata, new ManifestReadOptions { LiveOnly = true }, cancellationToken).ConfigureAwait(false);
        var removed = entries.Where(isRemoved).ToList();
        var result = removed.Count == 0
            ? new FilteredManifest(manifest, [])
            : new FilteredManifest(await RewriteAsync(store, metadata, manifest, entries, removed, cancellationToken).ConfigureAwait(false), removed.ConvertAll(e => e.File));
        _filtered[manifest.Path] = result;
        return result;
    }

    private async ValueTask<ManifestFile> RewriteAsync(
        IObjectStore store, TableMetadata metadata, ManifestFile manifest, List<ManifestEntry> entries, List<ManifestEntry> removed, CancellationToken cancellationToken)
    {
        var gone = new HashSet<ManifestEntry>(removed, ReferenceEqualityComparer.Instance);
        var writer = await folder.CreateManifestAsync(store, metadata, metadata.FindSpec(manifest.SpecId)!, manifest.Content, cancellationToken).ConfigureAwait(false);
        await using var _ = writer.ConfigureAwait(false);
        foreach (var entry in entries)
        {
            if (gone.Contains(entry))
            {
                writer.AddDeleted(entry);
            }
            else
            {
                writer.AddExisting(entry);
            }
        }

        return await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>A manifest without the files that go.</summary>
/// <param name="Manifest">The manifest itself where nothing goes.</param>
internal sealed record FilteredManifest(ManifestFile Manifest, IReadOnlyList<DataFile> Removed);

/// <summary>Whether work of an earlier attempt may be used again.</summary>
internal enum ReuseResult
{
    Allowed,
    Forbidden,
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <summary>
/// A handle of a table. It stands at one version of the table's metadata until one of its own changes (such as an append) or <see cref="RefreshAsync"/> moves it on; what others commit
/// meanwhile is not seen before. Thread-safe: a read that began keeps the version that it began with.
/// </summary>
public sealed partial class IcebergTable
{
    private readonly IIcebergCatalog? _catalog;
    private volatile Version _version;

    /// <param name="catalog">Where commits go; null for a table that was opened without one, which can only be read.</param>
    /// <param name="store">Opens files by the locations that the table records.</param>
    internal IcebergTable(TableIdentifier identifier, TableMetadata metadata, string metadataLocation, IObjectStore store, IIcebergCatalog? catalog)
    {
        Identifier = identifier;
        _version = new Version(metadata, metadataLocation);
        Store = store;
        _catalog = catalog;
    }

    /// <summary>A table that its first transaction is to create.</summary>
    internal static IcebergTable Staged(TableIdentifier identifier, TableMetadata metadata, IObjectStore store, IIcebergCatalog catalog) =>
        new(identifier, metadata, "", store, catalog);

    /// <summary>The table's name in its catalog; of a table opened as a folder, the folder's name.</summary>
    public TableIdentifier Identifier { get; }

    /// <summary>Everything the table is at this version: schemas, partition specs, snapshots, properties.</summary>
    public TableMetadata Metadata => _version.Metadata;

    /// <summary>The metadata file that <see cref="Metadata"/> was read from; empty for a staged table, which has none yet.</summary>
    public string MetadataLocation => _version.Location;

    /// <summary>Whether the table is only prepared: its first transaction creates it (<see cref="IIcebergCatalog.StageTableAsync"/>).</summary>
    public bool IsStaged => MetadataLocation.Length == 0;

    /// <summary>Opens the table's files by their recorded locations, also when the table was moved.</summary>
    public IObjectStore Store { get; }

    /// <summary>Where commits go.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: the table was opened without a catalog.</exception>
    public IIcebergCatalog Catalog => _catalog ?? throw new ArcticException(
        ErrorCodes.InvalidStatement, $"Cannot change the table at '{Metadata.Location}': it was opened as a folder, without a catalog, and can only be read.");

    /// <summary>Moves this handle to the newest version of the table.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: it was dropped; <c>TABLE_CORRUPT</c>: it was dropped and created anew; <c>INVALID_STATEMENT</c>: it was opened without a catalog.</exception>
    public async ValueTask RefreshAsync(CancellationToken cancellationToken = default) => MoveTo(await LoadCurrentAsync(cancellationToken).ConfigureAwait(false));

    /// <summary>Another handle, at the newest version; this one stays where it is.</summary>
    internal async ValueTask<IcebergTable> LoadCurrentAsync(CancellationToken cancellationToken)
    {
        var table = await Catalog.LoadTableAsync(Identifier, cancellationToken).ConfigureAwait(false);
        return Metadata.TableUuid is null || table.Metadata.TableUuid == Metadata.TableUuid
            ? table
            : throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Table '{Identifier}' was dropped and created anew: its uuid was {Metadata.TableUuid} and is now {table.Metadata.TableUuid}. Load it again.");
    }

    /// <summary>The manifests of a snapshot, in the order of its list.</summary>
    internal ValueTask<IReadOnlyList<ManifestFile>> ReadManifestsAsync(Snapshot snapshot, CancellationToken cancellationToken) =>
        ManifestListReader.ReadAsync(Store, snapshot, cancellationToken);

    /// <summary>Streams the entries of a manifest, with what they inherit filled in.</summary>
    internal IAsyncEnumerable<ManifestEntry> ReadEntriesAsync(ManifestFile manifest, ManifestReadOptions options, CancellationToken cancellationToken) =>
        ManifestReader.ReadAsync(Store, manifest, Metadata, options, cancellationToken);

    /// <summary>Starts a change of the table; several steps become one commit. This handle stays where it is: the commit returns one with the changes.</summary>
    public Transaction NewTransaction() => new(this);

    /// <summary>A handle at this version that nothing moves, without a catalog.</summary>
    internal IcebergTable Pin()
    {
        var version = _version;
        return new IcebergTable(Identifier, version.Metadata, version.Location, Store, null);
    }

    /// <summary>Moves this handle to the version of another handle of the table, unless it is further already.</summary>
    internal void MoveTo(IcebergTable other)
    {
        var target = other._version;
        for (var seen = _version; !seen.IsAfter(target.Metadata); seen = _version)
        {
            if (ReferenceEquals(Interlocked.CompareExchange(ref _version, target, seen), seen))
            {
                return;
            }
        }
    }

    private sealed record Version(TableMetadata Metadata, string Location)
    {
        // Changes of the metadata alone take no sequence number, and v1 has none.
        public bool IsAfter(TableMetadata other) => (Metadata.LastSequenceNumber, Metadata.LastUpdatedMs).CompareTo((other.LastSequenceNumber, other.LastUpdatedMs)) > 0;
    }
}

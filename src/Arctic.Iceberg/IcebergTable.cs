using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg;

/// <summary>A table at one version of its metadata. Immutable; <see cref="RefreshAsync"/> gives the table as it is now.</summary>
public sealed class IcebergTable
{
    private readonly IIcebergCatalog? _catalog;

    /// <param name="catalog">Where commits go; null for a table that was opened without one, which can only be read.</param>
    /// <param name="store">Opens files by the locations that the table records.</param>
    internal IcebergTable(TableIdentifier identifier, TableMetadata metadata, string metadataLocation, IObjectStore store, IIcebergCatalog? catalog)
    {
        Identifier = identifier;
        Metadata = metadata;
        MetadataLocation = metadataLocation;
        Store = store;
        _catalog = catalog;
    }

    /// <summary>The table's name in its catalog; of a table opened as a folder, the folder's name.</summary>
    public TableIdentifier Identifier { get; }

    /// <summary>Everything the table is at this version: schemas, partition specs, snapshots, properties.</summary>
    public TableMetadata Metadata { get; }

    /// <summary>The metadata file that <see cref="Metadata"/> was read from.</summary>
    public string MetadataLocation { get; }

    /// <summary>Opens the table's files by their recorded locations, also when the table was moved.</summary>
    public IObjectStore Store { get; }

    /// <summary>Where commits go.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: the table was opened without a catalog.</exception>
    public IIcebergCatalog Catalog => _catalog ?? throw new ArcticException(
        ErrorCodes.InvalidStatement, $"Cannot change the table at '{Metadata.Location}': it was opened as a folder, without a catalog, and can only be read.");

    /// <summary>The table as it is now.</summary>
    public async ValueTask<IcebergTable> RefreshAsync(CancellationToken cancellationToken)
    {
        var table = await Catalog.LoadTableAsync(Identifier, cancellationToken).ConfigureAwait(false);
        return table.Metadata.TableUuid == Metadata.TableUuid
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

    /// <summary>Starts a change of the table; several steps become one commit.</summary>
    public Transaction NewTransaction() => new(this);
}

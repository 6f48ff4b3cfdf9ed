using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog.Rest;

public sealed partial class RestCatalog
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TableIdentifier>> ListTablesAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return await ListNamesAsync(session, $"list the tables of database '{ns}'", ns, token => session.Routes.Tables(ns, token, session.Options.PageSize), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TableIdentifier>> ListViewsAsync(Namespace ns, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return session.Endpoints.Has(RestEndpoints.ListViews)
            ? await ListNamesAsync(session, $"list the views of database '{ns}'", ns, token => session.Routes.Views(ns, token, session.Options.PageSize), cancellationToken).ConfigureAwait(false)
            : [];
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var (request, answer) = await SendCreateAsync(session, identifier, creation, isStaged: false, cancellationToken).ConfigureAwait(false);
        var loaded = RestJson.Read(request, answer, LoadedTable.Read);
        return Remember(session, identifier, loaded, answer.ETag, SnapshotLoading.All);
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> StageTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var (request, answer) = await SendCreateAsync(session, identifier, creation, isStaged: true, cancellationToken).ConfigureAwait(false);
        var loaded = RestJson.Read(request, answer, LoadedTable.Read);
        return IcebergTable.Staged(identifier, loaded.Metadata, Guarded(StoreOf(session, identifier, loaded.Access), loaded), this);
    }

    /// <inheritdoc/>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>: the name is one of a view.</exception>
    public ValueTask<IcebergTable?> FindTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) => FindTableAsync(identifier, SnapshotLoading.All, cancellationToken);

    /// <summary>The table as it is now, with all or some of its snapshots; null when there is none. Changes are always made on all of them.</summary>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>: the name is one of a view.</exception>
    public async ValueTask<IcebergTable?> FindTableAsync(TableIdentifier identifier, SnapshotLoading snapshots, CancellationToken cancellationToken)
    {
        if (identifier.Namespace.Levels.Count == 0)
        {
            return null; // The protocol has no tables outside of namespaces.
        }

        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var known = _tables.Find(identifier);
        var request = new RestRequest(HttpMethod.Get, session.Routes.TableOf(identifier, snapshots))
        {
            Purpose = $"load table '{identifier}'",
            IfNoneMatch = snapshots == SnapshotLoading.All ? known?.ETag : null,
            TableToken = known?.Token,
            BytesMax = TableMetadataReader.BytesMax,
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        switch (answer.Status)
        {
            case 304 when known is not null:
                return HandleOf(known.Table);
            case 404:
                _tables.Forget(identifier);
                await RefuseViewAsync(session, identifier, cancellationToken).ConfigureAwait(false);
                return null;
            default:
                return answer.IsSuccess
                    ? Remember(session, identifier, RestJson.Read(request, answer, LoadedTable.Read), answer.ETag, snapshots)
                    : throw session.Transport.ErrorOf(request, answer);
        }
    }

    /// <summary>Whether a table exists; costs less than loading it where the server offers that.</summary>
    public async ValueTask<bool> TableExistsAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        return session.Endpoints.Has(RestEndpoints.TableExists)
            ? await ExistsAsync(session, session.Routes.TableOf(identifier), $"look for table '{identifier}'", _tables.Find(identifier)?.Token, cancellationToken).ConfigureAwait(false)
            : await FindTableAsync(identifier, SnapshotLoading.Refs, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <inheritdoc/>
    /// <remarks>The server decides what becomes of the files: it is asked to purge them, or not to.</remarks>
    public async ValueTask DropTableAsync(TableIdentifier identifier, DropMode mode, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var request = new RestRequest(HttpMethod.Delete, session.Routes.Purge(identifier, mode)) { Purpose = $"drop table '{identifier}'", TableToken = _tables.Find(identifier)?.Token };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        _tables.Forget(identifier);
        if (answer.Status == 404 && !answer.WasRepeated)
        {
            throw await this.UnknownTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        }

        if (!answer.IsSuccess && answer.Status != 404)
        {
            throw session.Transport.ErrorOf(request, answer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        session.Endpoints.Require(RestEndpoints.RegisterTable, $"register table '{identifier}'");
        var request = new RestRequest(HttpMethod.Post, session.Routes.Register(identifier.Namespace))
        {
            Purpose = $"register table '{identifier}'",
            Effect = RestEffect.Once,
            BytesMax = TableMetadataReader.BytesMax,
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("name", identifier.Name);
                writer.WriteString("metadata-location", metadataLocation);
                writer.WriteBoolean("overwrite", false);
                writer.WriteEndObject();
            }),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Status switch
        {
            404 => throw this.UnknownNamespace(identifier.Namespace),
            409 => throw AlreadyExists(identifier),
            _ => answer.IsSuccess ? Remember(session, identifier, RestJson.Read(request, answer, LoadedTable.Read), answer.ETag, SnapshotLoading.All) : throw session.Transport.ErrorOf(request, answer),
        };
    }

    /// <inheritdoc/>
    public async ValueTask RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken)
    {
        var session = await OpenAsync(cancellationToken).ConfigureAwait(false);
        session.Endpoints.Require(RestEndpoints.RenameTable, $"rename table '{from}'");
        var request = new RestRequest(HttpMethod.Post, session.Routes.Rename)
        {
            Purpose = $"rename table '{from}' to '{to}'",
            Effect = RestEffect.Once,
            Body = JsonText.BytesOf(writer =>
            {
                writer.WriteStartObject();
                RestJson.WriteIdentifier(writer, "source", from);
                RestJson.WriteIdentifier(writer, "destination", to);
                writer.WriteEndObject();
            }),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        _tables.Forget(from);
        _tables.Forget(to);
        if (!answer.IsSuccess)
        {
            throw answer.Status switch
            {
                404 when RestErrors.TypeOf(answer) == "NoSuchNamespaceException" => this.UnknownNamespace(to.Namespace),
                404 => await this.UnknownTableAsync(from, cancellationToken).ConfigureAwait(false),
                409 => AlreadyExists(to),
                _ => session.Transport.ErrorOf(request, answer),
            };
        }
    }

    private async ValueTask<(RestRequest Request, RestAnswer Answer)> SendCreateAsync(
        RestSession session, TableIdentifier identifier, TableCreation creation, bool isStaged, CancellationToken cancellationToken)
    {
        TablePropertyRules.Check(creation.Properties, $"create table '{identifier}'");
        var request = new RestRequest(HttpMethod.Post, session.Routes.Tables(identifier.Namespace))
        {
            Purpose = $"create table '{identifier}'",
            Effect = isStaged ? RestEffect.Repeatable : RestEffect.Commit,
            Body = BodyOf(identifier, creation, isStaged),
        };
        var answer = await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Status switch
        {
            404 => throw this.UnknownNamespace(identifier.Namespace),
            409 => throw AlreadyExists(identifier),
            _ => answer.IsSuccess ? (request, answer) : throw session.Transport.ErrorOf(request, answer),
        };
    }

    private static ReadOnlyMemory<byte> BodyOf(TableIdentifier identifier, TableCreation creation, bool isStaged) => JsonText.BytesOf(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("name", identifier.Name);
        if (creation.Location is { } location)
        {
            writer.WriteString("location", location);
        }

        writer.WritePropertyName("schema");
        SchemaJson.Write(writer, creation.Schema.WithSchemaId(0));
        writer.WritePropertyName("partition-spec");
        PartitionSpecJson.Write(writer, creation.PartitionSpec);
        writer.WritePropertyName("write-order");
        SortOrderJson.Write(writer, creation.SortOrder);
        writer.WriteBoolean("stage-create", isStaged);

        // Servers differ in their default: the version is always said.
        var version = creation.FormatVersion.ToString(CultureInfo.InvariantCulture);
        RestJson.WriteMap(writer, "properties", new Dictionary<string, string>(creation.Properties) { [TableProperties.FormatVersion] = version });
        writer.WriteEndObject();
    });

    private async ValueTask<IReadOnlyList<TableIdentifier>> ListNamesAsync(
        RestSession session, string purpose, Namespace ns, Func<string?, string> addressOf, CancellationToken cancellationToken) => ns.Levels.Count == 0 ? [] : await ListAsync(
            session,
            purpose,
            addressOf,
            json => json.RequiredObjects("identifiers").Select(RestJson.ReadIdentifier).ToList(),
            answer => answer.Status == 404 ? this.UnknownNamespace(ns) : null,
            cancellationToken).ConfigureAwait(false);

    /// <summary>A view is no table, and no free name either.</summary>
    private static async ValueTask RefuseViewAsync(RestSession session, TableIdentifier identifier, CancellationToken cancellationToken)
    {
        var method = session.Endpoints.Has(RestEndpoints.ViewExists) ? HttpMethod.Head : session.Endpoints.Has(RestEndpoints.LoadView) ? HttpMethod.Get : null;
        if (method is null)
        {
            return;
        }

        var request = new RestRequest(method, session.Routes.ViewOf(identifier)) { Purpose = $"look for view '{identifier}'" };
        if ((await session.Transport.SendAsync(request, cancellationToken).ConfigureAwait(false)).IsSuccess)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot load '{identifier}': it is a view, and views of a catalog cannot be read. Read the tables that it is made of.");
        }
    }

    private IcebergTable Remember(RestSession session, TableIdentifier identifier, LoadedTable loaded, string? etag, SnapshotLoading snapshots)
    {
        if (loaded.MetadataLocation.Length == 0)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot load '{identifier}': the catalog server does not say where its metadata is.");
        }

        var store = (_tables.Find(identifier)?.Table.Store as GuardedObjectStore)?.Inner as VendedObjectStore;
        store?.Offer(loaded.Access);
        store ??= StoreOf(session, identifier, loaded.Access);
        var table = new IcebergTable(identifier, loaded.Metadata, loaded.MetadataLocation, Guarded(store, loaded), this);
        if (snapshots == SnapshotLoading.Refs)
        {
            return table;
        }

        _tables.Put(new RestTableCache.Entry(identifier, etag, table, loaded.Token));
        return HandleOf(table);
    }

    // A handle moves with its user's changes: what is remembered stays where it is.
    private IcebergTable HandleOf(IcebergTable table) => new(table.Identifier, table.Metadata, table.MetadataLocation, table.Store, this);

    private static GuardedObjectStore Guarded(VendedObjectStore store, LoadedTable loaded) => new(store, loaded.Metadata.Location, loaded.MetadataLocation);

    /// <param name="access">Null when it is not known yet.</param>
    private VendedObjectStore StoreOf(RestSession session, TableIdentifier identifier, StorageAccess? access) =>
        new(_stores, session.StoreProperties, access, (stale, cancellationToken) => RefreshAccessAsync(session, identifier, stale, cancellationToken), Environment.Time);

    /// <summary>New credentials for a table: from where the server says, or with the table.</summary>
    private async ValueTask<StorageAccess> RefreshAccessAsync(RestSession session, TableIdentifier identifier, StorageAccess? stale, CancellationToken cancellationToken)
    {
        var address = stale is null ? null
            : stale.Config.TryGetValue(StorageAccess.RefreshEndpointKey, out var given) ? session.Routes.Resolve(given)
            : session.Endpoints.Has(RestEndpoints.LoadCredentials) ? session.Routes.CredentialsOf(identifier)
            : null;
        var request = new RestRequest(HttpMethod.Get, address ?? session.Routes.TableOf(identifier, SnapshotLoading.Refs))
        {
            Purpose = $"load new credentials for table '{identifier}'",
            TableToken = _tables.Find(identifier)?.Token,
            BytesMax = TableMetadataReader.BytesMax,
        };
        var answer = await session.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return RestJson.Read(request, answer, json => stale is null || address is null
            ? LoadedTable.Read(json).Access
            : stale.With(StorageAccess.ReadCredentials(json)));
    }

    private static ArcticException AlreadyExists(TableIdentifier identifier) => new(ErrorCodes.AlreadyExists, $"The table '{identifier}' exists already.");
}

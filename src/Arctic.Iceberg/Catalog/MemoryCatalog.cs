using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>Keeps in memory which metadata file is current; the files are in any store. For tests and throw-away warehouses.</summary>
public sealed class MemoryCatalog(string name, string warehouse, IObjectStore store, CommitEnvironment environment) : IIcebergCatalog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Namespace, IReadOnlyDictionary<string, string>> _namespaces = [];
    private readonly Dictionary<TableIdentifier, MetadataFile> _tables = [];

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public CommitEnvironment Environment { get; } = environment;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Namespace>> ListNamespacesAsync(Namespace parent, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_namespaces.Keys.Where(n => n.Levels.Count == parent.Levels.Count + 1 && n.Levels.Take(parent.Levels.Count).SequenceEqual(parent.Levels)).ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<string, string>?> FindNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(ns.Levels.Count == 0 ? new Dictionary<string, string>() : _namespaces.GetValueOrDefault(ns));
        }
    }

    /// <inheritdoc/>
    public ValueTask CreateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _namespaces.TryAdd(ns, new Dictionary<string, string>(properties)) && ns.Levels.Count > 0
                ? ValueTask.CompletedTask
                : throw new ArcticException(ErrorCodes.AlreadyExists, $"The database '{ns}' exists already.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DropNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var held = _tables.Keys.FirstOrDefault(t => t.Namespace == ns)?.Name ?? _namespaces.Keys.FirstOrDefault(n => n.Levels.Count > ns.Levels.Count && n.Levels.Take(ns.Levels.Count).SequenceEqual(ns.Levels))?.ToString();
            if (held is not null && _namespaces.ContainsKey(ns))
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop the database '{ns}': it still holds '{held}'.");
            }

            return _namespaces.Remove(ns) ? ValueTask.CompletedTask : throw this.UnknownNamespace(ns);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TableIdentifier>> ListTablesAsync(Namespace ns, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _namespaces.ContainsKey(ns) || ns.Levels.Count == 0
                ? new(_tables.Keys.Where(t => t.Namespace == ns).ToList())
                : throw this.UnknownNamespace(ns);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        if (await FindNamespaceAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false) is null)
        {
            throw this.UnknownNamespace(identifier.Namespace);
        }

        var location = creation.Location ?? ObjectLocation.Combine(warehouse, string.Join('/', [.. identifier.Namespace.Levels, identifier.Name]));
        var now = Environment.NowMs;
        var metadata = TableMetadataBuilder.Create(creation, location, Environment.NewUuid(), now).Build(null, now, now);
        var file = await WriteAsync(metadata, 0, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            return _tables.TryAdd(identifier, file)
                ? ToTable(identifier, file)
                : throw new ArcticException(ErrorCodes.AlreadyExists, $"The table '{identifier}' exists already.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<IcebergTable?> FindTableAsync(TableIdentifier identifier, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_tables.TryGetValue(identifier, out var file) ? ToTable(identifier, file) : null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DropTableAsync(TableIdentifier identifier, DropMode mode, CancellationToken cancellationToken)
    {
        MetadataFile? file;
        lock (_lock)
        {
            _tables.Remove(identifier, out file);
        }

        if (file is null)
        {
            throw await this.UnknownTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        }

        if (mode == DropMode.DeleteFiles)
        {
            await foreach (var info in store.ListAsync(file.Metadata.Location, cancellationToken).ConfigureAwait(false))
            {
                await store.DeleteAsync(info.Location, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CommitAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        MetadataFile? before;
        lock (_lock)
        {
            before = _tables.GetValueOrDefault(commit.Identifier);
        }

        if (before is null)
        {
            throw await this.UnknownTableAsync(commit.Identifier, cancellationToken).ConfigureAwait(false);
        }

        CommitRequirements.Check(commit, before.Metadata, before.Location);
        var next = TableMetadataBuilder.From(before.Metadata).Apply(commit.Updates).Build(before.Location, before.Metadata.LastUpdatedMs, Environment.NowMs);
        var written = await WriteAsync(next, before.Version + 1, cancellationToken).ConfigureAwait(false);
        if (!TrySwap(commit.Identifier, before, written))
        {
            await store.DeleteAsync(written.Location, CancellationToken.None).ConfigureAwait(false);
            throw new CommitConflictException($"Cannot commit to '{commit.Identifier}': another writer has committed version {before.Version + 1}.");
        }

        await DeleteOldVersionsAsync(before.Metadata, next).ConfigureAwait(false);
        return ToTable(commit.Identifier, written);
    }

    private bool TrySwap(TableIdentifier identifier, MetadataFile before, MetadataFile after)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(_tables.GetValueOrDefault(identifier), before))
            {
                return false;
            }

            _tables[identifier] = after;
            return true;
        }
    }

    private async ValueTask<MetadataFile> WriteAsync(TableMetadata metadata, int version, CancellationToken cancellationToken)
    {
        var codec = MetadataFileName.CodecOf(metadata);
        var location = ObjectLocation.Combine(TableFolder.MetadataFolderOf(metadata), MetadataFileName.OfVersion(version, Environment.NewUuid(), codec));
        await store.PutAsync(location, TableMetadataWriter.Write(metadata, codec), cancellationToken).ConfigureAwait(false);
        return new MetadataFile(metadata, location, version);
    }

    private async ValueTask DeleteOldVersionsAsync(TableMetadata before, TableMetadata after)
    {
        if (!TableProperties.ReadFlag(after.Properties, TableProperties.DeleteAfterCommit, false))
        {
            return;
        }

        try
        {
            foreach (var dropped in before.MetadataLog.Select(e => e.MetadataFile).Except(after.MetadataLog.Select(e => e.MetadataFile)))
            {
                await store.DeleteAsync(dropped, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (ArcticException)
        {
            // The commit stands; a file that nobody names only takes space.
        }
    }

    private IcebergTable ToTable(TableIdentifier identifier, MetadataFile file) => new(identifier, file.Metadata, file.Location, store, this);
}

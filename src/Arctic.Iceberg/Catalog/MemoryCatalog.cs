using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>Keeps in memory which metadata file is current; the files are in any store. For tests and throw-away warehouses.</summary>
public sealed class MemoryCatalog(string name, string warehouse, IObjectStore store, CommitEnvironment environment) : IIcebergCatalog, ITableNaming, IMultiTableCatalog
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Namespace, IReadOnlyDictionary<string, string>> _namespaces = [];
    private readonly Dictionary<TableIdentifier, MetadataFile> _tables = [];

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public CommitEnvironment Environment { get; } = environment;

    /// <inheritdoc/>
    public bool PinsCommitBase => true;

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
    public ValueTask UpdateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _namespaces[ns] = NamespaceProperties.Apply(ns, _namespaces.GetValueOrDefault(ns) ?? throw this.UnknownNamespace(ns), updates, removals);
            return ValueTask.CompletedTask;
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
        var metadata = await NewMetadataAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        var file = await WriteAsync(metadata, 0, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            return _tables.TryAdd(identifier, file) ? ToTable(identifier, file) : throw AlreadyExists(identifier);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> StageTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        var metadata = await NewMetadataAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            return _tables.ContainsKey(identifier) ? throw AlreadyExists(identifier) : IcebergTable.Staged(identifier, metadata, new GuardedObjectStore(store, metadata.Location), this);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> RegisterTableAsync(TableIdentifier identifier, string metadataLocation, CancellationToken cancellationToken)
    {
        await RequireNamespaceAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false);
        var version = MetadataFileName.FindVersion(metadataLocation[(metadataLocation.LastIndexOf('/') + 1)..]) ?? 0;
        var file = await TableFolder.ReadAsync(store, metadataLocation, version, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            return _tables.TryAdd(identifier, file) ? ToTable(identifier, file) : throw AlreadyExists(identifier);
        }
    }

    /// <inheritdoc/>
    public async ValueTask RenameTableAsync(TableIdentifier from, TableIdentifier to, CancellationToken cancellationToken)
    {
        await RequireNamespaceAsync(to.Namespace, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_tables.TryGetValue(from, out var file))
            {
                if (!_tables.TryAdd(to, file))
                {
                    throw AlreadyExists(to);
                }

                _tables.Remove(from);
                return;
            }
        }

        throw await this.UnknownTableAsync(from, cancellationToken).ConfigureAwait(false);
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
    /// <exception cref="ArcticException">Also <c>INVALID_STATEMENT</c>: another table lies within the folder.</exception>
    public async ValueTask DropTableAsync(TableIdentifier identifier, DropMode mode, CancellationToken cancellationToken)
    {
        MetadataFile? file;
        lock (_lock)
        {
            file = _tables.GetValueOrDefault(identifier);
        }

        if (file is null)
        {
            throw await this.UnknownTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        }

        // Only what is there now goes: another table may be created in its place from the moment on that this one is forgotten.
        var removal = mode == DropMode.KeepFiles ? null : await TableRemoval.PlanAsync(store, file.Metadata.Location, identifier.ToString(), cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (removal is not null && _tables.TryGetValue(identifier, out file))
            {
                CheckIsAlone(identifier, file);
            }

            _tables.Remove(identifier, out file);
        }

        if (file is not null && removal is not null)
        {
            await removal.DeleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // Tables of other names may lie anywhere: at the same place when one was registered twice.
    private void CheckIsAlone(TableIdentifier identifier, MetadataFile file)
    {
        GarbageCollection.Check(identifier.ToString(), file.Metadata);
        var folder = FolderOf(file.Metadata.Location);
        foreach (var (name, other) in _tables)
        {
            if (name != identifier && new[] { other.Metadata.Location, other.Location }.Any(l => FolderOf(l).StartsWith(folder, StringComparison.Ordinal)))
            {
                throw TableRemoval.AnotherWithin(identifier.ToString(), other.Metadata.Location);
            }
        }
    }

    private static string FolderOf(string location) => ObjectLocation.IdentityOf(location).TrimEnd('/') + "/";

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CommitAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        var change = await PrepareAsync(commit, cancellationToken).ConfigureAwait(false);
        await SwapAsync([change]).ConfigureAwait(false);
        return ToTable(commit.Identifier, change.After);
    }

    /// <inheritdoc/>
    public async ValueTask CommitAllAsync(IReadOnlyList<TableCommit> commits, CancellationToken cancellationToken)
    {
        if (commits.Select(c => c.Identifier).Distinct().Count() < commits.Count)
        {
            throw new ArgumentException("A table is named twice.", nameof(commits));
        }

        var changes = new List<Change>(commits.Count);
        foreach (var commit in commits)
        {
            changes.Add(await PrepareAsync(commit, cancellationToken).ConfigureAwait(false));
        }

        await SwapAsync(changes).ConfigureAwait(false);
    }

    private async ValueTask<Change> PrepareAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        MetadataFile? before;
        lock (_lock)
        {
            before = _tables.GetValueOrDefault(commit.Identifier);
        }

        if (before is null && !commit.CreatesTable)
        {
            throw await this.UnknownTableAsync(commit.Identifier, cancellationToken).ConfigureAwait(false);
        }

        CommitRequirements.Check(commit, before?.Metadata, before?.Location);
        var now = Environment.NowMs;
        if (before is null)
        {
            await RequireNamespaceAsync(commit.Identifier.Namespace, cancellationToken).ConfigureAwait(false);
            var created = TableCreationUpdates.ToBuilder(commit, Environment).Build(null, now, now);
            return new Change(commit.Identifier, null, await WriteAsync(created, 0, cancellationToken).ConfigureAwait(false));
        }

        var next = TableMetadataBuilder.From(before.Metadata).Apply(commit.Updates).Build(before.Location, before.Metadata.LastUpdatedMs, now);
        return new Change(commit.Identifier, before, await WriteAsync(next, before.Version + 1, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask SwapAsync(IReadOnlyList<Change> changes)
    {
        if (TrySwap(changes) is { } late)
        {
            await store.DeleteLeftoversAsync(changes.Select(c => c.After.Location)).ConfigureAwait(false);
            throw new CommitConflictException($"Cannot commit to '{late.Identifier}': another writer has committed version {late.After.Version}.");
        }

        foreach (var change in changes)
        {
            await DeleteOldVersionsAsync(change).ConfigureAwait(false);
        }
    }

    /// <returns>The change that came too late; null when all took place.</returns>
    private Change? TrySwap(IReadOnlyList<Change> changes)
    {
        lock (_lock)
        {
            if (changes.FirstOrDefault(c => !ReferenceEquals(_tables.GetValueOrDefault(c.Identifier), c.Before)) is { } late)
            {
                return late;
            }

            foreach (var change in changes)
            {
                _tables[change.Identifier] = change.After;
            }

            return null;
        }
    }

    private async ValueTask<TableMetadata> NewMetadataAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        await RequireNamespaceAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false);
        var location = creation.Location ?? ObjectLocation.Combine(warehouse, string.Join('/', [.. identifier.Namespace.Levels, identifier.Name]));
        var now = Environment.NowMs;
        return TableMetadataBuilder.Create(creation, location, Environment.NewUuid(), now).Build(null, now, now);
    }

    private async ValueTask RequireNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        if (await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is null)
        {
            throw this.UnknownNamespace(ns);
        }
    }

    private async ValueTask<MetadataFile> WriteAsync(TableMetadata metadata, int version, CancellationToken cancellationToken)
    {
        var codec = MetadataFileName.CodecOf(metadata);
        var location = ObjectLocation.Combine(TableFolder.MetadataFolderOf(metadata), MetadataFileName.OfVersion(version, Environment.NewUuid(), codec));
        await store.PutAsync(location, TableMetadataWriter.Write(metadata, codec), cancellationToken).ConfigureAwait(false);
        return new MetadataFile(metadata, location, version);
    }

    private async ValueTask DeleteOldVersionsAsync(Change change)
    {
        if (change.Before is not { Metadata: var before } || change.After.Metadata is not { } after || !TableProperties.ReadCommitFlag(after.Properties, TableProperties.DeleteAfterCommit, false))
        {
            return;
        }

        // The commit stands, whatever becomes of them.
        var dropped = before.MetadataLog.Select(e => e.MetadataFile).Except(after.MetadataLog.Select(e => e.MetadataFile));
        await new GuardedObjectStore(store, after.Location, change.After.Location).DeleteLeftoversAsync(dropped).ConfigureAwait(false);
    }

    private IcebergTable ToTable(TableIdentifier identifier, MetadataFile file) => new(identifier, file.Metadata, file.Location, new GuardedObjectStore(store, file.Metadata.Location, file.Location), this);

    private static ArcticException AlreadyExists(TableIdentifier identifier) => new(ErrorCodes.AlreadyExists, $"The table '{identifier}' exists already.");

    /// <param name="Before">Null for a new table.</param>
    private sealed record Change(TableIdentifier Identifier, MetadataFile? Before, MetadataFile After);
}

using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// Tables as folders below a warehouse, in the layout of Iceberg's Hadoop catalog: <c>ns/table/metadata/vN.metadata.json</c>. A commit is one
/// <see cref="IObjectStore.CreateIfAbsentAsync"/> of the next version, so that of two writers one loses; a version is never replaced.
/// </summary>
public sealed class FileSystemCatalog : IIcebergCatalog
{
    private const string NamespaceFile = ".namespace.json";
    private const int NamespaceBytesMax = 16 * 1024 * 1024;
    private const int DropPassesMax = 5;
    private readonly IObjectStore _store;
    private readonly string _warehouse;
    private readonly VersionCommitter _committer;

    /// <param name="warehouse">An absolute location; need not exist yet.</param>
    public FileSystemCatalog(string name, string warehouse, IObjectStore store, CommitEnvironment environment)
    {
        Name = name;
        _warehouse = ObjectLocation.Normalize(warehouse);
        _store = store;
        Environment = environment;
        _committer = new VersionCommitter(store);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public CommitEnvironment Environment { get; }

    /// <inheritdoc/>
    public bool PinsCommitBase => true;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Namespace>> ListNamespacesAsync(Namespace parent, CancellationToken cancellationToken)
    {
        var found = new List<Namespace>();
        await foreach (var entry in _store.ListFolderAsync(FolderOf(parent), cancellationToken).ConfigureAwait(false))
        {
            if (entry.IsFolder && !entry.Name.StartsWith('.') && !await IsTableFolderAsync(ObjectLocation.Combine(FolderOf(parent), entry.Name), cancellationToken).ConfigureAwait(false))
            {
                found.Add(new Namespace([.. parent.Levels, entry.Name]));
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyDictionary<string, string>?> FindNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        if (ns.Levels.Count == 0)
        {
            return new Dictionary<string, string>();
        }

        try
        {
            var content = await _store.ReadAllAsync(NamespaceFileOf(ns), NamespaceBytesMax, cancellationToken).ConfigureAwait(false);
            return JsonText.Read(content, NamespaceFileOf(ns), json => new MetadataJson(json, NamespaceFileOf(ns), "").FindTextMap("properties") ?? new Dictionary<string, string>());
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound)
        {
            // Namespaces of other engines are bare folders.
            return await HasEntriesAsync(ns, cancellationToken).ConfigureAwait(false) && !await IsTableFolderAsync(FolderOf(ns), cancellationToken).ConfigureAwait(false)
                ? new Dictionary<string, string>()
                : null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask CreateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        CheckNames(ns.Levels);
        if (await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw AlreadyExists("database", ns.ToString());
        }

        // An object store has no empty folders: a file of ours stands for the namespace.
        var content = NamespaceProperties.ToJson(properties);
        if (!await _store.CreateIfAbsentAsync(NamespaceFileOf(ns), content, cancellationToken).ConfigureAwait(false))
        {
            throw AlreadyExists("database", ns.ToString());
        }
    }

    /// <inheritdoc/>
    /// <remarks>Not atomic: of two writers that change the same namespace at once the later one wins.</remarks>
    public async ValueTask UpdateNamespaceAsync(Namespace ns, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals, CancellationToken cancellationToken)
    {
        var found = await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false);
        if (found is null || ns.Levels.Count == 0)
        {
            throw this.UnknownNamespace(ns);
        }

        var content = NamespaceProperties.ToJson(NamespaceProperties.Apply(ns, found, updates, removals));
        await _store.PutAsync(NamespaceFileOf(ns), content, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DropNamespaceAsync(Namespace ns, CancellationToken cancellationToken)
    {
        if (await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is null)
        {
            throw this.UnknownNamespace(ns);
        }

        await foreach (var entry in _store.ListFolderAsync(FolderOf(ns), cancellationToken).ConfigureAwait(false))
        {
            if (entry.Name != NamespaceFile)
            {
                var isRest = entry.IsFolder && ObjectLocation.Combine(FolderOf(ns), entry.Name) is var folder
                    && await IsTableFolderAsync(folder, cancellationToken).ConfigureAwait(false) && !await IsTableAsync(folder, cancellationToken).ConfigureAwait(false);
                throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot drop the database '{ns}': it still holds '{entry.Name}'{(isRest ? ", what a drop that was cut off has left of a table" : "")}.")
                {
                    Hint = isRest ? "Drop the table once more." : null,
                };
            }
        }

        await _store.DeleteAsync(NamespaceFileOf(ns), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TableIdentifier>> ListTablesAsync(Namespace ns, CancellationToken cancellationToken)
    {
        if (await FindNamespaceAsync(ns, cancellationToken).ConfigureAwait(false) is null)
        {
            throw this.UnknownNamespace(ns);
        }

        var found = new List<TableIdentifier>();
        await foreach (var entry in _store.ListFolderAsync(FolderOf(ns), cancellationToken).ConfigureAwait(false))
        {
            if (entry.IsFolder && await IsTableAsync(ObjectLocation.Combine(FolderOf(ns), entry.Name), cancellationToken).ConfigureAwait(false))
            {
                found.Add(new TableIdentifier(ns, entry.Name));
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CreateTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        var metadata = await NewMetadataAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        var created = await _committer.TryCreateAsync(FolderOf(identifier), 1, metadata, identifier.ToString(), cancellationToken).ConfigureAwait(false)
            ?? throw AlreadyExists("table", identifier.ToString());
        return ToTable(identifier, created);
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> StageTableAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken) =>
        IcebergTable.Staged(identifier, await NewMetadataAsync(identifier, creation, cancellationToken).ConfigureAwait(false), new GuardedObjectStore(_store, FolderOf(identifier)), this);

    /// <inheritdoc/>
    public async ValueTask<IcebergTable?> FindTableAsync(TableIdentifier identifier, CancellationToken cancellationToken) =>
        await TableFolder.FindCurrentAsync(_store, FolderOf(identifier), cancellationToken).ConfigureAwait(false) is { } file ? ToTable(identifier, file) : null;

    /// <summary>The newest metadata of a table that is not damaged; null when there is none.</summary>
    internal async ValueTask<TableMetadata?> FindReadableAsync(TableIdentifier identifier, CancellationToken cancellationToken) =>
        (await TableFolder.FindReadableAsync(_store, FolderOf(identifier), cancellationToken).ConfigureAwait(false))?.Metadata;

    /// <inheritdoc/>
    /// <remarks>
    /// A table cannot be forgotten here without its files: the folder is all that knows of it. One whose metadata is damaged can be dropped: <c>gc.enabled</c> is then that of its newest
    /// version that can be read. A drop that was cut off has left no table; dropping it once more deletes the rest.
    /// </remarks>
    /// <exception cref="ArcticException">
    /// Also <c>UNSUPPORTED</c>: the files are to be kept; <c>INVALID_STATEMENT</c>: other tables may use them (<c>gc.enabled</c>), or lie within the folder.
    /// </exception>
    public async ValueTask DropTableAsync(TableIdentifier identifier, DropMode mode, CancellationToken cancellationToken)
    {
        var folder = FolderOf(identifier);
        var greatest = await TableFolder.FindGreatestAsync(_store, folder, namePrefix: "", cancellationToken).ConfigureAwait(false);
        if (greatest is null && !await TableFolder.HasHintAsync(_store, folder, cancellationToken).ConfigureAwait(false))
        {
            throw await this.UnknownTableAsync(identifier, cancellationToken).ConfigureAwait(false);
        }

        if (mode == DropMode.KeepFiles)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot drop '{identifier}' and keep its files: in a file-system catalog the folder '{folder}' is the table.")
            {
                Hint = $"Pass {nameof(DropMode)}.{nameof(DropMode.DeleteFiles)} to delete the files too, or move the folder away.",
            };
        }

        var dropped = await TableFolder.FindReadableAsync(_store, folder, cancellationToken).ConfigureAwait(false);
        if (dropped is not null)
        {
            GarbageCollection.Check(identifier.ToString(), dropped.Metadata);
        }

        var removal = await TableRemoval.PlanAsync(_store, folder, identifier.ToString(), cancellationToken).ConfigureAwait(false);
        if (greatest is { } version && !await TableFolder.HasHintAsync(_store, folder, cancellationToken).ConfigureAwait(false))
        {
            // It is what tells of a drop that is cut off.
            await TableFolder.WriteHintAsync(_store, folder, version.Version, cancellationToken).ConfigureAwait(false);
        }

        // Again, for what a commit has written while the folder was being emptied: it would be a table without its files.
        for (var pass = 0; pass < DropPassesMax && !removal.IsEmpty; pass++)
        {
            await removal.DeleteAsync(cancellationToken).ConfigureAwait(false);
            removal = await TableRemoval.PlanAsync(_store, folder, identifier.ToString(), cancellationToken).ConfigureAwait(false);
            if (await TableFolder.FindReadableAsync(_store, folder, cancellationToken).ConfigureAwait(false) is { } found && found.Metadata.TableUuid != dropped?.Metadata.TableUuid)
            {
                return; // Another table has been created in its place.
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IcebergTable> CommitAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        var folder = FolderOf(commit.Identifier);
        var current = await TableFolder.FindCurrentAsync(_store, folder, cancellationToken).ConfigureAwait(false);
        if (current is null)
        {
            return commit.CreatesTable
                ? await CreateByCommitAsync(commit, cancellationToken).ConfigureAwait(false)
                : throw await this.UnknownTableAsync(commit.Identifier, cancellationToken).ConfigureAwait(false);
        }

        CommitRequirements.Check(commit, current.Metadata, current.Location);
        var next = TableMetadataBuilder.From(current.Metadata).Apply(commit.Updates).Build(RecordedLocationOf(current), current.Metadata.LastUpdatedMs, Environment.NowMs);
        if (ObjectLocation.Normalize(next.Location) != ObjectLocation.Normalize(current.Metadata.Location))
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot move '{commit.Identifier}': in a file-system catalog the location of a table cannot change.");
        }

        var written = await _committer.CommitAsync(folder, current, next, commit.Identifier.ToString(), cancellationToken).ConfigureAwait(false);
        return ToTable(commit.Identifier, written);
    }

    private async ValueTask<TableMetadata> NewMetadataAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        await CheckNewAsync(identifier, creation.Location, cancellationToken).ConfigureAwait(false);
        if (await TableFolder.FindCurrentAsync(_store, FolderOf(identifier), cancellationToken).ConfigureAwait(false) is not null)
        {
            throw AlreadyExists("table", identifier.ToString());
        }

        var now = Environment.NowMs;
        return TableMetadataBuilder.Create(creation, FolderOf(identifier), Environment.NewUuid(), now).Build(null, now, now);
    }

    private async ValueTask<IcebergTable> CreateByCommitAsync(TableCommit commit, CancellationToken cancellationToken)
    {
        CommitRequirements.Check(commit, null, null);
        var now = Environment.NowMs;
        var metadata = TableCreationUpdates.ToBuilder(commit, Environment).Build(null, now, now);
        await CheckNewAsync(commit.Identifier, metadata.Location, cancellationToken).ConfigureAwait(false);
        var created = await _committer.TryCreateAsync(FolderOf(commit.Identifier), 1, metadata, commit.Identifier.ToString(), cancellationToken).ConfigureAwait(false)
            ?? throw new CommitConflictException($"Cannot commit to '{commit.Identifier}': another writer has created the table.");
        return ToTable(commit.Identifier, created);
    }

    private async ValueTask CheckNewAsync(TableIdentifier identifier, string? location, CancellationToken cancellationToken)
    {
        CheckNames([.. identifier.Namespace.Levels, identifier.Name]);
        if (await FindNamespaceAsync(identifier.Namespace, cancellationToken).ConfigureAwait(false) is null)
        {
            throw this.UnknownNamespace(identifier.Namespace);
        }

        var folder = FolderOf(identifier);
        if (location is not null && ObjectLocation.Normalize(location) != folder)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot create '{identifier}' at '{location}': in a file-system catalog the table lies in '{folder}'.");
        }
    }

    // A copied table goes on with the locations that it records.
    private static string RecordedLocationOf(MetadataFile file) =>
        ObjectLocation.Combine(TableFolder.MetadataFolderOf(file.Metadata.Location), file.Location[(file.Location.LastIndexOf('/') + 1)..]);

    private IcebergTable ToTable(TableIdentifier identifier, MetadataFile file)
    {
        var folder = FolderOf(identifier);
        var isMoved = ObjectLocation.Normalize(file.Metadata.Location) != folder;
        var guarded = new GuardedObjectStore(_store, folder);
        return new IcebergTable(identifier, file.Metadata, file.Location, isMoved ? new RelocatingObjectStore(guarded, file.Metadata.Location, folder) : guarded, this);
    }

    private ValueTask<bool> IsTableAsync(string folder, CancellationToken cancellationToken) => HasMetadataAsync(folder, name => MetadataFileName.FindVersion(name) is not null, cancellationToken);

    // What a drop that was cut off has left is no table, and no database either.
    private ValueTask<bool> IsTableFolderAsync(string folder, CancellationToken cancellationToken) =>
        HasMetadataAsync(folder, name => name == TableFolder.HintName || MetadataFileName.FindVersion(name) is not null, cancellationToken);

    private async ValueTask<bool> HasMetadataAsync(string folder, Func<string, bool> isSought, CancellationToken cancellationToken)
    {
        await foreach (var entry in _store.ListFolderAsync(TableFolder.MetadataFolderOf(folder), cancellationToken).ConfigureAwait(false))
        {
            if (!entry.IsFolder && isSought(entry.Name))
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask<bool> HasEntriesAsync(Namespace ns, CancellationToken cancellationToken)
    {
        await foreach (var _ in _store.ListFolderAsync(FolderOf(ns), cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        return false;
    }

    private static void CheckNames(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (name.Length == 0 || name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('\\', StringComparison.Ordinal) || name[0] == '.' || name.Any(char.IsControl))
            {
                throw new ArcticException(ErrorCodes.InvalidStatement, $"'{name}' cannot be the name of a table or database in a file-system catalog: it would not be the name of a folder.");
            }
        }
    }

    private static ArcticException AlreadyExists(string kind, string name) => new(ErrorCodes.AlreadyExists, $"The {kind} '{name}' exists already.");

    private string FolderOf(Namespace ns) => ns.Levels.Count == 0 ? _warehouse : ObjectLocation.Combine(_warehouse, string.Join('/', ns.Levels));

    private string FolderOf(TableIdentifier identifier) => ObjectLocation.Combine(FolderOf(identifier.Namespace), identifier.Name);

    private string NamespaceFileOf(Namespace ns) => ObjectLocation.Combine(FolderOf(ns), NamespaceFile);
}

using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;

namespace Arctic.KeyedTables;

/// <summary>
/// Databases and tables of the mixed format in an Iceberg catalog: a keyed table is two Iceberg tables there and one table here. Thread-safe as the catalog is.
/// </summary>
internal sealed partial class MixedTableCatalog
{
    /// <summary>The catalog property that gives the separator in names of change stores.</summary>
    public const string SeparatorProperty = "mixed-format.table.change-store.separator";

    private readonly IIcebergCatalog _catalog;
    private readonly TimeProvider _time;
    private readonly string _suffix;

    /// <summary>Makes a facade.</summary>
    /// <param name="catalog">Keeps the Iceberg tables.</param>
    /// <param name="time">Stamps new tables.</param>
    /// <param name="separator">Stands around <c>change</c> in the names of change stores.</param>
    public MixedTableCatalog(IIcebergCatalog catalog, TimeProvider time, string separator = "_")
    {
        (_catalog, _time, _suffix) = (catalog, time, separator + "change" + separator);
    }

    /// <summary>The catalog behind it.</summary>
    public IIcebergCatalog Iceberg => _catalog;

    /// <summary>Wakes streaming reads of this process when one of its writers commits.</summary>
    public CommitSignals Signals { get; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>The names of all databases, ordered.</summary>
    public async ValueTask<IReadOnlyList<string>> ListDatabasesAsync(CancellationToken cancellationToken)
    {
        var found = await _catalog.ListNamespacesAsync(Namespace.Root, cancellationToken).ConfigureAwait(false);
        return found.Select(n => n.ToString()).Order(StringComparer.Ordinal).ToArray();
    }

    /// <summary>Whether a database exists.</summary>
    public async ValueTask<bool> HasDatabaseAsync(string database, CancellationToken cancellationToken) =>
        await _catalog.FindNamespaceAsync(new Namespace(database), cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Makes a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public ValueTask CreateDatabaseAsync(string database, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken) =>
        _catalog.CreateNamespaceAsync(new Namespace(database), properties, cancellationToken);

    /// <summary>Sets properties of a database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public ValueTask UpdateDatabaseAsync(string database, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken) =>
        _catalog.UpdateNamespaceAsync(new Namespace(database), properties, [], cancellationToken);

    /// <summary>Removes an empty database.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>; <see cref="ErrorCodes.InvalidStatement"/>: it has tables.</exception>
    public ValueTask DropDatabaseAsync(string database, CancellationToken cancellationToken) => _catalog.DropNamespaceAsync(new Namespace(database), cancellationToken);

    /// <summary>The names of the tables of a database, ordered; change stores are part of their tables and not listed.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: no such database.</exception>
    public async ValueTask<IReadOnlyList<string>> ListTablesAsync(string database, CancellationToken cancellationToken)
    {
        var found = await _catalog.ListTablesAsync(new Namespace(database), cancellationToken).ConfigureAwait(false);
        var names = found.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        return names.Where(n => !IsChangeStoreOfAny(n, names)).Order(StringComparer.Ordinal).ToArray();
    }

    /// <summary>A table as it is now; null when there is none. Iceberg tables that other engines made count as tables without a key.</summary>
    public async ValueTask<MixedTable?> FindTableAsync(string database, string name, CancellationToken cancellationToken)
    {
        var found = await _catalog.FindTableAsync(IdentifierOf(database, name), cancellationToken).ConfigureAwait(false);
        if (found is null || found.Metadata.Properties.GetValueOrDefault(MixedFormatProperties.TableStore) == "change")
        {
            return null;
        }

        return await AttachChangeStoreAsync(found, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A table as it is now.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, with a suggestion.</exception>
    public async ValueTask<MixedTable> LoadTableAsync(string database, string name, CancellationToken cancellationToken) =>
        await FindTableAsync(database, name, cancellationToken).ConfigureAwait(false)
        ?? throw await _catalog.UnknownTableAsync(IdentifierOf(database, name), cancellationToken).ConfigureAwait(false);

    /// <summary>A newer state of a table: the change store is loaded first, then the base store, so that what self-optimizing moves in between is seen once.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: it was dropped.</exception>
    public async ValueTask<MixedTable> RefreshAsync(MixedTable table, CancellationToken cancellationToken)
    {
        var change = table.ChangeStore is { } store ? await _catalog.LoadTableAsync(store.Identifier, cancellationToken).ConfigureAwait(false) : null;
        return new MixedTable(await _catalog.LoadTableAsync(table.BaseStore.Identifier, cancellationToken).ConfigureAwait(false), change);
    }

    /// <summary>
    /// Makes a table: the base store first, whose creation decides between two callers, then the change store. When the second fails the first is dropped. A creation that a crash cut off
    /// between the two is completed, as it was begun, by the next caller, who is then told that the table exists.
    /// </summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.AlreadyExists"/>, <see cref="ErrorCodes.UnknownName"/>, or what <see cref="MixedTableCreation"/> refuses.</exception>
    public async ValueTask<MixedTable> CreateTableAsync(MixedTableCreation creation, CancellationToken cancellationToken)
    {
        var schema = creation.ToSchema();
        var spec = creation.ToSpec(schema);
        var baseStore = IdentifierOf(creation.Database, creation.Name);
        var changeStore = creation.PrimaryKey.Count == 0 ? null : IdentifierOf(creation.Database, creation.Name + _suffix);
        var created = await CreateBaseAsync(
            baseStore,
            new TableCreation { Schema = schema, PartitionSpec = spec, Properties = creation.PropertiesOf(changeStore, isChangeStore: false, _time.GetUtcNow().ToUnixTimeMilliseconds()) },
            cancellationToken).ConfigureAwait(false);
        if (changeStore is null)
        {
            return new MixedTable(created, null);
        }

        try
        {
            return new MixedTable(created, await CreateChangeStoreAsync(created, changeStore, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await UndoAsync(baseStore).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask UndoAsync(TableIdentifier baseStore)
    {
        try
        {
            // The caller may have given up; half a table must not stay behind for that.
            await _catalog.DropTableAsync(baseStore, DropMode.DeleteFiles, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ArcticException)
        {
            // Why the change store could not be made is what the caller must know. Half a table says itself how it is completed or dropped.
        }
    }

    private static TableIdentifier IdentifierOf(string database, string name) => new(new Namespace(database), name);

    private async ValueTask<IcebergTable> CreateBaseAsync(TableIdentifier identifier, TableCreation creation, CancellationToken cancellationToken)
    {
        try
        {
            return await _catalog.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException error) when (error.Code == ErrorCodes.AlreadyExists)
        {
            // With a snapshot it had a change store, which was lost: an empty one would hide that.
            if (await _catalog.FindTableAsync(identifier, cancellationToken).ConfigureAwait(false) is { Metadata.CurrentSnapshotId: null } found
                && found.Metadata.Properties.TryGetValue(MixedFormatProperties.ChangeIdentifier, out var change)
                && await _catalog.FindTableAsync(TableIdentifier.Parse(change), cancellationToken).ConfigureAwait(false) is null)
            {
                await CreateChangeStoreAsync(found, TableIdentifier.Parse(change), cancellationToken).ConfigureAwait(false);
            }

            throw;
        }
    }

    // Follows from the base store alone, so that it does not matter who makes it: of two callers at once the slower takes what the faster has made.
    private async ValueTask<IcebergTable> CreateChangeStoreAsync(IcebergTable baseStore, TableIdentifier identifier, CancellationToken cancellationToken)
    {
        var properties = new Dictionary<string, string>(baseStore.Metadata.Properties, StringComparer.Ordinal)
        {
            [TableProperties.FormatVersion] = baseStore.Metadata.FormatVersion.ToString(CultureInfo.InvariantCulture),
            [MixedFormatProperties.TableStore] = "change",
        };
        properties.Remove(MixedFormatProperties.ChangeIdentifier);
        var creation = new TableCreation { Schema = baseStore.Metadata.CurrentSchema, PartitionSpec = baseStore.Metadata.DefaultSpec, Properties = properties };
        try
        {
            return await _catalog.CreateTableAsync(identifier, creation, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException error) when (error.Code == ErrorCodes.AlreadyExists)
        {
            var found = await _catalog.FindTableAsync(identifier, cancellationToken).ConfigureAwait(false);
            if (found?.Metadata.Properties.GetValueOrDefault(MixedFormatProperties.TableStore) != "change" || !found.Metadata.CurrentSchema.Fields.SequenceEqual(creation.Schema.Fields))
            {
                throw;
            }

            return found;
        }
    }

    private bool IsChangeStoreOfAny(string name, HashSet<string> names) =>
        name.Length > _suffix.Length && name.EndsWith(_suffix, StringComparison.Ordinal) && names.Contains(name[..^_suffix.Length]);

    private async ValueTask<MixedTable> AttachChangeStoreAsync(IcebergTable baseStore, CancellationToken cancellationToken)
    {
        if (!baseStore.Metadata.Properties.TryGetValue(MixedFormatProperties.ChangeIdentifier, out var text))
        {
            return new MixedTable(baseStore, null);
        }

        var change = await _catalog.FindTableAsync(TableIdentifier.Parse(text), cancellationToken).ConfigureAwait(false)
            ?? throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Cannot load table '{baseStore.Identifier}': its change store '{text}' does not exist. If its creation was cut off, CREATE TABLE completes it; DROP TABLE removes what is left.");
        return new MixedTable(baseStore, change);
    }
}

using Arctic.Catalog;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.KeyedTables;
using Arctic.Storage.ObjectStores;

namespace Arctic.Tables;

/// <summary>Finds tables for looking into them: by their name in a catalog of the session, or by their folder alone, wherever it was moved to.</summary>
internal sealed class TableOpener(SessionContext context)
{
    /// <summary>
    /// Opens a table. Text with a slash, a URI, a metadata file and the name of an existing folder mean a folder; anything else is <c>catalog.database.table</c>.
    /// </summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>, <see cref="ErrorCodes.ObjectNotFound"/>, <see cref="ErrorCodes.TableCorrupt"/>.</exception>
    public ValueTask<OpenedTable> OpenAsync(string nameOrFolder, CancellationToken cancellationToken) =>
        nameOrFolder.Contains('/', StringComparison.Ordinal) || Directory.Exists(nameOrFolder) || MetadataFileName.IsMetadata(nameOrFolder)
            ? OpenFolderAsync(ObjectLocation.Normalize(nameOrFolder), cancellationToken)
            : OpenNamedAsync(nameOrFolder, cancellationToken);

    private async ValueTask<OpenedTable> OpenNamedAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Split('.', 3) is not [{ Length: > 0 } catalog, { Length: > 0 } database, { Length: > 0 } table])
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"'{name}' is neither a folder nor a table's name in a catalog.")
            {
                Hint = "Name a table's folder, database.table with --warehouse, or catalog.database.table with a script that creates the catalog in --init.",
            };
        }

        if (context.Catalogs.Get(catalog, null) is not LakeCatalog lake)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Catalog '{catalog}' keeps no files: only tables of catalogs of type 'arctic' can be looked into.");
        }

        var found = await lake.Tables.LoadTableAsync(database, table, cancellationToken).ConfigureAwait(false);
        return new OpenedTable(found.BaseStore, found.Key is null ? null : stop => lake.Tables.RefreshAsync(found, stop));
    }

    // The two stores of a keyed table lie beside each other; the base store's properties name the other.
    private async ValueTask<OpenedTable> OpenFolderAsync(string folder, CancellationToken cancellationToken)
    {
        if (ObjectLocation.SchemeOf(folder) == "file" && ObjectLocation.LocalPathOf(folder) is var path && !Directory.Exists(path) && !File.Exists(path))
        {
            throw new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot open the table in '{path}': there is no such folder.");
        }

        var store = await TableFolder.LoadMovedTableAsync(context.Store, folder, cancellationToken).ConfigureAwait(false);
        if (!store.Metadata.Properties.TryGetValue(MixedFormatProperties.ChangeIdentifier, out var identifier))
        {
            return new OpenedTable(store, null);
        }

        var root = MetadataFileName.IsMetadata(folder) ? TableFolder.ParentOf(TableFolder.ParentOf(folder)) : folder;
        var changes = ObjectLocation.Combine(TableFolder.ParentOf(root), TableIdentifier.Parse(identifier).Name);
        return new OpenedTable(store, async stop =>
        {
            var change = await LoadChangesAsync(store, changes, stop).ConfigureAwait(false);
            return new MixedTable(await TableFolder.LoadMovedTableAsync(context.Store, folder, stop).ConfigureAwait(false), change);
        });
    }

    private async ValueTask<IcebergTable> LoadChangesAsync(IcebergTable table, string folder, CancellationToken cancellationToken)
    {
        try
        {
            return await TableFolder.LoadMovedTableAsync(context.Store, folder, cancellationToken).ConfigureAwait(false);
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.ObjectNotFound)
        {
            throw new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot merge the rows of table '{table.Identifier}': its change store should lie in '{folder}', and is not there.", e)
            {
                Hint = "Move both folders together, or read what is there with --store base.",
            };
        }
    }
}

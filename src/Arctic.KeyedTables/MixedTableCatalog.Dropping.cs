using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.KeyedTables;

// Tables are dropped whatever state they are in: neither store need be readable, and either may be gone.
internal sealed partial class MixedTableCatalog
{
    /// <summary>
    /// Removes a table with its data: the change store first, so that what is left after a crash is a base store that can be dropped again. A table that is damaged goes, too; what is not known to be
    /// its own, such as the change store that a copy of a table's folder still names, stays.
    /// </summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public async ValueTask DropTableAsync(string database, string name, CancellationToken cancellationToken)
    {
        var table = IdentifierOf(database, name);
        var change = await FindChangeStoreOfAsync(table, cancellationToken).ConfigureAwait(false);
        var hadChangeStore = change is not null && await TryDropAsync(change, cancellationToken).ConfigureAwait(false);
        if (!await TryDropAsync(table, cancellationToken).ConfigureAwait(false) && !hadChangeStore)
        {
            throw await _catalog.UnknownTableAsync(table, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what a drop that was cut off has left of a table that cannot be found any more.</summary>
    /// <returns>Whether there was anything.</returns>
    public async ValueTask<bool> FinishDropAsync(string database, string name, CancellationToken cancellationToken)
    {
        // A server finishes its own drops. What has metadata is a table, or a part of one.
        if (_catalog is not FileSystemCatalog || await FindReadableAsync(IdentifierOf(database, name), cancellationToken).ConfigureAwait(false) is not null)
        {
            return false;
        }

        try
        {
            await DropTableAsync(database, name, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.UnknownName)
        {
            return false;
        }
    }

    private async ValueTask<TableIdentifier?> FindChangeStoreOfAsync(TableIdentifier table, CancellationToken cancellationToken)
    {
        var own = table with { Name = table.Name + _suffix };
        if (await FindReadableAsync(table, cancellationToken).ConfigureAwait(false) is not { } metadata)
        {
            // Nothing says that it has a change store, but that one itself may.
            return StoreOf(await FindReadableAsync(own, cancellationToken).ConfigureAwait(false)) == "change" ? own : null;
        }

        if (!metadata.Properties.TryGetValue(MixedFormatProperties.ChangeIdentifier, out var text) || TableIdentifier.Parse(text) is var named && named == table)
        {
            return null;
        }

        var isForeign = StoreOf(await FindReadableAsync(named, cancellationToken).ConfigureAwait(false)) is not (null or "change") || (named != own && await HasBaseStoreAsync(named, cancellationToken).ConfigureAwait(false));
        return isForeign ? null : named;
    }

    private async ValueTask<bool> HasBaseStoreAsync(TableIdentifier change, CancellationToken cancellationToken) =>
        change.Name.Length > _suffix.Length && change.Name.EndsWith(_suffix, StringComparison.Ordinal)
        && await FindReadableAsync(change with { Name = change.Name[..^_suffix.Length] }, cancellationToken).ConfigureAwait(false) is not null;

    // A table that is not of the format has no such property.
    private static string? StoreOf(TableMetadata? metadata) => metadata is null ? null : metadata.Properties.GetValueOrDefault(MixedFormatProperties.TableStore, "");

    private async ValueTask<bool> TryDropAsync(TableIdentifier table, CancellationToken cancellationToken)
    {
        try
        {
            await _catalog.DropTableAsync(table, DropMode.DeleteFiles, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.UnknownName)
        {
            return false;
        }
    }

    /// <summary>The newest metadata of a table that is not damaged; null when there is none.</summary>
    private async ValueTask<TableMetadata?> FindReadableAsync(TableIdentifier table, CancellationToken cancellationToken)
    {
        if (_catalog is FileSystemCatalog files)
        {
            return await files.FindReadableAsync(table, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return (await _catalog.FindTableAsync(table, cancellationToken).ConfigureAwait(false))?.Metadata;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.TableCorrupt)
        {
            return null;
        }
    }
}

using System.Net;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Options;
using Arctic.Iceberg.Scanning;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Stores;
using Arctic.Sql.Catalog;

namespace Arctic.Catalog;

// ALTER of databases and tables, and the partitions of tables.
internal sealed partial class LakeCatalog : IAlterableCatalog, IPartitionCatalog
{
    /// <inheritdoc/>
    public ValueTask AlterDatabaseAsync(string database, TableOptions options, CancellationToken cancellationToken) => _tables.UpdateDatabaseAsync(database, options, cancellationToken);

    /// <inheritdoc/>
    public ValueTask RenameTableAsync(string database, string table, string newName, CancellationToken cancellationToken) =>
        throw new ArcticException(ErrorCodes.Unsupported, $"rename table is not supported: '{Name}.{database}.{table}' stays where it is.") { Hint = "CREATE TABLE … AS SELECT * FROM … makes a copy under another name." };

    /// <inheritdoc/>
    public async ValueTask AlterTableAsync(TableAlteration alteration, CancellationToken cancellationToken)
    {
        var path = alteration.Before.Path;
        var table = await LoadMixedAsync(path.Database, path.Name, cancellationToken).ConfigureAwait(false);
        if (table.IsPartOfKeyed)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot alter '{path}': it is one store of a table with a primary key, and would no longer fit the other.") { Hint = "Name the table itself." };
        }

        var change = new LakeSchemaChange(table, alteration);
        change.Check();
        if (change.ChangesColumns && !ToDefinition(path, table).PhysicalSchema.Equals(alteration.Before.PhysicalSchema))
        {
            throw new ArcticException(ErrorCodes.CommitConflict, $"Cannot alter table '{path}': another writer has changed its columns meanwhile. Run the statement again.");
        }

        var (set, removed) = PropertiesOf(alteration);
        await _tables.AlterTableAsync(table, change.ChangesColumns ? change.Apply : null, set, removed, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A table for a statement that writes to it: its change store has the columns of its base store, if a crash has kept it from that.</summary>
    /// <param name="settings">What constants of the statement depend on.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public async ValueTask<LakeTable> LoadForWriteAsync(string database, string table, EvaluationSettings settings, CancellationToken cancellationToken)
    {
        var loaded = await LoadMixedAsync(database, table, cancellationToken).ConfigureAwait(false);
        return new LakeTable(this, _tables, await _tables.FollowSchemaAsync(loaded, cancellationToken).ConfigureAwait(false), settings);
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PartitionSpec>> ListPartitionsAsync(TableDefinition table, CancellationToken cancellationToken)
    {
        var loaded = await LoadMixedAsync(table.Path.Database, table.Path.Name, cancellationToken).ConfigureAwait(false);
        IEnumerable<StoreFile> files;
        if (loaded.Key is null)
        {
            files = await StoreFiles.ReadAsync(loaded.BaseStore, StoreKind.Base, ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            // A partition that only deletes name has no rows.
            var pinned = await PinnedTable.PinAsync(_tables, loaded, cancellationToken).ConfigureAwait(false);
            var all = await pinned.ReadFilesAsync(ScanPredicate.True.Instance, cancellationToken).ConfigureAwait(false);
            files = all.Base.Concat(all.Unmerged.Where(f => f.Type == StoreFileType.Insert));
        }

        return files.Select(f => f.Partition).Distinct().Order(StringComparer.Ordinal).Select(ToSpec).ToList();
    }

    private static PartitionSpec ToSpec(string path) => new(new(path.Split('/').Select(part => part.Split('=', 2)).Select(p => KeyValuePair.Create(
        WebUtility.UrlDecode(p[0]), p[1] == "null" ? null : (string?)WebUtility.UrlDecode(p[1])))));

    // What SET and RESET do; values are read, so that a slip is found now and not by the next job.
    private static (Dictionary<string, string> Set, List<string> Removed) PropertiesOf(TableAlteration alteration)
    {
        var set = alteration.Edits.OfType<TableEdit.SetOptions>().SelectMany(e => e.Options).ToDictionary(o => o.Key, o => o.Value);
        var removed = alteration.Edits.OfType<TableEdit.ResetOptions>().SelectMany(e => e.Keys).ToList();
        if (set.Keys.Concat(removed).FirstOrDefault(k => MixedFormatProperties.IsInternal(k) || VirtualColumns.IsOwn(k) || k == "location") is { } key)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot alter the property '{key}' of table '{alteration.Before.Path}': the table keeps it itself.");
        }

        CheckOptions(set, alteration.Before.Path);
        _ = OptionReader.Read<KeyedTableOptions>(alteration.After.Options, $"table '{alteration.Before.Path}'");
        var (before, after) = (VirtualColumns.Write(alteration.Before), VirtualColumns.Write(StoredFirst(alteration.After)));
        removed.AddRange(before.Keys.Where(k => !after.ContainsKey(k)));
        foreach (var (own, value) in after.Where(p => before.GetValueOrDefault(p.Key) != p.Value))
        {
            set[own] = value;
        }

        return (set, removed);
    }

    // A stored column that is added comes before the computed ones.
    private static TableDefinition StoredFirst(TableDefinition table) => table with { Columns = new(table.Columns.OrderBy(c => c is TableColumn.Physical ? 0 : 1)) };
}

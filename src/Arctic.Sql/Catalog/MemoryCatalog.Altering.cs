using Arctic.Columnar.Errors;

namespace Arctic.Sql.Catalog;

// Changes of tables, and the partitions that ALTER TABLE declares: connectors do not look at them.
internal sealed partial class MemoryCatalog : IAlterableCatalog, IPartitionCatalog, IDeclaredPartitions
{
    /// <inheritdoc/>
    public ValueTask AlterTableAsync(TableAlteration alteration, CancellationToken cancellationToken) => Locked(() =>
    {
        var path = alteration.Before.Path;
        if (GetTable(path.Database, path.Name) != alteration.Before)
        {
            throw new ArcticException(ErrorCodes.CommitConflict, $"Cannot alter table '{path}': another statement has altered it meanwhile. Run the statement again.");
        }

        Get(path.Database).Tables[path.Name] = alteration.After;
    });

    /// <inheritdoc/>
    public ValueTask RenameTableAsync(string database, string table, string newName, CancellationToken cancellationToken) => Locked(() =>
    {
        var renamed = GetTable(database, table);
        var tables = Get(database);
        RefuseExisting(tables, database, newName);
        tables.Tables.Remove(table);
        tables.Tables.Add(newName, renamed with { Path = renamed.Path with { Name = newName } });
        if (tables.Partitions.Remove(table, out var partitions))
        {
            tables.Partitions.Add(newName, partitions);
        }
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PartitionSpec>> ListPartitionsAsync(TableDefinition table, CancellationToken cancellationToken) =>
        Locked<IReadOnlyList<PartitionSpec>>(() => [.. PartitionsOf(table).OrderBy(p => p.ToString(), StringComparer.Ordinal)]);

    /// <inheritdoc/>
    public ValueTask AddPartitionAsync(TableDefinition table, PartitionSpec partition, CancellationToken cancellationToken) => Locked(() =>
    {
        var partitions = PartitionsOf(table);
        if (partitions.Contains(partition))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Partition '{partition}' of table '{table.Path}' already exists.");
        }

        partitions.Add(partition);
    });

    /// <inheritdoc/>
    public ValueTask<bool> DropPartitionAsync(TableDefinition table, PartitionSpec partition, CancellationToken cancellationToken) => Locked(() => PartitionsOf(table).Remove(partition));

    private List<PartitionSpec> PartitionsOf(TableDefinition table)
    {
        _ = GetTable(table.Path.Database, table.Path.Name);
        var all = Get(table.Path.Database).Partitions;
        if (!all.TryGetValue(table.Path.Name, out var partitions))
        {
            all.Add(table.Path.Name, partitions = []);
        }

        return partitions;
    }
}

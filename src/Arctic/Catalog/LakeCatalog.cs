using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Options;
using Arctic.Columnar.Randomness;
using Arctic.Connectors.Lake;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Optimizing;
using Arctic.Sql.Catalog;
using Arctic.Storage.ObjectStores;

namespace Arctic.Catalog;

/// <summary>
/// A warehouse as SQL sees it: databases of tables with and without a primary key. A keyed table's stores can be read by themselves as <c>table.base</c> and <c>table.change</c>. Safe for concurrent calls.
/// </summary>
internal sealed partial class LakeCatalog : ISqlCatalog
{
    /// <summary>The folder of a warehouse that holds what is not a database: checkpoints of jobs.</summary>
    public const string InternalFolder = ".arctic";

    /// <summary>The <c>catalog-type</c> of a catalog behind a server.</summary>
    public const string RestType = "rest";

    private const string BaseSuffix = ".base";
    private const string ChangeSuffix = ".change";

    // Groups of table properties that Iceberg, the original or the log store define: any key of them is stored, as theirs are.
    private static readonly string[] OpenGroups =
    [
        "write.", "read.", "commit.", "history.", "format-version", "schema.", "self-optimizing.", "optimize.", "snapshot.", "table.", "table-expire.", "log-store.", "log.", "change.", "base.", "delta.",
        "clean-", "data-expire.", "tag.", "table-trash.", "properties.", "mixed-format.", "arctic.", "flink.", "metrics.", "gc.", "comment", "location",
    ];

    private static readonly Type[] TableOptionTypes = [typeof(KeyedTableOptions), typeof(OptimizingOptions), typeof(LakeReadOptions), typeof(LakeWriteOptions)];

    private readonly MixedTableCatalog _tables;
    private readonly long _optimizeBytesMax;
    private readonly Random _random;

    private LakeCatalog(string name, LakeCatalogOptions options, MixedTableCatalog tables, Random random)
    {
        (Name, DefaultDatabase, _tables, _random) = (name, options.DefaultDatabase, tables, random);
        _optimizeBytesMax = options.OptimizeMemoryLimit.Bytes;
        Warehouse = options is { CatalogType: not RestType, Warehouse: { } warehouse } ? ObjectLocation.Normalize(warehouse) : null;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string DefaultDatabase { get; }

    /// <summary>The folder below which everything lies, as a URI; null where a server decides that.</summary>
    public string? Warehouse { get; }

    /// <summary>The tables of the warehouse.</summary>
    public MixedTableCatalog Tables => _tables;

    /// <summary>Opens a warehouse; nothing is written, and it need not exist yet.</summary>
    /// <param name="given">All options of the statement: those of the warehouse's store among them.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static LakeCatalog Open(string name, LakeCatalogOptions options, IReadOnlyDictionary<string, string> given, SessionContext context)
    {
        if (options.OptimizeMemoryLimit.Bytes <= 0)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot open catalog '{name}': 'arctic.optimize.memory-limit' must be more than 0 bytes.");
        }

        var tables = new MixedTableCatalog(OpenIceberg(name, options, given, context), context.Time, options.ChangeStoreSeparator);
        var catalog = new LakeCatalog(name, options, tables, EntropyRandom.Fork(context.Random));
        context.Optimizer.Watch(catalog, context.Options.Sql.OptimizeInterval);
        return catalog;
    }

    private static IIcebergCatalog OpenIceberg(string name, LakeCatalogOptions options, IReadOnlyDictionary<string, string> given, SessionContext context)
    {
        var environment = new CommitEnvironment(context.Time, EntropyRandom.Fork(context.Random));
        switch (options.CatalogType)
        {
            case "hadoop":
                var warehouse = options.Warehouse ?? throw new ArcticException(ErrorCodes.InvalidOption, $"Option 'warehouse' is missing for catalog '{name}'.");
                return new FileSystemCatalog(name, warehouse, context.Stores.OpenWarehouse(warehouse, given), environment);
            case RestType:
                return new RestCatalog(name, RestCatalogOptions.Read(given, $"catalog '{name}'"), context.Stores, environment, context.Http);
            default:
                throw new ArcticException(ErrorCodes.Unsupported, $"Catalog '{name}' cannot have the type '{options.CatalogType}': 'hadoop', a catalog in the file system, and 'rest' are supported.");
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListDatabasesAsync(CancellationToken cancellationToken) => _tables.ListDatabasesAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> HasDatabaseAsync(string database, CancellationToken cancellationToken) => _tables.HasDatabaseAsync(database, cancellationToken);

    /// <inheritdoc/>
    public ValueTask CreateDatabaseAsync(DatabaseDefinition database, CancellationToken cancellationToken) => _tables.CreateDatabaseAsync(database.Name, database.Options, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DropDatabaseAsync(string database, DropBehavior behavior, CancellationToken cancellationToken)
    {
        if (behavior == DropBehavior.Cascade)
        {
            foreach (var table in await _tables.ListTablesAsync(database, cancellationToken).ConfigureAwait(false))
            {
                await _tables.DropTableAsync(database, table, cancellationToken).ConfigureAwait(false);
            }
        }

        await _tables.DropDatabaseAsync(database, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListTablesAsync(string database, CancellationToken cancellationToken) => _tables.ListTablesAsync(database, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<TableDefinition?> FindTableAsync(string database, string table, CancellationToken cancellationToken) =>
        await FindMixedAsync(database, table, cancellationToken).ConfigureAwait(false) is { } found ? ToDefinition(new ObjectPath(Name, database, table), found) : null;

    /// <inheritdoc/>
    public async ValueTask CreateTableAsync(TableDefinition table, CancellationToken cancellationToken)
    {
        VirtualColumns.Check(table);
        RefuseUnknownOptions(table);
        var creation = new MixedTableCreation
        {
            Database = table.Path.Database,
            Name = table.Path.Name,
            Columns = table.PhysicalSchema,
            PrimaryKey = table.PrimaryKey,
            Partitioning = table.Partitioning.Select(f => new PartitionColumn(f.Column, ToTransform(f.Transform))).ToList(),
            Properties = table.Options.Overlaid([.. VirtualColumns.Write(table), .. table.Comment is null ? [] : new[] { KeyValuePair.Create("comment", table.Comment) }]),
        };
        await _tables.CreateTableAsync(creation, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DropTableAsync(string database, string table, CancellationToken cancellationToken) => _tables.DropTableAsync(database, table, cancellationToken);

    /// <summary>Removes what a drop that was cut off has left of a table that cannot be found any more.</summary>
    /// <returns>Whether there was anything.</returns>
    public ValueTask<bool> FinishDropAsync(string database, string table, CancellationToken cancellationToken) => _tables.FinishDropAsync(database, table, cancellationToken);

    /// <summary>A table for one statement, as it is now.</summary>
    /// <param name="settings">What constants of the statement depend on.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public async ValueTask<LakeTable> LoadAsync(string database, string table, EvaluationSettings settings, CancellationToken cancellationToken) =>
        new(this, _tables, await LoadMixedAsync(database, table, cancellationToken).ConfigureAwait(false), settings);

    /// <summary>A table as it is now, or one store of a keyed table by itself.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>.</exception>
    public async ValueTask<MixedTable> LoadMixedAsync(string database, string table, CancellationToken cancellationToken) =>
        await FindMixedAsync(database, table, cancellationToken).ConfigureAwait(false) ?? await _tables.LoadTableAsync(database, table, cancellationToken).ConfigureAwait(false);

    /// <summary>Folds the changes of a keyed table into its base store.</summary>
    /// <returns>What was done, as a sentence.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: the table has no key.</exception>
    public async ValueTask<string> OptimizeAsync(MixedTable table, CancellationToken cancellationToken)
    {
        if (table.Key is null)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot optimize table '{Name}.{table.Name}': it has no primary key, so there are no changes to fold.")
            {
                Hint = "CALL sys.rewrite_data_files gathers small files of a table without a key.",
            };
        }

        var budget = new MemoryBudget($"self-optimizing of table '{table.Name}'", _optimizeBytesMax)
        {
            Hint = "Raise 'arctic.optimize.memory-limit' in CREATE CATALOG, or optimize more often: then there are fewer changes to fold at a time.",
        };
        var optimizer = new SelfOptimizer(_tables, budget, NewRandom());
        var result = await optimizer.OptimizeAsync(table, cancellationToken).ConfigureAwait(false);
        return result == OptimizeResult.Nothing
            ? $"Nothing to do: the base store of '{table.Name}' holds every change."
            : $"Folded {result.MergedFileCount} change files into the base store of '{table.Name}': {result.AddedRowCount} rows added in {result.DataFileCount} files, {result.DeletedRowCount} rows deleted.";
    }

    /// <summary>A source of randomness of its own.</summary>
    public Random NewRandom()
    {
        lock (_random)
        {
            return EntropyRandom.Fork(_random);
        }
    }

    private async ValueTask<MixedTable?> FindMixedAsync(string database, string name, CancellationToken cancellationToken)
    {
        if (await _tables.FindTableAsync(database, name, cancellationToken).ConfigureAwait(false) is { } found)
        {
            return found;
        }

        // One store of a keyed table, by itself: a plain Iceberg table.
        var isBase = name.EndsWith(BaseSuffix, StringComparison.Ordinal);
        if ((isBase || name.EndsWith(ChangeSuffix, StringComparison.Ordinal))
            && await _tables.FindTableAsync(database, name[..name.LastIndexOf('.')], cancellationToken).ConfigureAwait(false) is { ChangeStore: { } change } keyed)
        {
            return new MixedTable(isBase ? keyed.BaseStore : change, null);
        }

        return null;
    }

    private static TableDefinition ToDefinition(ObjectPath path, MixedTable table)
    {
        var stored = new TableDefinition
        {
            Path = path,
            Columns = new(table.RowSchema.Fields.Select(f => (TableColumn)new TableColumn.Physical(f.Name, f.Type) { Comment = f.Comment })),
            PrimaryKey = table.Key is null ? [] : new(table.Properties[MixedFormatProperties.PrimaryKeyFields].Split(',')),
            Partitioning = new(table.PartitionSpec.Fields.Where(f => FromTransform(f.Transform) is not null).Select(f => new Sql.Catalog.PartitionField(table.Schema.FindField(f.SourceId)?.Name ?? f.Name, FromTransform(f.Transform)!.Value))),
            Options = new TableOptions(table.Properties.Where(p => p.Key is not ("comment" or "connector") && !MixedFormatProperties.IsInternal(p.Key) && !VirtualColumns.IsOwn(p.Key))),
            Comment = table.Properties.GetValueOrDefault("comment"),
        };
        return VirtualColumns.Read(stored, table.Properties);
    }

    private static void RefuseUnknownOptions(TableDefinition table)
    {
        if (table.Connector is { } connector && !LakeLink.IsLake(connector))
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot create table '{table.Path}' with the connector '{connector}': a catalog of type 'arctic' keeps its tables itself.")
            {
                Hint = "CREATE TEMPORARY TABLE, or create it in 'default_catalog'.",
            };
        }

        // The original's scripts name the connector; the catalog owns the storage.
        var options = table.Options.Where(o => o.Key != "connector").ToDictionary(o => o.Key, o => o.Value);
        if (options.Keys.FirstOrDefault(VirtualColumns.IsOwn) is { } own)
        {
            throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot create table '{table.Path}' with the property '{own}': computed columns and watermarks are declared among the columns.");
        }

        CheckOptions(options, table.Path);
        _ = OptionReader.Read<KeyedTableOptions>(options, $"table '{table.Path}'");
    }

    private static void CheckOptions(Dictionary<string, string> options, ObjectPath table)
    {
        OptionReader.RefuseUnknown(options, OpenGroups, $"table '{table}'", TableOptionTypes);
        RefuseSlips(options, table);
    }

    // In a group where any key may stand, one that is nearly a key of ours is a slip, which would go unseen.
    private static void RefuseSlips(Dictionary<string, string> options, ObjectPath table)
    {
        var known = TableOptionTypes.SelectMany(OptionReader.OptionsOf).SelectMany(o => o.Option.Aliases.Prepend(o.Option.Key)).ToList();
        foreach (var key in options.Keys.Where(k => !known.Contains(k)))
        {
            if (NameSuggestion.Nearest(key, known) is { } near && NameSuggestion.Distance(key, near) <= 2)
            {
                throw new ArcticException(ErrorCodes.InvalidOption, $"Table '{table}' has no option '{key}'.") { Hint = $"Did you mean '{near}'?" };
            }
        }
    }

    private static Transform ToTransform(PartitionTransform transform) => transform.Kind switch
    {
        PartitionTransformKind.Identity => new Transform.Identity(),
        PartitionTransformKind.Years => new Transform.Year(),
        PartitionTransformKind.Months => new Transform.Month(),
        PartitionTransformKind.Days => new Transform.Day(),
        PartitionTransformKind.Hours => new Transform.Hour(),
        PartitionTransformKind.Bucket => new Transform.Bucket(transform.Parameter),
        PartitionTransformKind.Truncate => new Transform.Truncate(transform.Parameter),
        _ => throw new System.Diagnostics.UnreachableException(transform.Kind.ToString()),
    };

    private static PartitionTransform? FromTransform(Transform transform) => transform switch
    {
        Transform.Identity => PartitionTransform.Identity,
        Transform.Year => new PartitionTransform(PartitionTransformKind.Years, 0),
        Transform.Month => new PartitionTransform(PartitionTransformKind.Months, 0),
        Transform.Day => new PartitionTransform(PartitionTransformKind.Days, 0),
        Transform.Hour => new PartitionTransform(PartitionTransformKind.Hours, 0),
        Transform.Bucket bucket => new PartitionTransform(PartitionTransformKind.Bucket, bucket.Count),
        Transform.Truncate truncate => new PartitionTransform(PartitionTransformKind.Truncate, truncate.Width),
        _ => null,
    };
}

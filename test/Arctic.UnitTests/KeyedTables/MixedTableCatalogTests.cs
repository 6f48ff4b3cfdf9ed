using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;

namespace Arctic.UnitTests.KeyedTables;

public class MixedTableCatalogTests
{
    private static readonly RowSchema Columns = new(new Field("a", DataTypes.Int), new Field("b", DataTypes.String), new Field("ts", DataTypes.Timestamp(6)), new Field("f", DataTypes.Float));

    private readonly MemoryObjectStore _store = new(TimeProvider.System);
    private readonly FileSystemCatalog _iceberg;

    public MixedTableCatalogTests() => _iceberg = new("test", "memory:///wh", _store, new CommitEnvironment(TimeProvider.System, new Random(1)));

    [Fact]
    public async Task A_keyed_table_is_two_linked_stores_and_one_name()
    {
        var catalog = await CatalogAsync();

        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["b", "a"], Properties = new Dictionary<string, string> { ["x"] = "y" } }, default);
        var table = await catalog.LoadTableAsync("db", "t", default);

        Assert.Equal(["t"], await catalog.ListTablesAsync("db", default));
        Assert.Equal(["b", "a"], table.Key!.Columns);
        Assert.Equal([1, 2], table.Schema.IdentifierFieldIds);
        Assert.False(table.RowSchema[0].Type.IsNullable);
        Assert.Equal("db.t_change_", table.Properties["mixed-format.change.identifier"]);
        Assert.Equal("b,a", table.ChangeStore!.Metadata.Properties["mixed-format.primary-key-fields"]);
        Assert.Equal("change", table.ChangeStore.Metadata.Properties["mixed-format.table-store"]);
        Assert.Equal("y", table.ChangeStore.Metadata.Properties["x"]);
        Assert.False(table.Properties.ContainsKey("format-version"));
        Assert.Null(await catalog.FindTableAsync("db", "t_change_", default));
    }

    [Fact]
    public async Task A_table_without_a_key_is_one_store()
    {
        var catalog = await CatalogAsync();

        var table = await catalog.CreateTableAsync(Creation("t") with { Partitioning = [new PartitionColumn("ts", new Transform.Day()), new PartitionColumn("a", new Transform.Bucket(4))] }, default);

        Assert.Null(table.ChangeStore);
        Assert.Equal(["ts_day", "a_bucket"], table.PartitionSpec.Fields.Select(f => f.Name));
        Assert.Equal("base", table.Properties["mixed-format.table-store"]);
        Assert.Single(await _iceberg.ListTablesAsync(new Namespace("db"), default));
    }

    [Fact]
    public async Task When_the_change_store_cannot_be_made_nothing_stays()
    {
        var catalog = await CatalogAsync();
        await _iceberg.CreateTableAsync(new TableIdentifier(new Namespace("db"), "t_change_"), new TableCreation { Schema = new Schema(0, [new NestedField(1, "a", IcebergTypes.Int, false)]) }, default);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default));

        Assert.Equal(ErrorCodes.AlreadyExists, error.Code);
        Assert.Null(await catalog.FindTableAsync("db", "t", default));
    }

    [Fact]
    public async Task When_nothing_can_be_undone_either_the_first_error_is_told()
    {
        var catalog = await CatalogAsync();
        await _iceberg.CreateTableAsync(new TableIdentifier(new Namespace("db"), "t_change_"), new TableCreation { Schema = new Schema(0, [new NestedField(1, "a", IcebergTypes.Int, false)]) }, default);
        var failing = new MixedTableCatalog(
            new FileSystemCatalog("failing", "memory:///wh", new FaultInjectingObjectStore(_store, new FailingDeletes(), TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(2))),
            TimeProvider.System);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await failing.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default));

        Assert.Equal(ErrorCodes.AlreadyExists, error.Code);
        Assert.Contains("t_change_", error.Message);
        await catalog.DropTableAsync("db", "t", default);
        Assert.Equal(["t_change_"], await catalog.ListTablesAsync("db", default));
    }

    [Fact]
    public async Task A_creation_that_was_cut_off_between_the_stores_is_completed_as_it_was_begun()
    {
        var catalog = await CatalogAsync();
        var creation = Creation("t") with { PrimaryKey = ["a"], Partitioning = [new PartitionColumn("b", new Transform.Identity())], Properties = new Dictionary<string, string> { ["x"] = "y", ["format-version"] = "3" } };
        var expected = (await catalog.CreateTableAsync(creation, default)).ChangeStore!.Metadata;
        await _iceberg.DropTableAsync(new TableIdentifier(new Namespace("db"), "t_change_"), DropMode.DeleteFiles, default);

        var halved = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.LoadTableAsync("db", "t", default));
        var exists = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["b"] }, default));

        Assert.Equal((ErrorCodes.TableCorrupt, ErrorCodes.AlreadyExists), (halved.Code, exists.Code));
        var completed = (await catalog.LoadTableAsync("db", "t", default)).ChangeStore!.Metadata;
        Assert.Equal(expected.Properties, completed.Properties);
        Assert.Equal(expected.FormatVersion, completed.FormatVersion);
        Assert.Equal(expected.CurrentSchema.Fields, completed.CurrentSchema.Fields);
        Assert.Equal(expected.CurrentSchema.IdentifierFieldIds, completed.CurrentSchema.IdentifierFieldIds);
        Assert.Equal(expected.DefaultSpec.Fields, completed.DefaultSpec.Fields);
    }

    [Fact]
    public async Task Dropping_takes_both_stores_and_what_a_crash_left()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
        await catalog.CreateTableAsync(Creation("u") with { PrimaryKey = ["a"] }, default);
        await _iceberg.DropTableAsync(new TableIdentifier(new Namespace("db"), "u_change_"), DropMode.DeleteFiles, default);

        await catalog.DropTableAsync("db", "t", default);
        await catalog.DropTableAsync("db", "u", default);

        Assert.Empty(await _iceberg.ListTablesAsync(new Namespace("db"), default));
    }

    [Theory]
    [InlineData("t")]
    [InlineData("t_change_")]
    [InlineData("t", "t_change_")]
    public async Task A_table_with_damaged_stores_is_dropped(params string[] damaged)
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
        await catalog.AlterTableAsync(await catalog.LoadTableAsync("db", "t", default), null, new Dictionary<string, string> { ["x"] = "y" }, [], default);
        foreach (var store in damaged)
        {
            await _store.PutAsync($"memory:///wh/db/{store}/metadata/v2.metadata.json", "{\"format-ver"u8.ToArray(), default);
        }

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.LoadTableAsync("db", "t", default));
        await catalog.DropTableAsync("db", "t", default);

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Equal(["memory:///wh/db/.namespace.json"], await AllFilesAsync());
    }

    [Fact]
    public async Task A_table_without_a_version_that_can_be_read_takes_no_other_one_with_it()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t"), default);
        await catalog.CreateTableAsync(Creation("t_change_"), default); // a name that a change store would have
        await _store.PutAsync("memory:///wh/db/t/metadata/v1.metadata.json", "{"u8.ToArray(), default);

        await catalog.DropTableAsync("db", "t", default);

        Assert.NotNull(await catalog.FindTableAsync("db", "t_change_", default));
        Assert.Equal(["t_change_"], await catalog.ListTablesAsync("db", default));
    }

    [Fact]
    public async Task A_creation_that_was_cut_off_before_it_found_the_name_taken_is_dropped_alone()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
        await _iceberg.DropTableAsync(new TableIdentifier(new Namespace("db"), "t_change_"), DropMode.DeleteFiles, default);
        await catalog.CreateTableAsync(Creation("t_change_"), default);

        await catalog.DropTableAsync("db", "t", default);

        Assert.Equal(["t_change_"], await catalog.ListTablesAsync("db", default));
    }

    [Fact]
    public async Task A_copy_of_a_tables_folder_is_dropped_without_the_change_store_that_it_names()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
        foreach (var location in (await AllFilesAsync()).Where(f => f.StartsWith("memory:///wh/db/t/", StringComparison.Ordinal)))
        {
            await _store.PutAsync(location.Replace("/db/t/", "/db/copy/", StringComparison.Ordinal), await _store.ReadAllAsync(location, 1 << 20, default), default);
        }

        await catalog.DropTableAsync("db", "copy", default);

        Assert.NotNull((await catalog.LoadTableAsync("db", "t", default)).ChangeStore);
        Assert.DoesNotContain(await AllFilesAsync(), f => f.Contains("/copy/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_drop_that_was_cut_off_anywhere_is_finished()
    {
        var left = 0;
        for (var deletes = 0; left >= 0; deletes++)
        {
            var catalog = await CatalogAsync();
            var table = await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
            foreach (var store in new[] { table.BaseStore, table.ChangeStore! })
            {
                await _store.PutAsync(store.Metadata.Location + "/data/a.parquet", "rows"u8.ToArray(), default);
            }

            left = deletes;
            var crashing = new MixedTableCatalog(
                new FileSystemCatalog("crashing", "memory:///wh", new FaultInjectingObjectStore(_store, new CrashingDeletes(() => --left < 0), TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(2))),
                TimeProvider.System);
            var isWhole = false;
            try
            {
                await crashing.DropTableAsync("db", "t", default);
                isWhole = true;
            }
            catch (OperationCanceledException)
            {
            }

            Assert.Equal(isWhole, deletes >= 6); // of each store a version, the rows and the hint
            if (!isWhole && await _iceberg.FindTableAsync(new TableIdentifier(new Namespace("db"), "t"), default) is not null)
            {
                await catalog.DropTableAsync("db", "t", default);
            }
            else
            {
                Assert.Equal(!isWhole, await catalog.FinishDropAsync("db", "t", default));
            }

            Assert.Equal(["memory:///wh/db/.namespace.json"], await AllFilesAsync());
            await catalog.DropDatabaseAsync("db", default);
        }
    }

    [Fact]
    public async Task Finishing_a_drop_touches_no_table_that_is_there()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = ["a"] }, default);
        var before = await AllFilesAsync();

        Assert.False(await catalog.FinishDropAsync("db", "t", default));
        Assert.False(await catalog.FinishDropAsync("db", "t_change_", default));
        Assert.False(await catalog.FinishDropAsync("db", "other", default));

        Assert.Equal(before, await AllFilesAsync());
    }

    private sealed class FailingDeletes : IFaultPlan
    {
        public Fault Next(StoreOperation operation, string location) => operation == StoreOperation.Delete ? new Fault(FaultKind.FailBefore) : Fault.None;
    }

    private sealed class CrashingDeletes(Func<bool> isCrash) : IFaultPlan
    {
        public Fault Next(StoreOperation operation, string location) =>
            operation == StoreOperation.Delete && isCrash() ? throw new OperationCanceledException("Injected: the process ended.") : Fault.None;
    }

    private async Task<List<string>> AllFilesAsync()
    {
        var files = new List<string>();
        await foreach (var info in _store.ListAsync("memory:///wh", default))
        {
            files.Add(info.Location);
        }

        return files;
    }

    [Theory]
    [InlineData("nope", "UNKNOWN_NAME", "Cannot find source column: 'nope'")]
    [InlineData("f", "INVALID_STATEMENT", "Column 'f' of type FLOAT cannot be part of the primary key")]
    public async Task Bad_keys_are_refused(string column, string code, string message)
    {
        var catalog = await CatalogAsync();

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.CreateTableAsync(Creation("t") with { PrimaryKey = [column] }, default));

        Assert.Equal(code, error.Code.Name);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(await catalog.ListTablesAsync("db", default));
    }

    [Fact]
    public async Task An_unknown_table_is_suggested()
    {
        var catalog = await CatalogAsync();
        await catalog.CreateTableAsync(Creation("orders"), default);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await catalog.LoadTableAsync("db", "order", default));

        Assert.Equal(ErrorCodes.UnknownName, error.Code);
        Assert.Equal("Did you mean 'orders'?", error.Hint);
    }

    private static MixedTableCreation Creation(string name) => new() { Database = "db", Name = name, Columns = Columns };

    private async Task<MixedTableCatalog> CatalogAsync()
    {
        var catalog = new MixedTableCatalog(_iceberg, TimeProvider.System);
        await catalog.CreateDatabaseAsync("db", new Dictionary<string, string>(), default);
        return catalog;
    }
}

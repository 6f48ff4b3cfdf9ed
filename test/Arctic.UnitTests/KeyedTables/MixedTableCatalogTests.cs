using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.KeyedTables;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.KeyedTables;

public class MixedTableCatalogTests
{
    private static readonly RowSchema Columns = new(new Field("a", DataTypes.Int), new Field("b", DataTypes.String), new Field("ts", DataTypes.Timestamp(6)), new Field("f", DataTypes.Float));

    private readonly FileSystemCatalog _iceberg = new("test", "memory:///wh", new MemoryObjectStore(TimeProvider.System), new CommitEnvironment(TimeProvider.System, new Random(1)));

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

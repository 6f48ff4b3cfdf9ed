using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Catalog.Rest;
using Arctic.Iceberg.Maintenance;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Iceberg.Catalog.Rest;

namespace Arctic.UnitTests.Iceberg;

/// <summary>What a program that is wrong is told: always what was wrong, in the words of whoever wrote it, and before anything is made that cannot be used.</summary>
public sealed class WrongProgramTests : IAsyncDisposable
{
    private readonly IcebergCatalog _catalog = IcebergCatalog.OpenMemory();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    [Fact]
    public async Task A_location_that_no_store_reaches_says_what_reaches_it()
    {
        await using var catalog = IcebergCatalog.OpenFileSystem("s3://bucket/warehouse");

        var create = await RefusedAsync(() => catalog.CreateTableAsync<Plain>("db.t", Token));
        var open = await RefusedAsync(() => IcebergTable.OpenAsync("s3://bucket/warehouse/db/t", cancellationToken: Token));
        var other = await RefusedAsync(() => IcebergTable.OpenAsync("hdfs://host/t", cancellationToken: Token));

        Assert.All([create, open, other], e => Assert.Equal(ErrorCodes.StorageRefused, e.Code));
        Assert.All([create, open], e => Assert.Contains("Arctic.Storage.S3", e.Hint, StringComparison.Ordinal));
        Assert.Contains("there is no object store for 's3' locations, only for 'file'", open.Message, StringComparison.Ordinal);
        Assert.Contains("With(\"hdfs\", …)", other.Hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html", "<html>\n<p>Welcome secret-token, this is a page for people and not for programs", "(200 OK of type 'text/html': \"<html> <p>Welcome ***")]
    [InlineData("application/json", "[1, 2]", "(200 OK of type 'application/json': \"[1, 2]\")")]
    [InlineData(null, "", "(200 OK, empty)")]
    public async Task An_address_where_no_catalog_answers_is_told_what_does(string? type, string body, string told)
    {
        using var http = new HttpClient(new ScriptedHandler(_ => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = type is null ? null : new MediaTypeHeaderValue(type) } },
        }));
        var options = RestCatalogOptions.Read(new Dictionary<string, string> { ["uri"] = "http://host", ["token"] = "secret-token" }, "the catalog");
        await using var catalog = new IcebergCatalog(
            new RestCatalog("rest", options, new ObjectStoreProviderRouter(new MemoryObjectStore(TimeProvider.System)), new CommitEnvironment(TimeProvider.System, new Random(1)), http));

        var error = await RefusedAsync(() => catalog.ListNamespacesAsync(cancellationToken: Token));

        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
        Assert.Contains("no Iceberg REST catalog answered there, but something else " + told, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-token", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("'uri'", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Null_is_refused_where_it_is_given()
    {
        var table = await _catalog.CreateTableAsync<Plain>("db.t", Token);
        var id = Filter.Column("id");

        Assert.Throws<ArgumentNullException>(() => Filter.Column(null!));
        Assert.Throws<ArgumentNullException>(() => Filter.Where<Plain>(null!));
        Assert.Throws<ArgumentNullException>(() => id == 1 & null!);
        Assert.Throws<ArgumentNullException>(() => !(Filter)null!);
        Assert.Throws<ArgumentNullException>(() => id.StartsWith(null!));
        Assert.Throws<ArgumentNullException>(() => table.NewScan().Where((Filter)null!));
        Assert.Throws<ArgumentNullException>(() => table.ReadAsync<Plain>((Filter)null!, Token));
        Assert.Throws<ArgumentNullException>(() => table.NewScan().Select((string)null!));
        Assert.Throws<ArgumentNullException>(() => table.NewChangeScan().Select((string)null!));
        Assert.Throws<ArgumentNullException>(() => IcebergCatalog.OpenFileSystem(null!));
        Assert.Throws<ArgumentNullException>(() => IcebergCatalog.OpenRest(null!));
        Assert.Throws<ArgumentNullException>(() => table.NewTransaction().UpdateProperties().Set("a", null!));
        Assert.Throws<ArgumentNullException>(() => table.NewTransaction().UpdateSchema().AddColumn("a", null!));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await IcebergTable.OpenAsync(null!, cancellationToken: Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _catalog.LoadTableAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _catalog.ListTablesAsync(null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await _catalog.CreateTableAsync("db.u", null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await table.AppendAsync((IEnumerable<Plain>)null!, Token));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await table.UpsertAsync((IEnumerable<Plain>)null!, ["id"], Token));
        Assert.Equal("filter", (await Assert.ThrowsAsync<ArgumentNullException>(async () => await table.DeleteAsync((Filter)null!, Token))).ParamName);
    }

    [Fact]
    public void A_comparison_with_null_says_what_finds_nulls()
    {
        FilterOperand? nothing = null;
        var name = Filter.Column("name");

        Assert.All(
            [
                Assert.Throws<ArgumentNullException>(() => name == nothing!), Assert.Throws<ArgumentNullException>(() => name != (string)null!),
                Assert.Throws<ArgumentNullException>(() => name.In("a", null!)), Assert.Throws<ArgumentNullException>(() => name.NotIn(["a", null!])),
            ],
            e => Assert.Contains("use IsNull() or IsNotNull()", e.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("db.")]
    [InlineData(".t")]
    [InlineData("a..t")]
    public async Task A_table_whose_name_has_an_empty_part_is_refused(string name)
    {
        var error = await RefusedAsync(() => _catalog.CreateTableAsync<Plain>(name, Token));

        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains($"'{name}' is no name of a table", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_are_no_folders_and_folders_that_are_no_tables_are_told()
    {
        using var folder = new TemporaryFolder();
        await using var catalog = IcebergCatalog.OpenFileSystem(folder.Path);
        var table = await catalog.CreateTableAsync<Plain>("db.t", Token);

        var name = await RefusedAsync(() => catalog.CreateTableAsync<Plain>("db.a\0b", Token));
        var open = await RefusedAsync(() => IcebergTable.OpenAsync(table.Metadata.Location + "/metadata", cancellationToken: Token));

        Assert.Equal(ErrorCodes.InvalidStatement, name.Code);
        Assert.Equal(ErrorCodes.ObjectNotFound, open.Code);
        Assert.Contains("the folder that 'metadata' lies in", open.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_whose_columns_cannot_be_told_apart_make_no_table()
    {
        ArcticException[] errors =
        [
            await RefusedAsync(() => _catalog.CreateTableAsync<OneName>("db.t", Token)), await RefusedAsync(() => _catalog.CreateTableAsync<OnlyCase>("db.t", Token)),
            await RefusedAsync(() => _catalog.CreateTableAsync<Underscores>("db.t", Token)), await RefusedAsync(() => _catalog.CreateTableAsync<WithDot>("db.t", Token)),
        ];

        Assert.All(errors, e => Assert.Equal(ErrorCodes.InvalidStatement, e.Code));
        Assert.Equal("The properties 'OnlyCase.First' and 'OnlyCase.Second' would be the columns 'a' and 'A', which cannot be told apart.", errors[1].Message);
        Assert.Null(await _catalog.FindTableAsync("db.t", Token));
    }

    [Fact]
    public async Task A_property_that_hides_one_of_a_base_type_is_the_column()
    {
        var table = await _catalog.CreateTableAsync<Hiding>("db.t", Token);

        await table.AppendAsync([new Hiding { Id = "x" }], Token);

        Assert.Equal("x", (await table.ReadAsync<Hiding>(Token).SingleAsync(Token)).Id);
    }

    [Theory]
    [InlineData(" ", "is empty")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\ud800", "not well-formed")]
    [InlineData("_file", "reserved")]
    public async Task Names_that_other_readers_cannot_hold_are_refused_for_new_columns(string name, string why)
    {
        var table = await _catalog.CreateTableAsync<Plain>("db.t", Token);
        var creation = new TableCreation { Schema = new Schema(0, [new NestedField(1, name, IcebergTypes.Int, false)]) };
        var adding = table.NewTransaction();
        adding.UpdateSchema().AddColumn(name, IcebergTypes.Int);

        var created = await RefusedAsync(() => _catalog.CreateTableAsync("db.u", creation, Token));
        var added = await RefusedAsync(() => adding.CommitAsync(Token));

        Assert.All([created, added], e => Assert.Equal(ErrorCodes.InvalidStatement, e.Code));
        Assert.All([created, added], e => Assert.Contains(why, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ids_types_and_transforms_that_make_no_sense_are_refused()
    {
        var column = new NestedField(1, "a", IcebergTypes.Int, false);

        Assert.Contains("ids are from 1", (await RefusedAsync(() => CreateAsync(column with { Id = 0 }))).Message, StringComparison.Ordinal);
        Assert.Contains("1 to 38 digits", (await RefusedAsync(() => CreateAsync(column with { Type = new IcebergType.Decimal(50, 2) }))).Message, StringComparison.Ordinal);
        Assert.Contains("behind the point", (await RefusedAsync(() => CreateAsync(column with { Type = new IcebergType.Decimal(5, 8) }))).Message, StringComparison.Ordinal);
        Assert.Contains("holds nothing", (await RefusedAsync(() => CreateAsync(column with { Type = new IcebergType.Fixed(0) }))).Message, StringComparison.Ordinal);
        Assert.Contains("must be 1 or more", (await RefusedAsync(() => _catalog.CreateTableAsync("db.t", TableCreation.For<Plain>().PartitionedBy("id", new Transform.Bucket(0)), Token))).Message, StringComparison.Ordinal);
        Assert.Contains("must be 1 or more", (await RefusedAsync(() => _catalog.CreateTableAsync("db.t", TableCreation.For<Plain>().PartitionedBy("name", new Transform.Truncate(-1)), Token))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("123456789.5", "the column holds 8 digits before the point")]
    [InlineData("1.555", "it has 3 digits behind the point, the column has 2, and values are not rounded")]
    [InlineData("1.5550", "it has 3 digits behind the point, the column has 2, and values are not rounded")]
    public async Task A_decimal_that_does_not_fit_says_which_of_its_digits(string value, string why)
    {
        var table = await _catalog.CreateTableAsync<Money>("db.t", Token);

        var error = await RefusedAsync(() => table.AppendAsync([new Money(decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture))], Token));

        Assert.Equal($"Cannot store '{value}' of the property 'Money.Amount' (Decimal) in the column 'amount' of type decimal(10, 2): {why}.", error.Message);
    }

    [Fact]
    public async Task Times_are_told_as_they_are_written()
    {
        var table = await _catalog.CreateTableAsync<Timed>("db.t", Token);

        var error = await RefusedAsync(() => table.AppendAsync([new { At = new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Unspecified) }], Token));

        Assert.Contains("Cannot store '2024-05-06 07:08:09' of the property '(anonymous).At'", error.Message, StringComparison.Ordinal);
        Assert.Contains("is of kind Unspecified", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_no_name_of_an_enum_is_told()
    {
        var table = await _catalog.CreateTableAsync<Colored>("db.t", Token);
        await table.AppendAsync([new { Color = "Purple" }], Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.ReadAsync<Colored>(Token).ToListAsync(Token));

        Assert.Equal("Cannot read 'Purple' of the column 'color' (string) into the property 'Colored.Color' of type Hue: it is not a name of the enum.", error.Message);
    }

    [Fact]
    public async Task A_filter_of_another_type_is_told_what_the_column_takes()
    {
        var table = await _catalog.CreateTableAsync<Typed>("db.t", Token);
        string HintOf(Filter filter)
        {
            var error = Assert.Throws<ArcticException>(() => table.NewScan().Where(filter));
            Assert.Equal(ErrorCodes.TypeMismatch, error.Code);
            Assert.StartsWith($"The filter '{filter}' does not fit the table:", error.Message, StringComparison.Ordinal);
            return error.Hint!;
        }

        Assert.Equal("Give a value of the column's type: 'name' takes string.", HintOf(Filter.Column("name") > 5));
        Assert.Equal("Give a value of the column's type: 'id' takes numbers.", HintOf(Filter.Column("id") == "5"));
        Assert.Equal("Give a value of the column's type: 'key' takes Guid or byte[].", HintOf(Filter.Column("key") == Guid.Empty.ToString()));
    }

    [Fact]
    public void A_batch_whose_columns_have_other_lengths_is_refused()
    {
        var schema = new RowSchema([new Field("a", DataTypes.Int)]);
        var column = new FixedColumn<int>(DataTypes.Int, [1, 2]);

        Assert.Contains("'a' of a batch of 3 rows has 2", Assert.Throws<ArgumentException>(() => new ChangeBatch(schema, [column], 3)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot have 2 columns", Assert.Throws<ArgumentException>(() => new ChangeBatch(schema, [column, column], 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_of_a_scan_that_make_no_sense_are_refused()
    {
        var table = await _catalog.CreateTableAsync<Plain>("db.t", Token);

        Assert.Equal("BatchRowsMax", Assert.Throws<ArgumentOutOfRangeException>(() => table.NewScan() with { BatchRowsMax = 0 }).ParamName);
        Assert.Equal("ReadersMax", Assert.Throws<ArgumentOutOfRangeException>(() => table.NewScan() with { ReadersMax = 0 }).ParamName);
    }

    [Fact]
    public async Task A_file_without_a_required_member_is_no_row_with_a_null_in_it()
    {
        var table = await _catalog.CreateTableAsync<Nested>("db.t", Token);
        await table.AppendAsync([new Nested(new Inner(1))], Token);
        var change = table.NewTransaction();
        change.UpdateSchema().AllowIncompatibleChanges().AddColumn(new NewColumn { Name = "y", Parent = "a", Type = IcebergTypes.Int, IsRequired = true });
        table = await change.CommitAsync(Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.ScanAsync(cancellationToken: Token).ToListAsync(Token));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("lacks the required column 'y'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rewrite_by_a_handle_that_others_have_overtaken_means_the_columns_of_now()
    {
        var stale = await _catalog.CreateTableAsync<Plain>("db.t", Token);
        var fresh = await _catalog.LoadTableAsync("db.t", Token);
        var change = fresh.NewTransaction();
        change.UpdateSchema().RenameColumn("name", "old").AddColumn("name", IcebergTypes.String).MoveFirst("name");
        fresh = await change.CommitAsync(Token);
        await fresh.AppendAsync([new { Id = 1L, Old = "a", Name = "x" }], Token);
        await fresh.AppendAsync([new { Id = 2L, Old = "x", Name = "b" }], Token);

        var result = await stale.RewriteDataFilesAsync(new DataFileRewriteOptions { RewriteAll = true }, Filter.Column("name") == "x", Token);

        Assert.Equal((1, 1), (result.FilesRemoved, result.FilesAdded));
        Assert.Equal([1L, 2L], await stale.ReadAsync<OnlyId>(Token).Select(r => r.Id).Order().ToListAsync(Token));
    }

    [Fact]
    public async Task A_catalog_that_was_disposed_says_which()
    {
        var catalog = IcebergCatalog.OpenMemory(new IcebergCatalogOptions { Name = "lake" });
        await catalog.DisposeAsync();

        var error = await Assert.ThrowsAsync<ObjectDisposedException>(async () => await catalog.LoadTableAsync("db.t", Token));

        Assert.Equal("IcebergCatalog 'lake'", error.ObjectName);
    }

    [Fact]
    public async Task A_type_that_no_row_can_be_made_of_is_told()
    {
        var table = await _catalog.CreateTableAsync<Plain>("db.t", Token);

        Assert.Contains("it is abstract", Assert.Throws<ArcticException>(() => table.ReadAsync<Shape>(Token)).Message, StringComparison.Ordinal);
    }

    private static async Task<ArcticException> RefusedAsync<T>(Func<ValueTask<T>> call) => await Assert.ThrowsAsync<ArcticException>(async () => await call());

    private ValueTask<IcebergTable> CreateAsync(NestedField column) => _catalog.CreateTableAsync("db.t", new TableCreation { Schema = new Schema(0, [column]) }, Token);

    private sealed record Plain(long Id, string Name);

    private sealed record OneName(int ID, int Id);

    private sealed record OnlyCase([IcebergColumn("a")] int First, [IcebergColumn("A")] int Second);

    private sealed record Underscores(int CustomerId, [IcebergColumn("customerid")] int Other);

    private sealed record WithDot(Inner A, [IcebergColumn("a.x")] int Other);

    private sealed record Nested(Inner A);

    private sealed record OnlyId(long Id);

    private sealed record Inner(int X);

    private sealed record Money([IcebergColumn(Type = "decimal(10, 2)")] decimal Amount);

    private enum Hue
    {
        Red,
    }

    private sealed record Colored([IcebergColumn(Type = "string")] Hue Color);

    private sealed record Typed(long Id, string Name, Guid Key);

    private sealed record Timed(DateTimeOffset At);

    private abstract class Shape
    {
        public long Id { get; set; }
    }

    private class Hidden
    {
        public int Id { get; set; }
    }

    private sealed class Hiding : Hidden
    {
        public new string Id { get; set; } = "";
    }
}

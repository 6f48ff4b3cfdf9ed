using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.UnitTests.Iceberg.Mapping;

/// <summary>What does not fit is told by member, column and types, and leaves nothing behind.</summary>
public sealed class MappingErrorTests : IAsyncDisposable
{
    private readonly IcebergCatalog _catalog = IcebergCatalog.OpenMemory();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _catalog.DisposeAsync();

    [Fact]
    public async Task A_property_without_a_column_is_an_error_both_ways()
    {
        var table = await TableAsync(("id", IcebergTypes.Long, true));

        var write = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new { Id = 1L, Nmae = "x" }], Token));
        var read = Assert.Throws<ArcticException>(() => table.ReadAsync<TwoColumns>(Token));

        Assert.Equal(ErrorCodes.UnknownName, write.Code);
        Assert.Contains("has no column in the table 'db.t': there is no 'nmae'", write.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.UnknownName, read.Code);
        Assert.Contains("The property 'TwoColumns.Name' has no column in the table", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_required_column_without_a_property_cannot_be_written()
    {
        var table = await TableAsync(("id", IcebergTypes.Long, true), ("name", IcebergTypes.String, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new OnlyId(1)], Token));

        Assert.Equal("Cannot write rows of OnlyId to the table 'db.t': its column 'name' (string) is required, and no property is this column.", error.Message);
    }

    [Fact]
    public async Task Types_that_do_not_fit_are_named()
    {
        var table = await TableAsync(("id", IcebergTypes.String, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new OnlyId(1)], Token));

        Assert.Equal(ErrorCodes.TypeMismatch, error.Code);
        Assert.Equal("The property 'OnlyId.Id' of type Int64 cannot be the column 'id' of type string.", error.Message);
    }

    [Fact]
    public async Task A_null_for_a_required_column_is_refused()
    {
        var table = await TableAsync(("id", IcebergTypes.Long, true), ("name", IcebergTypes.String, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new TwoColumns(1, "a"), new TwoColumns(2, null!)], Token));

        Assert.Equal(ErrorCodes.EvaluationFailed, error.Code);
        Assert.Equal("Cannot store null of the property 'TwoColumns.Name' in the column 'name': the column is required.", error.Message);
        await NothingIsLeftAsync(table);
    }

    [Fact]
    public async Task A_NULL_for_a_property_that_admits_none_is_refused()
    {
        var table = await TableAsync(("id", IcebergTypes.Long, false), ("name", IcebergTypes.String, false));
        await table.AppendAsync([new { Id = (long?)null, Name = (string?)"a" }], Token);

        var number = await Assert.ThrowsAsync<ArcticException>(async () => await table.ReadAsync<OnlyId>(Token).ToListAsync(Token));
        await table.AppendAsync([new { Id = (long?)3, Name = (string?)null }], Token);
        var text = await Assert.ThrowsAsync<ArcticException>(async () => await table.ReadAsync<OnlyName>(Token).ToListAsync(Token));

        Assert.Equal("Cannot read NULL of the column 'id' into the property 'OnlyId.Id' of type Int64.", number.Message);
        Assert.Equal("Declare it as Int64?.", number.Hint);
        Assert.Equal("Cannot read NULL of the column 'name' into the property 'OnlyName.Name' of type String.", text.Message);
    }

    [Fact]
    public async Task Numbers_that_do_not_fit_are_refused()
    {
        var table = await TableAsync(("id", IcebergTypes.Int, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new OnlyId(1L << 40)], Token));
        Assert.Equal("Cannot store '1099511627776' of the property 'OnlyId.Id' (Int64) in the column 'id' of type int.", error.Message);

        await table.AppendAsync([new OnlyId(300)], Token);
        var read = await Assert.ThrowsAsync<ArcticException>(async () => await table.ReadAsync<SmallId>(Token).ToListAsync(Token));
        Assert.Equal("Cannot read '300' of the column 'id' (int) into the property 'SmallId.Id' of type Byte.", read.Message);
        await NothingIsLeftAsync(table, files: 1);
    }

    [Fact]
    public async Task Decimals_are_not_rounded()
    {
        var table = await TableAsync(("amount", new IcebergType.Decimal(5, 2), true));

        Assert.Contains("values are not rounded", (await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new { Amount = 1.005m }], Token))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new { Amount = 1000m }], Token));
        await table.AppendAsync([new { Amount = 999.990m }, new { Amount = -999.99m }], Token);

        Assert.Equal([999.99m, -999.99m], await table.ReadAsync<Money>(Token).Select(m => m.Amount).ToListAsync(Token));
    }

    [Fact]
    public async Task A_time_of_a_machine_is_no_instant()
    {
        var table = await TableAsync(("at", IcebergTypes.TimestampTz, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new { At = new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Unspecified) }], Token));
        await table.AppendAsync([new { At = new DateTimeOffset(2024, 1, 1, 2, 0, 0, TimeSpan.FromHours(2)) }], Token);

        Assert.Contains("it must be of kind Utc", error.Message, StringComparison.Ordinal);
        Assert.Equal(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), (await table.ReadAsync<Instant>(Token).FirstAsync(Token)).At);
        Assert.Equal(DateTimeKind.Utc, (await table.ReadAsync<Instant>(Token).FirstAsync(Token)).At.Kind);
    }

    [Fact]
    public async Task Columns_that_differ_only_in_case_must_be_named()
    {
        var table = await TableAsync(("user_id", IcebergTypes.Long, true), ("USERID", IcebergTypes.Long, true));

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await table.AppendAsync([new { UserId = 1L }], Token));

        Assert.Contains("Cannot tell which column the property", error.Message, StringComparison.Ordinal);
        await table.AppendAsync([new Named(1, 2)], Token);
        Assert.Equal(new Named(1, 2), await table.ReadAsync<Named>(Token).SingleAsync(Token));
    }

    private static async Task NothingIsLeftAsync(IcebergTable table, int files = 0)
    {
        var left = await table.Store.ListAsync(table.Metadata.Location + "/data", Token).CountAsync(Token);
        Assert.Equal(files, left);
    }

    private ValueTask<IcebergTable> TableAsync(params (string Name, IcebergType Type, bool IsRequired)[] columns) => _catalog.CreateTableAsync(
        "db.t", new TableCreation { Schema = new Schema(0, columns.Select((c, i) => new NestedField(i + 1, c.Name, c.Type, c.IsRequired))) }, Token);

    private sealed record OnlyId(long Id);

    private sealed record SmallId(byte Id);

    private sealed record OnlyName(string Name);

    private sealed record TwoColumns(long Id, string Name);

    private sealed record Money(decimal Amount);

    private sealed record Instant(DateTime At);

    private sealed record Named([IcebergColumn("user_id")] long First, [IcebergColumn("USERID")] long Second);
}

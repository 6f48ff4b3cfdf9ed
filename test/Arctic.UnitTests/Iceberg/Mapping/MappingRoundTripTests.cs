using System.Text.Json;
using Arctic.Iceberg;
using CsCheck;

namespace Arctic.UnitTests.Iceberg.Mapping;

/// <summary>Records that are appended and read again are the same records.</summary>
public class MappingRoundTripTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Values_of_every_type_come_back() => Gen.Int.SampleAsync(
        async seed => await CheckAsync(RandomRecords.EveryValues(new Random(seed), 200), "3"), iter: 10, threads: 1);

    [Fact]
    public Task Nested_values_come_back() => Gen.Int.SampleAsync(async seed => await CheckAsync(RandomRecords.Nesteds(new Random(seed), 200), "2"), iter: 10, threads: 1);

    [Fact]
    public async Task More_rows_than_a_batch_keep_their_order()
    {
        var rows = Enumerable.Range(0, 70_000).Select(i => new Point(i, -i)).ToArray();

        await CheckAsync(rows, "2");
    }

    [Fact]
    public async Task A_class_is_made_by_its_setters()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Customer>("shop.customers", Token);

        await table.AppendAsync([Customer.Of(1, "ann", null), Customer.Of(2, "bob", "late")], Token);

        var read = await table.ReadAsync<Customer>(Token).ToListAsync(Token);
        Assert.Equal(["id", "name", "note"], table.Metadata.CurrentSchema.Fields.Select(f => f.Name));
        Assert.Equal([(1, "ann", null), (2, "bob", "late")], read.Select(c => (c.Id, c.Name, c.Note)));
    }

    [Fact]
    public async Task Rows_may_come_one_by_one()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Point>("db.points", Token);

        var snapshot = await table.AppendAsync(Points(40_000), Token);

        Assert.Equal("40000", snapshot!.Summary["total-records"]);
        Assert.Equal(await Points(40_000).ToListAsync(Token), await table.ReadAsync<Point>(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task A_record_may_have_fewer_properties_than_the_table_has_columns()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Address>("db.places", Token);
        await table.AppendAsync([new Address("main", "here", 3), new Address("side", null, null)], Token);

        // Columns that a row does not name are null; they are optional.
        await table.AppendAsync([new { Street = "new" }], Token);

        var streets = await table.ReadAsync<StreetOnly>(Token).ToListAsync(Token);
        Assert.Equal(["main", "new", "side"], streets.Select(s => s.Street).Order());
        Assert.Contains(new Address("new", null, null), await table.ReadAsync<Address>(Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Decimals_are_read_with_the_digits_that_they_need()
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync<Price>("db.prices", Token);
        decimal[] amounts = [0m, 12.50m, -0.01m, 100m, 12345678901234567890.123456789012345678m, 0.000000000000000001m, 1_000_000_000_000_000_000m];

        await table.AppendAsync(amounts.Select(a => new Price(a)), Token);

        var read = await table.ReadAsync<Price>(Token).Select(p => p.Amount).ToListAsync(Token);
        Assert.Equal(amounts, read);
        Assert.Equal("12.5", read[1].ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static async IAsyncEnumerable<Point> Points(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.CompletedTask;
            yield return new Point(i, 0.5);
        }
    }

    private static async Task CheckAsync<T>(IReadOnlyList<T> rows, string formatVersion)
    {
        await using var catalog = IcebergCatalog.OpenMemory();
        var table = await catalog.CreateTableAsync("db.t", Arctic.Iceberg.Catalog.TableCreation.For<T>().WithProperty("format-version", formatVersion));

        await table.AppendAsync(rows);

        // Records compare lists and arrays by reference; their texts tell every value.
        var read = await table.ReadAsync<T>().ToListAsync();
        Assert.Equal(rows.Select(Text), read.Select(Text));
    }

    private static string Text<T>(T row) => JsonSerializer.Serialize(row, Json);

    private static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private sealed record StreetOnly(string Street);

    private sealed record Price(decimal Amount);
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;

namespace Arctic.UnitTests.Iceberg.Catalog;

/// <summary>Values of table properties that nothing can be made of: refused where they are set, borne where they are.</summary>
public sealed class TablePropertyRulesTests
{
    private readonly TableFixture _fixture = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> Bad => new()
    {
        { "commit.retry.num-retries", "many", "a whole number of 0 or more" },
        { "commit.retry.min-wait-ms", "-5", "a whole number of 0 or more" },
        { "commit.retry.total-timeout-ms", "1.5", "a whole number of 0 or more" },
        { "commit.manifest.target-size-bytes", "0", "a whole number of 1 or more" },
        { "commit.manifest-merge.enabled", "yes", "true or false" },
        { "write.metadata.previous-versions-max", "ten", "a whole number of 0 or more" },
        { "write.metadata.delete-after-commit.enabled", "1", "true or false" },
        { "write.metadata.compression-codec", "lzma", "none or gzip" },
        { "write.avro.compression-codec", "lzma", "gzip, snappy, zstd or uncompressed" },
        { "write.parquet.compression-codec", "lzma", "zstd, snappy, gzip, brotli, lz4 or uncompressed" },
        { "write.parquet.row-group-size-bytes", "128MB", "a whole number of 1 or more" },
        { "write.target-file-size-bytes", "0", "a whole number of 1 or more" },
        { "write.format.default", "csv", "parquet, avro or orc" },
        { "write.delete.mode", "merge", "copy-on-write or merge-on-read" },
        { "write.update.isolation-level", "none", "serializable or snapshot" },
        { "write.metadata.metrics.default", "some", "none, counts, truncate(16)" },
        { "write.metadata.metrics.column.id", "truncate(0)", "none, counts, truncate(16)" },
        { "write.object-storage.enabled", "on", "true or false" },
        { "history.expire.max-snapshot-age-ms", "5 days", "a whole number of 0 or more" },
        { "history.expire.min-snapshots-to-keep", "-1", "a whole number of 0 or more" },
        { "read.split.target-size", "0", "a whole number of 1 or more" },
        { "gc.enabled", "no", "true or false" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_value_is_refused_where_it_is_set(string key, string value, string expected)
    {
        var created = await Assert.ThrowsAsync<ArcticException>(async () => await _fixture.CreateAsync(null, (key, value)));
        Assert.Null(await _fixture.Catalog.FindTableAsync(TableFixture.Orders, Token));
        var table = await _fixture.Catalog.CreateTableAsync(TableFixture.Orders, new TableCreation { Schema = TableFixture.Columns }, Token);
        var set = await Assert.ThrowsAsync<ArcticException>(async () => await SetAsync(table, key, value));

        foreach (var error in new[] { created, set })
        {
            Assert.Equal(ErrorCodes.InvalidOption, error.Code);
            Assert.Contains($"'{key}'", error.Message);
            Assert.Contains($"'{value}'", error.Message);
            Assert.Contains(expected, error.Message);
        }

        Assert.Equal(table.MetadataLocation, (await table.LoadCurrentAsync(Token)).MetadataLocation);
    }

    [Theory]
    [InlineData("write.parquet.compression-codec", "ZSTD")]
    [InlineData("write.avro.compression-codec", "none")]
    [InlineData("write.metadata.metrics.column.id", "truncate(3)")]
    [InlineData("gc.enabled", "FALSE")]
    [InlineData("history.expire.max-ref-age-ms", "9223372036854775807")]
    [InlineData("commit.retry.num-retries", "0")]
    [InlineData("write.format.default", "orc")]
    [InlineData("owner", "anyone")]
    [InlineData("commit.of-another-program", "anything")]
    public async Task Other_values_are_kept_as_they_are(string key, string value)
    {
        var table = await SetAsync(await _fixture.CreateAsync(), key, value);

        Assert.Equal(value, table.Metadata.Properties[key]);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_table_that_has_a_bad_value_is_read_changed_and_set_right(string key, string value, string expected)
    {
        var table = await _fixture.CreateAsync();
        var first = table.NewTransaction();
        first.FastAppend().Add(TableFixture.File("a"));
        table = await first.CommitAsync(Token);

        // As another program sets it.
        await _fixture.Catalog.CommitAsync(new TableCommit(TableFixture.Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { [key] = value })]), Token);
        table = await table.LoadCurrentAsync(Token);

        Assert.Equal(["a"], TableFixture.NamesOf(await TableFixture.EntriesAsync(table)));
        table = await SetAsync(table, "owner", "me");
        table = await SetAsync(table, key, value); // nothing changes
        Assert.Equal((value, "me"), (table.Metadata.Properties[key], table.Metadata.Properties["owner"]));
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await SetAsync(table, key, value + "?"));
        Assert.Contains(expected, error.Message);
        var removal = table.NewTransaction();
        removal.UpdateProperties().Remove(key);
        table = await removal.CommitAsync(Token);
        Assert.False(table.Metadata.Properties.ContainsKey(key));
    }

    private static async Task<IcebergTable> SetAsync(IcebergTable table, string key, string value)
    {
        var transaction = table.NewTransaction();
        transaction.UpdateProperties().Set(key, value);
        return await transaction.CommitAsync(Token);
    }
}

using System.Text;
using Arctic.DuckDb;
using Arctic.DuckDb.Native;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.UnitTests.DuckDb;

/// <summary>Our reading of Bloom filters beside another's writing of them.</summary>
public sealed class DuckDbBloomFilterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Bloom_filters_that_duckdb_writes_have_its_values_and_little_else()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Path + "/bloom.parquet";
        Execute($"COPY (SELECT 'v' || (i % 500) AS s, (i % 300)::BIGINT AS n FROM range(100000) t(i)) TO '{file}' (FORMAT parquet)");
        await using var reader = await new LocalObjectStore().OpenReadAsync(file, Token);
        var source = await ParquetSource.OpenAsync(reader, file, Token);
        var chunks = source.Footer.RowGroups[0].Columns;

        var texts = await BloomFilter.OpenAsync(source, chunks[0].BloomFilter!.Value, Token);
        var numbers = await BloomFilter.OpenAsync(source, chunks[1].BloomFilter!.Value, Token);

        var wrong = 0;
        for (var i = 0; i < 300; i++)
        {
            Assert.True(await texts!.MightContainAsync(Encoding.UTF8.GetBytes($"v{i}"), Token));
            Assert.True(await numbers!.MightContainAsync(BitConverter.GetBytes((long)i), Token));
            wrong += await texts.MightContainAsync(Encoding.UTF8.GetBytes($"w{i}"), Token) ? 1 : 0;
            wrong += await numbers.MightContainAsync(BitConverter.GetBytes(i + 1000L), Token) ? 1 : 0;
        }

        Assert.InRange(wrong, 0, 60);
    }

    private static void Execute(string sql)
    {
        using var database = new DuckDatabase(new DuckDbOptions());
        using var connection = database.Connect();
        Assert.Equal(DuckNative.Success, DuckNative.Query(connection.Handle, sql, out var result));
        DuckNative.DestroyResult(ref result);
    }
}

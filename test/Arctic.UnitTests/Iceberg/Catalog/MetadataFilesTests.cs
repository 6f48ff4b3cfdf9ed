using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.UnitTests.Iceberg.Evolution;

namespace Arctic.UnitTests.Iceberg.Catalog;

/// <summary>The files that metadata is kept in: their names, their codec, and how many are kept.</summary>
public sealed class MetadataFilesTests
{
    private readonly TableFixture _fixture = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_after_one_that_asks_for_gzip_are_gzipped()
    {
        var table = await _fixture.CreateAsync(null, ("write.metadata.compression-codec", "gzip"));
        var names = new List<string> { NameOf(table) };
        foreach (var codec in (string[])["gzip", "none", "none", "gzip"])
        {
            table = await SetAsync(table, ("write.metadata.compression-codec", codec), ("n", $"{names.Count}"));
            names.Add(NameOf(table));
        }

        Assert.Equal(["v1.metadata.json", "v2.gz.metadata.json", "v3.gz.metadata.json", "v4.metadata.json", "v5.metadata.json"], names);
        Assert.Equal("4", (await _fixture.Catalog.LoadTableAsync(TableFixture.Orders, Token)).Metadata.Properties["n"]);
        var content = await _fixture.Store.ReadAllAsync("memory:///warehouse/shop/orders/metadata/v2.gz.metadata.json", 1 << 20, Token);
        Assert.Equal([0x1F, 0x8B], content.Span[..2].ToArray());
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await SetAsync(await SetAsync(table, ("write.metadata.compression-codec", "lzma")), ("n", "9")));
        Assert.Equal(ErrorCodes.InvalidOption, error.Code);
    }

    [Fact]
    public async Task Writers_who_want_other_codecs_race_for_one_version()
    {
        var table = await _fixture.CreateAsync();
        for (var round = 0; round < 10; round++)
        {
            var before = table;
            var codecs = Enumerable.Range(0, 6).Select(i => i % 2 == 0 ? "gzip" : "none").ToList();
            var won = await Task.WhenAll(codecs.Select((codec, i) => Task.Run(async () =>
            {
                var commit = new TableCommit(TableFixture.Orders, [], [new TableUpdate.SetProperties(new Dictionary<string, string> { ["write.metadata.compression-codec"] = codec, ["winner"] = $"{round}/{i}" })]);
                try
                {
                    await _fixture.Catalog.CommitAsync(commit with { BaseMetadataLocation = before.MetadataLocation }, Token);
                    return i;
                }
                catch (CommitConflictException)
                {
                    return -1;
                }
            })));

            var winner = Assert.Single(won, i => i >= 0);
            table = await _fixture.Catalog.LoadTableAsync(TableFixture.Orders, Token);
            Assert.Equal(($"{round}/{winner}", round + 1), (table.Metadata.Properties["winner"], table.Metadata.MetadataLog.Count));
        }
    }

    [Fact]
    public async Task Gzipped_versions_are_deleted_like_others()
    {
        var table = await _fixture.CreateAsync(null, ("write.metadata.compression-codec", "gzip"), ("write.metadata.previous-versions-max", "2"), ("write.metadata.delete-after-commit.enabled", "true"));
        for (var i = 0; i < 6; i++)
        {
            table = await SetAsync(table, ("n", $"{i}"), ("write.metadata.compression-codec", i % 2 == 0 ? "none" : "gzip"));
        }

        var left = new List<string>();
        await foreach (var entry in _fixture.Store.ListFolderAsync("memory:///warehouse/shop/orders/metadata", Token))
        {
            left.Add(entry.Name);
        }

        Assert.Equal(["v5.metadata.json", "v6.gz.metadata.json", "v7.metadata.json"], left.Where(n => n.Contains("metadata.json", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_memory_catalog_keeps_what_the_table_asks_for_where_it_asks_for()
    {
        var table = await EvolutionTables.CreateAsync(
            TableFixture.Columns, PartitionSpec.Unpartitioned, 2, ("write.metadata.compression-codec", "gzip"), ("write.metadata.path", "memory:///m"), ("write.metadata.previous-versions-max", "2"),
            ("write.metadata.delete-after-commit.enabled", "true"));
        for (var i = 0; i < 4; i++)
        {
            table = await SetAsync(table, ("n", $"{i}"));
        }

        var left = new List<string>();
        await foreach (var info in table.Store.ListAsync("memory:///m", Token))
        {
            left.Add(info.Location);
        }

        Assert.Equal([.. table.Metadata.MetadataLog.Select(e => e.MetadataFile), table.MetadataLocation], left.Order(StringComparer.Ordinal));
        Assert.All(left, l => Assert.Matches("^memory:///m/0000[0-9]-[0-9a-f-]{36}\\.gz\\.metadata\\.json$", l));
    }

    [Fact]
    public async Task V1_files_and_manifests_have_what_v1_asks_for()
    {
        var table = await _fixture.CreateAsync(TableFixture.ByDay, ("format-version", "1"));
        var transaction = table.NewTransaction();
        transaction.Append().Add(TableFixture.File("a", day: 3));
        table = await transaction.CommitAsync(Token);

        using var json = JsonDocument.Parse(await _fixture.Store.ReadAllAsync(table.MetadataLocation, 1 << 20, Token));
        Assert.Equal(3, json.RootElement.GetProperty("schema").GetProperty("fields").GetArrayLength());
        Assert.Equal("day", json.RootElement.GetProperty("partition-spec")[0].GetProperty("name").GetString());
        var manifest = Assert.Single(await table.ReadManifestsAsync(table.Metadata.CurrentSnapshot!, Token));
        var avro = (await _fixture.Store.ReadAllAsync(manifest.Path, 1 << 20, Token)).ToArray();
        var header = System.Text.Encoding.Latin1.GetString(avro);
        Assert.Contains("block_size_in_bytes", header);
        Assert.DoesNotContain("sequence_number", header);
        Assert.DoesNotContain("\"content\"", header);
        var delete = table.NewTransaction();
        delete.Delete().Remove(TableFixture.File("a", day: 3));
        Assert.Empty(await TableFixture.EntriesAsync(await delete.CommitAsync(Token)));
        var deletes = table.NewTransaction();
        deletes.RowDelta().AddDeletes(TableFixture.PositionDeletes("p", day: 3));
        Assert.Equal(ErrorCodes.FormatUnsupported, (await Assert.ThrowsAsync<ArcticException>(async () => await deletes.CommitAsync(Token))).Code);
    }

    private static async Task<IcebergTable> SetAsync(IcebergTable table, params (string Key, string Value)[] properties)
    {
        var transaction = table.NewTransaction();
        var step = transaction.UpdateProperties();
        foreach (var (key, value) in properties)
        {
            step.Set(key, value);
        }

        return await transaction.CommitAsync(Token);
    }

    private static string NameOf(IcebergTable table) => table.MetadataLocation[(table.MetadataLocation.LastIndexOf('/') + 1)..];
}

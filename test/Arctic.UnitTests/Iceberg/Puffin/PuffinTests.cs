using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Iceberg.Puffin;

public sealed class PuffinTests
{
    private const string Path = "memory:///t/x.puffin";

    private static readonly PuffinBlob[] Sample =
    [
        new("some-blob", [1], 2, 1, Encoding.UTF8.GetBytes("abcdefghi")),
        new("some-other-blob", [2], 2, 1, Encoding.UTF8.GetBytes("some blob \0 binary data 🤯 that is not very very very very very very long, is it?")),
    ];

    private readonly MemoryObjectStore _store = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_sample_of_the_format_is_written_byte_for_byte()
    {
        var (footer, size) = await PuffinWriter.WriteAsync(_store, Path, Sample, new Dictionary<string, string> { ["created-by"] = "Test 1234" }, Token);

        var expected = await GoldenAsync("sample-metric-data-uncompressed.bin");
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString((await _store.ReadAllAsync(Path, 1 << 20, Token)).Span));
        Assert.Equal(expected.Length, size);
        Assert.Equal(expected.Length - 4 - 9 - 83, footer.FooterSizeBytes);
    }

    [Fact]
    public async Task The_empty_file_of_the_format_is_written_byte_for_byte()
    {
        await PuffinWriter.WriteAsync(_store, Path, [], new Dictionary<string, string>(), Token);

        Assert.Equal(Convert.ToHexString(await GoldenAsync("empty-puffin-uncompressed.bin")), Convert.ToHexString((await _store.ReadAllAsync(Path, 1 << 20, Token)).Span));
    }

    [Theory]
    [InlineData("sample-metric-data-uncompressed.bin")]
    [InlineData("sample-metric-data-compressed-zstd.bin")]
    public async Task Samples_of_the_format_are_read(string name)
    {
        await _store.PutAsync(Path, await GoldenAsync(name), Token);

        await using var reader = await PuffinReader.OpenAsync(_store, Path, Token);

        Assert.Equal("Test 1234", reader.Footer.Properties["created-by"]);
        Assert.Equal(["some-blob", "some-other-blob"], reader.Footer.Blobs.Select(b => b.Type));
        for (var i = 0; i < Sample.Length; i++)
        {
            Assert.Equal(Sample[i].Content.ToArray(), (await reader.ReadBlobAsync(reader.Footer.Blobs[i], Token)).ToArray());
        }
    }

    [Fact]
    public async Task Statistics_are_named_as_table_metadata_wants_them()
    {
        var statistics = await PuffinWriter.WriteStatisticsAsync(_store, Path, 7, Sample, new Dictionary<string, string>(), Token);

        Assert.Equal((7L, Path), (statistics.SnapshotId, statistics.StatisticsPath));
        Assert.Equal((await _store.FindAsync(Path, Token))!.Size, statistics.FileSizeBytes);
        Assert.Equal([1, 2], statistics.Blobs.SelectMany(b => b.Fields));
        await using var reader = await PuffinReader.OpenAsync(_store, Path, Token);
        Assert.Equal(statistics.FileFooterSizeBytes, reader.Footer.FooterSizeBytes);
    }

    [Fact]
    public async Task A_compressed_footer_is_refused_clearly()
    {
        var bytes = await GoldenAsync("sample-metric-data-uncompressed.bin");
        bytes[^8] = 1;
        await _store.PutAsync(Path, bytes, Token);

        var error = await Assert.ThrowsAsync<ArcticException>(async () => await PuffinReader.OpenAsync(_store, Path, Token));

        Assert.Equal(ErrorCodes.FormatUnsupported, error.Code);
        Assert.Contains("LZ4", error.Message);
    }

    [Fact]
    public async Task Cut_and_damaged_files_are_refused_and_never_break()
    {
        await PuffinWriter.WriteAsync(_store, Path, Sample, new Dictionary<string, string>(), Token);
        var bytes = (await _store.ReadAllAsync(Path, 1 << 20, Token)).ToArray();
        for (var length = 0; length < bytes.Length; length++)
        {
            await _store.PutAsync(Path, bytes.AsMemory(0, length), Token);
            var error = await Assert.ThrowsAsync<ArcticException>(async () => await PuffinReader.OpenAsync(_store, Path, Token));
            Assert.Contains(Path, error.Message);
        }

        for (var position = 0; position < bytes.Length; position++)
        {
            var damaged = bytes.ToArray();
            damaged[position] ^= 0x15;
            await _store.PutAsync(Path, damaged, Token);
            try
            {
                await using var reader = await PuffinReader.OpenAsync(_store, Path, Token);
                foreach (var blob in reader.Footer.Blobs)
                {
                    await reader.ReadBlobAsync(blob, Token);
                }
            }
            catch (ArcticException e)
            {
                Assert.True(e.Code == ErrorCodes.TableCorrupt || e.Code == ErrorCodes.FormatUnsupported, e.Message);
            }
        }
    }

    private static async Task<byte[]> GoldenAsync(string name)
    {
        var path = Golden.Find("_format/puffin/" + name);
        Assert.SkipWhen(path is null, "The golden files are not on this machine.");
        return await File.ReadAllBytesAsync(path, Token);
    }
}

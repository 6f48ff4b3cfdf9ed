using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using ParquetSharp;
using ParquetSharp.IO;
using FileReader = Arctic.Storage.Parquet.ParquetFileReader;
using NativeWriter = ParquetSharp.ParquetFileWriter;

namespace Arctic.UnitTests.Storage.Parquet;

/// <summary>Pages that are not what was written are told, whichever way their bytes take to the native reader.</summary>
public sealed class PageChecksumTests
{
    private const int Rows = 3000;

    public static TheoryData<string, bool> Ways => new() { { "local", false }, { "local", true }, { "remote", false }, { "remote", true } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_flipped_bit_of_any_page_is_told_with_file_and_column(string way, bool isSecondVersion)
    {
        using var folder = new TemporaryFolder();
        var (store, location) = StoreOf(way, folder);
        var bytes = Write(isSecondVersion, withChecksums: true);
        await store.PutAsync(location, bytes, Token);
        Assert.Equal(Rows, await CountAsync(store, location));

        var damagedPages = 0;
        foreach (var (column, start, length) in await PagesAsync(store, location, bytes))
        {
            var damaged = (byte[])bytes.Clone();
            damaged[start + (length / 2)] ^= 8;
            await store.PutAsync(location, damaged, Token);

            var error = await Assert.ThrowsAsync<ArcticException>(() => CountAsync(store, location));

            Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
            Assert.Contains($"'{location}' is damaged: of column '{column}' in row group ", error.Message);
            Assert.Contains("is not what was written: it does not have its checksum", error.Message);
            damagedPages++;
        }

        Assert.True(damagedPages > 20, $"{damagedPages} pages");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Pages_without_checksums_are_read(string way, bool isSecondVersion)
    {
        using var folder = new TemporaryFolder();
        var (store, location) = StoreOf(way, folder);
        await store.PutAsync(location, Write(isSecondVersion, withChecksums: false), Token);

        Assert.Equal(Rows, await CountAsync(store, location));
    }

    [Fact]
    public async Task Damage_of_a_column_that_is_not_read_hurts_nobody()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        var bytes = Write(isSecondVersion: false, withChecksums: true);
        await store.PutAsync("memory:///a", bytes, Token);
        var (_, start, length) = (await PagesAsync(store, "memory:///a", bytes)).First(p => p.Column == "text");
        bytes[start + (length / 2)] ^= 1;
        await store.PutAsync("memory:///a", bytes, Token);

        Assert.Equal(Rows, await CountAsync(store, "memory:///a", [0]));
        await Assert.ThrowsAsync<ArcticException>(() => CountAsync(store, "memory:///a", [1]));
    }

    [Fact]
    public async Task Bytes_of_no_chosen_chunk_are_not_given_to_the_native_reader()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        await store.PutAsync("memory:///a", Write(isSecondVersion: false, withChecksums: true), Token);
        await using var reader = await store.OpenReadAsync("memory:///a", Token);
        var source = await ParquetSource.OpenAsync(reader, "memory:///a", Token);
        using var stream = new ParquetSourceStream(source);
        var chunk = source.Footer.RowGroups[1].Columns[0];
        stream.ExpectChunks([1], [0]);

        stream.Position = chunk.StartOffset;
        Assert.Equal((int)chunk.CompressedSize, stream.Read(new byte[chunk.CompressedSize]));
        stream.Position = chunk.StartOffset + 1;
        var error = Assert.Throws<ArcticException>(() => stream.Read(new byte[100]));

        Assert.Equal(ErrorCodes.Internal, error.Code);
        Assert.Same(error, stream.Failure);
    }

    [Fact]
    public void Hostile_pages_are_verified_or_refused() => Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[-1, 200], Gen.Int[0, 2], Gen.Bool).Sample((noise, length, values, hasHeader) =>
    {
        // page type 0, packed length, values
        byte[] bytes = hasHeader ? [0x15, 0, 0x25, .. Varint(length), 0x2C, 0x15, (byte)(values << 1), 0, 0, .. noise] : noise;
        try
        {
            PageChecksums.Verify(bytes, 3);
        }
        catch (ArcticException e)
        {
            Assert.Equal(ErrorCodes.TableCorrupt, e.Code);
            Assert.StartsWith("the page ", e.Message);
        }
    });

    [Fact]
    public async Task What_stands_behind_the_last_page_of_a_chunk_is_not_looked_at()
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        var bytes = Write(isSecondVersion: false, withChecksums: true);
        await store.PutAsync("memory:///a", bytes, Token);
        await using var reader = await store.OpenReadAsync("memory:///a", Token);
        var chunk = (await ParquetFooter.ReadAsync(reader, "memory:///a", Token)).RowGroups[0].Columns[1];
        var pages = bytes.AsSpan((int)chunk.StartOffset, (int)chunk.CompressedSize).ToArray();

        PageChecksums.Verify([.. pages, .. "padding of an old writer"u8], chunk.ValueCount);
        var cut = Assert.Throws<ArcticException>(() => PageChecksums.Verify(pages.AsSpan(0, pages.Length - 1), chunk.ValueCount));

        Assert.Contains("are left", cut.Message);
    }

    private static byte[] Varint(int value)
    {
        var zigzag = (uint)((value << 1) ^ (value >> 31));
        return zigzag < 0x80 ? [(byte)zigzag] : [(byte)(zigzag | 0x80), (byte)(zigzag >> 7)];
    }

    private static (IObjectStore Store, string Location) StoreOf(string way, TemporaryFolder folder) =>
        way == "local" ? (new LocalObjectStore(), folder.Path + "/a.parquet") : (new MemoryObjectStore(new FakeTimeProvider()), "memory:///t/a.parquet");

    // Two row groups of a number without a dictionary and a text with one, each of several pages.
    private static byte[] Write(bool isSecondVersion, bool withChecksums)
    {
        using var output = new MemoryStream();
        using (var builder = new WriterPropertiesBuilder())
        {
            builder.Compression(Compression.Snappy).DataPagesize(1000).DisableDictionary("number").Version(ParquetVersion.PARQUET_2_6);
            builder.DataPageVersion(isSecondVersion ? ParquetDataPageVersion.V2 : ParquetDataPageVersion.V1);
            if (withChecksums)
            {
                builder.EnablePageChecksum();
            }

            using var properties = builder.Build();
            using var stream = new ManagedOutputStream(output, leaveOpen: true);
            using var writer = new NativeWriter(stream, [new Column<long?>("number"), new Column<string?>("text")], properties);
            for (var first = 0; first < Rows; first += Rows / 2)
            {
                using var group = writer.AppendRowGroup();
                var rows = Enumerable.Range(first, Rows / 2).ToArray();
                using (var numbers = group.NextColumn().LogicalWriter<long?>(bufferLength: 100))
                {
                    numbers.WriteBatch(rows.Select(r => r % 7 == 0 ? (long?)null : r * 7919L).ToArray());
                }

                using var texts = group.NextColumn().LogicalWriter<string?>(bufferLength: 100);
                texts.WriteBatch(rows.Select(r => r % 5 == 0 ? null : $"text {r % 600}").ToArray());
            }

            writer.Close();
        }

        return output.ToArray();
    }

    private static async Task<List<(string Column, int Start, int Length)>> PagesAsync(IObjectStore store, string location, byte[] bytes)
    {
        await using var reader = await store.OpenReadAsync(location, Token);
        var footer = await ParquetFooter.ReadAsync(reader, location, Token);
        List<(string, int, int)> pages = [];
        foreach (var (chunk, leaf) in footer.RowGroups.SelectMany(g => g.Columns.Zip(footer.Leaves)))
        {
            for (var at = (int)chunk.StartOffset; at < chunk.StartOffset + chunk.CompressedSize;)
            {
                var header = ParquetPageHeader.Read(bytes.AsSpan(at));
                pages.Add((leaf.Name, at + header.HeaderLength, header.PackedLength));
                at += header.HeaderLength + header.PackedLength;
            }
        }

        return pages;
    }

    private static async Task<int> CountAsync(IObjectStore store, string location, int[]? leaves = null)
    {
        await using var reader = await store.OpenReadAsync(location, Token);
        await using var file = await FileReader.OpenAsync(reader, location, null, 512, Token);
        var rows = 0;
        await foreach (var part in file.ReadAsync(leaves, null, Token))
        {
            rows += part.Batch.RowCount;
            part.Dispose();
        }

        return rows;
    }
}

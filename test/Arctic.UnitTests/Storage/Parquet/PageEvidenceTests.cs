using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.Parquet;

/// <summary>What row groups are ruled out by beside their statistics.</summary>
public sealed class PageEvidenceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Codecs => [.. Enum.GetValues<ParquetCompression>().Cast<int>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task A_dictionary_has_the_values_of_its_chunk(int codec)
    {
        var random = new Random(codec);
        var schema = new RowSchema(new Field("s", DataTypes.String), new Field("i", DataTypes.Int), new Field("d", DataTypes.Decimal(30, 2)));
        var rows = Enumerable.Range(0, 5000).Select(_ => new object?[] { $"v{random.Next(50)}", random.Next(9) == 0 ? null : random.Next(300), (Int128)random.Next(-20, 20) }).ToList();

        var source = await WriteAsync(schema, rows, ParquetWriterOptions.Default with { Compression = (ParquetCompression)codec, RowGroupRowsMax = 2500 });

        for (var group = 0; group < 2; group++)
        {
            for (var leaf = 0; leaf < 3; leaf++)
            {
                var dictionary = await DictionaryPage.ReadAsync(source, source.Footer.RowGroups[group].Columns[leaf], source.Footer.Leaves[leaf], Token);
                if ((ParquetCompression)codec == ParquetCompression.Lz4)
                {
                    Assert.Null(dictionary);
                    continue;
                }

                var expected = rows.Skip(group * 2500).Take(2500).Select(r => r[leaf]).OfType<object>().Distinct().Select(PlainText).Order(StringComparer.Ordinal);
                Assert.Equal(expected, Enumerable.Range(0, dictionary!.Count).Select(i => Convert.ToHexString(dictionary[i])).Order(StringComparer.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_chunk_that_gave_its_dictionary_up_has_none_to_rely_on()
    {
        var schema = new RowSchema(new Field("s", DataTypes.String));
        var rows = Enumerable.Range(0, 20_000).Select(i => new object?[] { $"value {i % 10_000}" }).ToList();

        var source = await WriteAsync(schema, rows, ParquetWriterOptions.Default with { DictionaryBytesMax = 1000, PageBytesTarget = 4000 });

        var chunk = source.Footer.RowGroups[0].Columns[0];
        Assert.False(chunk.IsDictionaryOnly);
        Assert.Null(await DictionaryPage.ReadAsync(source, chunk, source.Footer.Leaves[0], Token));
    }

    [Fact]
    public async Task Bounds_of_pages_are_those_of_their_rows()
    {
        var schema = new RowSchema(new Field("i", DataTypes.Int));
        var rows = Enumerable.Range(0, 20_000).Select(i => new object?[] { i < 10_000 ? i : null }).ToList();

        var source = await WriteAsync(schema, rows, ParquetWriterOptions.Default with { PageBytesTarget = 4000, RowGroupRowsMax = 10_000 });
        var pages = await PageBounds.ReadAsync(source, source.Footer.RowGroups[0].Columns[0], source.Footer.Leaves[0], 10_000, Token);
        var nulls = await PageBounds.ReadAsync(source, source.Footer.RowGroups[1].Columns[0], source.Footer.Leaves[0], 10_000, Token);

        Assert.Equal(new PageBounds(new RowSpan(0, 10_000), null, null, true, 10_000), Assert.Single(nulls!));
        Assert.InRange(pages!.Count, 5, 100);
        var next = 0;
        foreach (var page in pages)
        {
            Assert.Equal((false, 0L), (page.IsAllNull, page.NullCount!.Value));
            Assert.Equal(next, BinaryPrimitives.ReadInt32LittleEndian(page.Min!.Value.Span));
            Assert.Equal(next, page.Rows.Start);
            next = BinaryPrimitives.ReadInt32LittleEndian(page.Max!.Value.Span) + 1;
            Assert.Equal(next, page.Rows.End);
        }

        Assert.Equal(10_000, next);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public async Task A_bloom_filter_has_what_was_put_in_and_little_else(int bitsetBytes)
    {
        var values = Enumerable.Range(0, bitsetBytes / 4).Select(i => Encoding.UTF8.GetBytes($"in {i}")).ToArray();
        var bits = SlowBloomFilter(values, bitsetBytes);
        var source = await WithBytesBeforeAsync([0x15, .. ZigZag(bitsetBytes), 0x1C, 0x1C, 0, 0, 0x1C, 0x1C, 0, 0, 0x1C, 0x1C, 0, 0, 0, .. bits], out var length);

        foreach (var known in (int[])[length, 0])
        {
            var filter = await BloomFilter.OpenAsync(source, new ParquetSection(0, known), Token);
            foreach (var value in values.Take(3000))
            {
                Assert.True(await filter!.MightContainAsync(value, Token));
            }

            var wrong = 0;
            for (var i = 0; i < 1000; i++)
            {
                wrong += await filter!.MightContainAsync(Encoding.UTF8.GetBytes($"out {i}"), Token) ? 1 : 0;
            }

            Assert.InRange(wrong, 0, 100);
        }
    }

    [Fact]
    public async Task A_bloom_filter_of_another_kind_says_nothing()
    {
        var source = await WithBytesBeforeAsync([0x15, .. ZigZag(32), 0x1C, 0x2C, 0, 0, 0x1C, 0x1C, 0, 0, 0x1C, 0x1C, 0, 0, 0, .. new byte[32]], out var length);

        Assert.Null(await BloomFilter.OpenAsync(source, new ParquetSection(0, length), Token));
    }

    /// <summary>The values are those that the dictionaries of the same chunks have, so that each must be found.</summary>
    [Fact]
    public async Task Bloom_filters_and_dictionaries_of_other_writers_agree()
    {
        var files = Golden.Find("README.md") is { } readme ? Directory.GetFiles(Path.GetDirectoryName(readme)!, "*.parquet", SearchOption.AllDirectories) : [];
        Assert.SkipWhen(files.Length == 0, "no recorded tables");
        var (filters, dictionaries) = (0, 0);
        foreach (var file in files)
        {
            await using var reader = await new LocalObjectStore().OpenReadAsync(file, Token);
            ParquetSource source;
            try
            {
                source = await ParquetSource.OpenAsync(reader, file, Token);
            }
            catch (ArcticException)
            {
                // Some are recorded because they are damaged.
                continue;
            }

            foreach (var (chunk, leaf) in source.Footer.RowGroups.SelectMany(g => g.Columns.Zip(source.Footer.Leaves)))
            {
                if (await DictionaryPage.ReadAsync(source, chunk, leaf, Token) is not { } dictionary)
                {
                    continue;
                }

                dictionaries++;
                var filter = chunk.BloomFilter is { } section ? await BloomFilter.OpenAsync(source, section, Token) : null;
                filters += filter is null ? 0 : 1;
                for (var i = 0; i < dictionary.Count; i++)
                {
                    var value = dictionary[i].ToArray();
                    Assert.True(filter is null || await filter.MightContainAsync(value, Token), $"{file}: {leaf.Name} {Convert.ToHexString(value)}");
                    if (leaf.PhysicalType is ParquetPhysicalType.Int32 && chunk.Min is { } min && chunk.Max is { } max && leaf.Logical.IsSigned)
                    {
                        Assert.InRange(BinaryPrimitives.ReadInt32LittleEndian(value), BinaryPrimitives.ReadInt32LittleEndian(min.Span), BinaryPrimitives.ReadInt32LittleEndian(max.Span));
                    }
                }
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{dictionaries} dictionaries, {filters} Bloom filters");
        Assert.True(dictionaries > 1000);
    }

    private static string PlainText(object value) => Convert.ToHexString(value switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        int number => BitConverter.GetBytes(number),
        _ => Int128Bytes((Int128)value)[^13..],
    });

    private static byte[] Int128Bytes(Int128 value)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] ZigZag(int number)
    {
        var bytes = new List<byte>();
        var value = (ulong)number << 1;
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    // By the words of the format: eight bits in one of the blocks of 32 bytes.
    private static byte[] SlowBloomFilter(IEnumerable<byte[]> values, int length)
    {
        uint[] salts = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];
        var bits = new byte[length];
        foreach (var value in values)
        {
            var hash = XxHash64.HashToUInt64(value);
            var block = (long)(((UInt128)(hash >> 32) * (ulong)(length / 32)) >> 32);
            for (var i = 0; i < 8; i++)
            {
                var bit = (int)(unchecked((uint)hash * salts[i]) >> 27);
                bits[(block * 32) + (i * 4) + (bit / 8)] |= (byte)(1 << (bit % 8));
            }
        }

        return bits;
    }

    private static Task<ParquetSource> WithBytesBeforeAsync(byte[] bytes, out int length)
    {
        length = bytes.Length;
        return OpenAsync();

        async Task<ParquetSource> OpenAsync()
        {
            var schema = new RowSchema(new Field("i", DataTypes.Int));
            var plain = await WriteAsync(schema, [[1]], ParquetWriterOptions.Default);
            var file = new byte[plain.Object.Size];
            await plain.Object.ReadAsync(0, file, Token);
            var store = new MemoryObjectStore(new FakeTimeProvider());
            await store.PutAsync("memory:///b", (byte[])[.. bytes, .. file], Token);
            return await ParquetSource.OpenAsync(await store.OpenReadAsync("memory:///b", Token), "memory:///b", Token);
        }
    }

    private static async Task<ParquetSource> WriteAsync(RowSchema schema, List<object?[]> rows, ParquetWriterOptions options)
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        await using var output = await store.CreateAsync("memory:///a", Token);
        using var writer = new ParquetFileWriter(output.Stream, FileField.Of(schema), options);
        using var batch = TestRows.Batch(schema, rows);
        writer.Write(batch);
        writer.Close();
        await output.CompleteAsync(Token);
        return await ParquetSource.OpenAsync(await store.OpenReadAsync("memory:///a", Token), "memory:///a", Token);
    }
}

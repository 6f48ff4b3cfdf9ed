using System.Buffers.Binary;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.UnitTests.Iceberg.Scanning;

/// <summary>Data files that are not what was written: an error, never other rows.</summary>
public sealed class DamagedFileTests
{
    private const int ObjectBytesMax = 1 << 20;

    private static readonly Schema Columns = new(0, [new NestedField(1, "id", IcebergTypes.Long, true), new NestedField(2, "name", IcebergTypes.String, false)]);

    public static TheoryData<string> Codecs => [nameof(ParquetCompression.Zstd), nameof(ParquetCompression.Snappy), nameof(ParquetCompression.Gzip), nameof(ParquetCompression.Uncompressed)];

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task A_flipped_bit_of_a_page_gives_the_same_rows_or_an_error(string codec)
    {
        var fixture = await ScanFixture.CreateAsync(Columns, PartitionSpec.Unpartitioned);
        fixture.Parquet = ParquetWriterOptions.Default with { Compression = Enum.Parse<ParquetCompression>(codec) };
        var file = (await fixture.AppendAsync(Rows(0, 500)))[0];
        var whole = (await fixture.Store.ReadAllAsync(file.FilePath, ObjectBytesMax, default)).ToArray();
        var expected = await ReadAsync(fixture);
        var random = new Random(7);
        var pagesEnd = whole.Length - 8 - BinaryPrimitives.ReadInt32LittleEndian(whole.AsSpan(whole.Length - 8)); // Parquet has no checksum for its footer

        var errors = 0;
        for (var i = 0; i < 200; i++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[random.Next(pagesEnd)] ^= (byte)(1 << random.Next(8));
            await fixture.Store.PutAsync(file.FilePath, damaged, default);
            try
            {
                Assert.Equal(expected, await ReadAsync(fixture));
            }
            catch (ArcticException)
            {
                errors++;
            }
        }

        Assert.True(errors > 100, $"Only {errors} of 200 flipped bits were noticed.");
    }

    [Fact]
    public async Task A_file_in_the_place_of_another_is_told_by_its_rows()
    {
        var fixture = await ScanFixture.CreateAsync(Columns, PartitionSpec.Unpartitioned);
        var first = (await fixture.AppendAsync(Rows(0, 20)))[0];
        var second = (await fixture.AppendAsync(Rows(20, 19)))[0];
        await fixture.Store.PutAsync(second.FilePath, await fixture.Store.ReadAllAsync(first.FilePath, ObjectBytesMax, default), default);

        var error = await Assert.ThrowsAsync<ArcticException>(() => ReadAsync(fixture));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains(second.FilePath, error.Message);
    }

    private static List<object?[]> Rows(int first, int count) => Enumerable.Range(first, count).Select(i => new object?[] { (long)i, $"name {i * 7919 % 1000}" }).ToList();

    private static async Task<List<string>> ReadAsync(ScanFixture fixture) => (await TestRows.ReadAsync(fixture.Table.ScanAsync())).ConvertAll(TestRows.Text);
}

using System.Globalization;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Arctic.UnitTests.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.Parquet;

public sealed class ParquetFetchTests
{
    private const int Rows = 60_000;
    private const int RowGroups = 12;
    private const string Location = "memory:///t/a.parquet";

    private static readonly RowSchema Schema = new([.. Enumerable.Range(0, 8).Select(i => new Field($"c{i}", i % 2 == 0 ? DataTypes.BigInt : DataTypes.String))]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_more_is_asked_for_than_the_chosen_chunks_and_the_tail(bool withBridge)
    {
        const int seed = 12;
        var random = new Random(seed);
        var store = new CountingObjectStore(new MemoryObjectStore(new FakeTimeProvider()));
        using var batch = SampleBatch(random);
        var footer = await WriteAsync(store, batch);
        await using var bridge = new NativeBridge("test");
        for (var round = 0; round < 25; round++)
        {
            var leaves = Enumerable.Range(0, Schema.Count).Where(_ => random.Next(3) == 0).DefaultIfEmpty(round % 8).ToArray();
            var groups = Enumerable.Range(0, RowGroups).Where(_ => random.Next(3) > 0).DefaultIfEmpty(round % RowGroups).ToArray();
            store.Reset();

            await using var reader = await store.OpenReadAsync(Location, Token);
            await using var file = await ParquetFileReader.OpenAsync(reader, Location, withBridge ? bridge : null, 1000, Token);
            await foreach (var part in file.ReadAsync(leaves, groups, Token))
            {
                using (part)
                {
                    var row = random.Next(part.Batch.RowCount);
                    var column = random.Next(leaves.Length);
                    Assert.Equal(TestRows.Value(batch.Columns[leaves[column]], (int)part.FirstRow + row), TestRows.Value(part.Batch.Columns[column], row));
                }
            }

            var chunks = groups.Sum(g => leaves.Sum(l => footer.RowGroups[g].Columns[l].CompressedSize));
            var tail = Math.Min(reader.Size, 64 * 1024);
            var message = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, round {round}: {store.BytesRead} bytes in {store.Reads} requests for {chunks} bytes of chunks");
            Assert.True(store.BytesRead <= tail + (chunks * 1.05), message);
            Assert.True(store.Reads <= 1 + (groups.Length * leaves.Length), message);
        }
    }

    [Fact]
    public async Task A_whole_file_takes_a_request_for_the_tail_and_few_for_the_rest()
    {
        var store = new CountingObjectStore(new MemoryObjectStore(new FakeTimeProvider()));
        using var batch = SampleBatch(new Random(1));
        await WriteAsync(store, batch);
        store.Reset();

        await using var reader = await store.OpenReadAsync(Location, Token);
        await using var file = await ParquetFileReader.OpenAsync(reader, Location, null, 100_000, Token);
        await foreach (var part in file.ReadAsync(null, null, Token))
        {
            part.Dispose();
        }

        Assert.Equal(reader.Size, store.BytesRead + 4 + PageIndexBytes(file.Source));
        Assert.InRange(store.Reads, 2, 1 + (reader.Size / (4 << 20)) + 1);
    }

    [Fact]
    public async Task Counting_rows_asks_for_the_footer_alone()
    {
        var store = new CountingObjectStore(new MemoryObjectStore(new FakeTimeProvider()));
        using var batch = SampleBatch(new Random(1));
        await WriteAsync(store, batch);
        store.Reset();

        await using var reader = await store.OpenReadAsync(Location, Token);
        await using var file = await ParquetFileReader.OpenAsync(reader, Location, null, 100_000, Token);
        var rows = 0;
        await foreach (var part in file.ReadAsync([], null, Token))
        {
            rows += part.Batch.RowCount;
            part.Dispose();
        }

        Assert.Equal(Rows, rows);
        Assert.Equal(1, store.Reads);
    }

    // Between the last chunk and the tail.
    private static long PageIndexBytes(ParquetSource source) =>
        Math.Max(0, source.TailStart - source.Footer.RowGroups.SelectMany(g => g.Columns).Max(c => c.StartOffset + c.CompressedSize));

    private static ChangeBatch SampleBatch(Random random)
    {
        var rows = Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, Schema.Count)
            .Select(c => random.Next(20) == 0 ? null : c % 2 == 0 ? (object)random.NextInt64() : random.NextInt64().ToString("x", CultureInfo.InvariantCulture)).ToArray());
        return TestRows.Batch(Schema, rows.ToList());
    }

    private static async Task<ParquetFooter> WriteAsync(IObjectStore store, ChangeBatch batch)
    {
        await using var output = await store.CreateAsync(Location, Token);
        using var writer = new ParquetFileWriter(output.Stream, FileField.Of(Schema), ParquetWriterOptions.Default with { RowGroupRowsMax = Rows / RowGroups });
        writer.Write(batch);
        var footer = writer.Close();
        await output.CompleteAsync(Token);
        return footer;
    }
}

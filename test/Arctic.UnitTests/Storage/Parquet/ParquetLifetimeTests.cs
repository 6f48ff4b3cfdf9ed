using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Arctic.UnitTests.Columnar;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.Parquet;

/// <summary>What the native library holds of ours, and we of its memory, when readers, writers and batches are left in the middle or forgotten.</summary>
public sealed class ParquetLifetimeTests
{
    private static readonly ParquetWriterOptions SmallGroups = ParquetWriterOptions.Default with { RowGroupRowsMax = 200 };

    [Fact]
    public async Task Columns_stay_readable_when_their_batch_was_forgotten()
    {
        using var batch = SampleColumns.Batch(1000, seed: 5);
        var content = await WriteAsync(batch);

        var columns = await ForgetBatchesAsync(content);
        CollectGarbage();

        var rows = columns.SelectMany(c => SampleColumns.Text(new ChangeBatch(SampleColumns.Schema, c, c[0].Length)));
        Assert.Equal(SampleColumns.Text(batch), rows);
    }

    [Fact]
    public async Task The_collector_frees_the_native_memory_of_forgotten_batches()
    {
        const int reads = 16;
        var schema = new RowSchema(new Field("a", DataTypes.BigInt));
        using var batch = TestRows.Batch(schema, Enumerable.Range(0, 100_000).Select(i => new object?[] { (long)i }).ToList());
        var content = await WriteAsync(batch);
        var before = NativeArrays.UnreleasedBytes;

        var columns = new List<Column[]>();
        for (var i = 0; i < reads; i++)
        {
            columns.AddRange(await ForgetBatchesAsync(content));
        }

        Assert.InRange(NativeArrays.UnreleasedBytes - before, reads * 700_000, long.MaxValue); // columns hold the memory
        Assert.Equal(reads * 100_000, columns.Sum(c => c[0].Length));
        columns.Clear();
        CollectGarbage();

        Assert.InRange(NativeArrays.UnreleasedBytes - before, long.MinValue, reads * 200_000); // other tests have batches too
    }

    [Fact]
    public async Task A_column_that_is_read_after_its_batch_was_disposed_is_an_error()
    {
        using var batch = SampleColumns.Batch(100, seed: 6);
        await using var reader = new GatedReader(await WriteAsync(batch));
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 100, default);

        await foreach (var part in file.ReadAsync([1], null, default))
        {
            var column = (FixedColumn<int>)part.Batch.Columns[0];
            part.Dispose();
            Assert.Throws<ObjectDisposedException>(() => column.Values.Length);
        }
    }

    [Fact]
    public async Task A_reader_that_is_closed_early_leaves_no_read_of_its_object_behind()
    {
        // Values that do not compress, so that the row groups after the first few are fetched by a request of their own.
        var schema = new RowSchema(new Field("a", DataTypes.BigInt), new Field("b", DataTypes.Bytes));
        var random = new Random(7);
        using var batch = TestRows.Batch(schema, Enumerable.Range(0, 2000).Select(i => new object?[] { (long)i, Bytes(random, 10_000) }).ToList());
        await using var reader = new GatedReader(await WriteAsync(batch));

        await using (var bridge = new NativeBridge("test"))
        await using (var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 50, default))
        {
            reader.HoldReads();
            reader.LetReadsGo(count: 1);
            await foreach (var part in file.ReadAsync([1], null, default))
            {
                part.Dispose();
                Assert.Equal(1, reader.ReadsUnderWay);
                break;
            }
        }

        Assert.Equal(0, reader.ReadsUnderWay);
    }

    [Fact]
    public async Task A_read_that_is_cancelled_before_its_bytes_come_ends_its_requests()
    {
        using var batch = SampleColumns.Batch(20_000, seed: 5);
        await using var reader = new GatedReader(await WriteAsync(batch));
        await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", null, 50, default);
        using var cancellation = new CancellationTokenSource();
        reader.HoldReads();
        await using var batches = file.ReadAsync([1, 5], null, cancellation.Token).GetAsyncEnumerator(cancellation.Token);
        var first = batches.MoveNextAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await first);
        Assert.Equal(0, reader.ReadsUnderWay);
    }

    [Fact]
    public void A_writer_that_was_forgotten_writes_nothing_when_it_is_collected()
    {
        var output = new CountingStream();
        ForgetWriter(output);
        var written = output.BytesWritten;

        CollectGarbage();

        Assert.Equal(written, output.BytesWritten);
    }

    [Fact]
    public async Task Readers_that_are_left_in_the_middle_stand_the_collector()
    {
        using var batch = SampleColumns.Batch(1000, seed: 4);
        var content = await WriteAsync(batch);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var round = 0; round < 25; round++)
            {
                using var cancellation = new CancellationTokenSource();
                await using var reader = new GatedReader(content);
                await using var bridge = new NativeBridge("test");
                await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 50, default);
                var left = random.Next(4);
                try
                {
                    await foreach (var part in file.ReadAsync(null, null, cancellation.Token))
                    {
                        Assert.Equal(50, part.Batch.RowCount);
                        part.Dispose();
                        if (left-- == 0)
                        {
                            await cancellation.CancelAsync();
                        }
                    }
                }
                catch (OperationCanceledException)
                {
                    // Cancelled in the middle, as wanted.
                }

                if (round % 5 == seed % 5)
                {
                    CollectGarbage();
                }
            }
        })));
    }

    private static async Task<List<Column[]>> ForgetBatchesAsync(byte[] content)
    {
        await using var reader = new GatedReader(content);
        await using var bridge = new NativeBridge("test");
        await using var file = await ParquetFileReader.OpenAsync(reader, "memory:///a", bridge, 300, default);
        var columns = new List<Column[]>();
        await foreach (var part in file.ReadAsync(null, null, default))
        {
            columns.Add([.. part.Batch.Columns]);
        }

        return columns;
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void ForgetWriter(Stream output)
    {
        using var batch = SampleColumns.Batch(5000, seed: 8);
        var writer = new ParquetFileWriter(output, FileField.Of(SampleColumns.Schema), ParquetWriterOptions.Default);
        writer.Write(batch);
    }

    private static void CollectGarbage()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> WriteAsync(ChangeBatch batch)
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        await using var output = await store.CreateAsync("memory:///a", default);
        using var writer = new ParquetFileWriter(output.Stream, FileField.Of(batch.Schema), SmallGroups);
        writer.Write(batch);
        writer.Close();
        await output.CompleteAsync(default);
        await using var reader = await store.OpenReadAsync("memory:///a", default);
        var content = new byte[reader.Size];
        await reader.ReadAsync(0, content, default);
        return content;
    }

    /// <summary>An object in memory whose reads can be held up, and are counted.</summary>
    private sealed class GatedReader(byte[] content) : IObjectReader
    {
        private readonly SemaphoreSlim _gate = new(0);
        private volatile bool _holds;
        private int _underWay;

        public long Size => content.Length;

        public string? LocalPath => null;

        public int ReadsUnderWay => Volatile.Read(ref _underWay);

        public void HoldReads() => _holds = true;

        public void LetReadsGo(int count) => _gate.Release(count);

        public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _underWay);
            try
            {
                await Task.Yield();
                if (_holds)
                {
                    await _gate.WaitAsync(cancellationToken);
                }

                content.AsSpan((int)offset, buffer.Length).CopyTo(buffer.Span);
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class CountingStream : MemoryStream
    {
        public long BytesWritten { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer) => BytesWritten += buffer.Length;

        public override void Write(byte[] buffer, int offset, int count) => BytesWritten += count;
    }
}

using Apache.Arrow;
using Apache.Arrow.Ipc;
using Arctic.Columnar.Arrow;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;
using Arctic.UnitTests.Columnar;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Storage.Parquet;

/// <summary>The native reader's batches come the same by both ways.</summary>
public sealed class ParquetBatchStreamTests
{
    private const string Location = "memory:///a";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_short_way_is_taken_for_the_types_that_we_write_and_gives_what_the_long_one_gives()
    {
        using var batch = SampleColumns.Batch(700, seed: 4);
        await using var reader = await WriteAsync(batch);
        var source = await ParquetSource.OpenAsync(reader, Location, Token);

        var direct = Rows(source, view => view, isDirect: true);
        var imported = Rows(source, view => new Veiled(view), isDirect: false);

        Assert.Equal(SampleColumns.Text(batch), direct);
        Assert.Equal(direct, imported);
    }

    [Fact]
    public async Task Released_batches_hold_no_native_memory_and_views_of_them_are_errors()
    {
        using var batch = SampleColumns.Batch(50, seed: 4);
        await using var reader = await WriteAsync(batch);
        using var file = new NativeParquetFile(await ParquetSource.OpenAsync(reader, Location, Token), 50);
        using var stream = new ParquetBatchStream(file.Read([0], null));

        var rows = stream.Next()!;
        var retained = rows.Lease.Retain();
        rows.Dispose();
        var text = SampleColumns.Text(rows); // the second holder keeps it
        retained.Release();

        Assert.Equal(SampleColumns.Text(batch), text);
        Assert.Throws<ObjectDisposedException>(() => SampleColumns.Text(rows));
        Assert.Null(stream.Next());
    }

    private static List<string> Rows(ParquetSource source, Func<IArrowArrayStream, IArrowArrayStream> veil, bool isDirect)
    {
        using var file = new NativeParquetFile(source, 64);
        using var stream = new ParquetBatchStream(veil(file.Read([.. Enumerable.Range(0, source.Footer.RowGroups.Count)], null)));
        Assert.Equal(isDirect, stream.IsDirect);
        var rows = new List<string>();
        while (stream.Next() is { } batch)
        {
            rows.AddRange(SampleColumns.Text(batch));
            batch.Dispose();
        }

        return rows;
    }

    private static async Task<IObjectReader> WriteAsync(Arctic.Columnar.ChangeBatch batch)
    {
        var store = new MemoryObjectStore(new FakeTimeProvider());
        await using var output = await store.CreateAsync(Location, Token);
        using var writer = new ParquetFileWriter(output.Stream, FileField.Of(SampleColumns.Schema), ParquetWriterOptions.Default with { RowGroupRowsMax = 300 });
        writer.Write(batch);
        writer.Close();
        await output.CompleteAsync(Token);
        return await store.OpenReadAsync(Location, Token);
    }

    private sealed class Veiled(IArrowArrayStream view) : IArrowArrayStream
    {
        public Schema Schema => view.Schema;

        public ValueTask<RecordBatch> ReadNextRecordBatchAsync(CancellationToken cancellationToken = default) => view.ReadNextRecordBatchAsync(cancellationToken);

        public void Dispose() => view.Dispose();
    }
}

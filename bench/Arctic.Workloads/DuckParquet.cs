using Arctic.DuckDb;
using Arctic.DuckDb.Native;

namespace Arctic.Workloads;

/// <summary>DuckDB reading Parquet files: the result is streamed, and every column of every chunk is there as a flat vector before the next is asked for.</summary>
internal sealed unsafe class DuckParquet : IDisposable
{
    private readonly DuckDatabase _database;
    private readonly DuckConnection _connection;
    private readonly string _files;

    public DuckParquet(int threads, IEnumerable<string> files)
    {
        _database = new DuckDatabase(new DuckDbOptions { Threads = threads, MemoryBytesMax = 8L << 30 });
        _connection = _database.Connect();
        _files = $"read_parquet([{string.Join(", ", files.Select(f => $"'{f}'"))}])";
    }

    /// <summary>Runs a query over the files and takes every vector.</summary>
    /// <param name="select">What stands before FROM.</param>
    /// <param name="where">What stands behind it.</param>
    /// <param name="columns">The columns of the result.</param>
    /// <returns>The number of rows.</returns>
    public long CountRows(string select, string where, int columns)
    {
        long rows = 0;
        Fetch(select, where, chunk =>
        {
            rows += (long)DuckNative.DataChunkGetSize(chunk);
            for (var column = 0; column < columns; column++)
            {
                if (DuckNative.VectorGetData(DuckNative.DataChunkGetVector(chunk, (ulong)column)) == null)
                {
                    throw new InvalidOperationException("A vector of DuckDB has no values.");
                }
            }
        });
        return rows;
    }

    /// <summary>Runs a query whose result is one row of BIGINTs.</summary>
    public long[] Numbers(string select, string where, int count)
    {
        var numbers = new long[count];
        Fetch(select, where, chunk =>
        {
            for (var i = 0; i < count; i++)
            {
                numbers[i] = *(long*)DuckNative.VectorGetData(DuckNative.DataChunkGetVector(chunk, (ulong)i));
            }
        });
        return numbers;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _database.Dispose();
    }

    private void Fetch(string select, string where, Action<nint> take)
    {
        if (DuckNative.Prepare(_connection.Handle, $"{select} FROM {_files} {where}", out var statement) != DuckNative.Success)
        {
            throw new InvalidOperationException(DuckNative.Text(DuckNative.PrepareError(statement)));
        }

        DuckNative.ExecutePreparedStreaming(statement, out var result);
        for (var chunk = DuckNative.FetchChunk(result); chunk != 0; chunk = DuckNative.FetchChunk(result))
        {
            take(chunk);
            DuckNative.DestroyDataChunk(ref chunk);
        }

        var error = DuckNative.Text(DuckNative.ResultError(ref result));
        DuckNative.DestroyResult(ref result);
        DuckNative.DestroyPrepare(ref statement);
        if (error.Length > 0)
        {
            throw new InvalidOperationException(error);
        }
    }
}

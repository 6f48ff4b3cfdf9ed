using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.DuckDb.Native;
using Arctic.DuckDb.Scanning;

namespace Arctic.DuckDb;

/// <summary>
/// One SELECT in DuckDB over inputs of ours. It runs on a thread of its own, beside DuckDB's, and hands batches over a bounded channel
/// (architecture, decision 14). Can be enumerated several times; each time it runs anew.
/// </summary>
/// <param name="Database">Where it runs.</param>
/// <param name="Sql">Names its inputs <c>$scan(0)</c>, <c>$scan(1)</c>, …; its columns are those of <paramref name="Schema"/> by <see cref="DuckColumnType"/>.</param>
/// <param name="Inputs">What it reads.</param>
/// <param name="Schema">What it gives.</param>
/// <param name="Threads">How many threads may read one input.</param>
internal sealed record DuckQuery(DuckDatabase Database, string Sql, IReadOnlyList<ScanInput> Inputs, RowSchema Schema, int Threads)
{
    /// <summary>What stands in the SQL for the name of the run's table function.</summary>
    public const string ScanName = "$scan";

    private const int BatchRowsMin = 8192;
    private const int QueueBatchesMax = 4;

    /// <summary>Runs the query.</summary>
    /// <returns>Insert-only batches that the caller disposes.</returns>
    /// <exception cref="ArcticException">What a reader threw; <see cref="ErrorCodes.ResourcesExhausted"/>: DuckDB ran out of memory.</exception>
    public async IAsyncEnumerable<ChangeBatch> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var connection = Database.Connect();
        var scans = BatchTableFunction.Register(connection, Database.NextName("arctic_scan"), Inputs, Threads, stop.Token);
        var channel = Channel.CreateBounded<ChangeBatch>(new BoundedChannelOptions(QueueBatchesMax) { SingleWriter = true, SingleReader = true });
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => RunThread(connection, scans, channel.Writer, done, stop.Token)) { IsBackground = true, Name = "duckdb query" };
        thread.Start();
        try
        {
            using (stop.Token.UnsafeRegister(static c => ((DuckConnection)c!).Interrupt(), connection))
            {
                await foreach (var batch in channel.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            // Whether it ended, failed or was left early: nothing of it is alive behind this.
            await stop.CancelAsync().ConfigureAwait(false);
            while (!done.Task.IsCompleted)
            {
                // An interrupt that comes before the query has begun is forgotten by DuckDB.
                connection.Interrupt();
                Drain(channel.Reader);
                await Task.WhenAny(done.Task, channel.Reader.WaitToReadAsync(CancellationToken.None).AsTask()).ConfigureAwait(false);
            }

            Drain(channel.Reader);
            await scans.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void RunThread(DuckConnection connection, BatchTableFunction scans, ChannelWriter<ChangeBatch> results, TaskCompletionSource done, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            Run(connection, scans, results, cancellationToken);
        }
        catch (Exception e)
        {
            failure = e;
        }

        results.Complete(failure);
        done.SetResult();
    }

    private unsafe void Run(DuckConnection connection, BatchTableFunction scans, ChannelWriter<ChangeBatch> results, CancellationToken cancellationToken)
    {
        nint statement = 0;
        DuckResult result = default;
        try
        {
            if (DuckNative.Prepare(connection.Handle, Sql.Replace(ScanName, scans.Name, StringComparison.Ordinal), out statement) != DuckNative.Success)
            {
                Throw(scans, DuckNative.Text(DuckNative.PrepareError(statement)), cancellationToken);
            }

            if (DuckNative.ExecutePreparedStreaming(statement, out result) != DuckNative.Success)
            {
                Throw(scans, DuckNative.Text(DuckNative.ResultError(ref result)), cancellationToken);
            }

            Fetch(ref result, scans, results, cancellationToken);
        }
        finally
        {
            DuckNative.DestroyResult(ref result);
            DuckNative.DestroyPrepare(ref statement);
        }
    }

    private unsafe void Fetch(ref DuckResult result, BatchTableFunction scans, ChannelWriter<ChangeBatch> results, CancellationToken cancellationToken)
    {
        var reader = new VectorReader(Schema);
        while (true)
        {
            var chunk = DuckNative.FetchChunk(result);
            if (chunk == 0)
            {
                break;
            }

            reader.Append(chunk);
            DuckNative.DestroyDataChunk(ref chunk);
            if (reader.RowCount >= BatchRowsMin)
            {
                Write(results, reader.Build(), cancellationToken);
            }
        }

        // A null chunk is the end, or an error that only the result tells of.
        var error = DuckNative.Text(DuckNative.ResultError(ref result));
        if (error.Length > 0)
        {
            Throw(scans, error, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (reader.RowCount > 0)
        {
            Write(results, reader.Build(), cancellationToken);
        }
    }

    private static void Write(ChannelWriter<ChangeBatch> results, ChangeBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            if (!results.TryWrite(batch))
            {
                // This thread is the query's own: it may wait.
                results.WriteAsync(batch, cancellationToken).AsTask().GetAwaiter().GetResult();
            }
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private void Throw(BatchTableFunction scans, string error, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        scans.ThrowFailure();
        throw error.StartsWith("Out of Memory", StringComparison.Ordinal)
            ? new ArcticException(ErrorCodes.ResourcesExhausted, $"The query needs more memory than it may use. DuckDB says: {error}") { Hint = "Raise 'arctic.batch.memory-limit', or read fewer rows and columns." }
            : new ArcticException(ErrorCodes.Internal, $"DuckDB failed on \"{Sql}\": {error}");
    }

    private static void Drain(ChannelReader<ChangeBatch> reader)
    {
        while (reader.TryRead(out var batch))
        {
            batch.Dispose();
        }
    }
}

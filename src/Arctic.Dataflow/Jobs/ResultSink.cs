using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs;

/// <summary>The sink of a SELECT: hands the job's batches to one reader, who slows the job down by reading slowly and ends it by stopping to read.</summary>
/// <remarks>For jobs without recovery: a restart would show rows twice.</remarks>
public sealed class ResultSink : ISink
{
    private readonly Channel<ChangeBatch> _batches;

    /// <summary>Makes the sink of one job.</summary>
    /// <param name="schema">The rows' schema.</param>
    /// <param name="queueBatchesMax">The batches that wait for the reader before the job has to; at least 1.</param>
    public ResultSink(RowSchema schema, int queueBatchesMax = 4)
    {
        Schema = schema;
        _batches = Channel.CreateBounded<ChangeBatch>(new BoundedChannelOptions(queueBatchesMax) { SingleReader = true });
    }

    /// <inheritdoc/>
    public RowSchema Schema { get; }

    /// <inheritdoc/>
    public IRowPartitioner? Partitioner => null;

    /// <summary>One writer: the order of an ORDER BY is kept.</summary>
    public int? Parallelism => 1;

    /// <inheritdoc/>
    public ISinkWriter CreateWriter(SinkContext context) => new Writer(_batches.Writer);

    /// <inheritdoc/>
    public ICommitter? CreateCommitter(SinkContext context) => null;

    /// <summary>
    /// The results of a job that ends in this sink, once. Each batch is valid until the next is asked for. Leaving the loop early cancels the job; a failing job's error is thrown
    /// behind the rows that it sent. The job has ended when the loop has.
    /// </summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(IJob job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var ending = CloseAtEndAsync(job);
        try
        {
            while (await _batches.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                while (_batches.Reader.TryRead(out var batch))
                {
                    using (batch)
                    {
                        yield return batch;
                    }
                }
            }

            await job.Completion.ConfigureAwait(false);
        }
        finally
        {
            if (!job.Completion.IsCompleted)
            {
                await job.CancelAsync().ConfigureAwait(false);
            }

            await ending.ConfigureAwait(false);
            while (_batches.Reader.TryRead(out var unread))
            {
                unread.Dispose();
            }
        }
    }

    private async Task CloseAtEndAsync(IJob job)
    {
        // The error is thrown to the reader by ReadAsync, which awaits the job itself.
        await job.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _batches.Writer.TryComplete();
    }

    private sealed class Writer(ChannelWriter<ChangeBatch> batches) : ISinkWriter
    {
        public async ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            try
            {
                await batches.WriteAsync(batch, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                batch.Dispose();
                throw;
            }
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => ValueTask.FromResult<Committable?>(null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

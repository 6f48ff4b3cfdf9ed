using Arctic.Columnar;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.Blackhole;

/// <summary>Takes every row and keeps none.</summary>
internal sealed class BlackholeConnector : ISinkConnector
{
    public string Name => "blackhole";

    public ISink CreateSink(TableConnectorContext context)
    {
        ConnectorOptions.Read<ConnectorOptions>(context);
        return new Sink(context.Schema);
    }

    private sealed class Sink(RowSchema schema) : ISink
    {
        public RowSchema Schema => schema;

        public IRowPartitioner? Partitioner => null;

        public int? Parallelism => null;

        public ISinkWriter CreateWriter(SinkContext context) => new Writer();

        public ICommitter? CreateCommitter(SinkContext context) => null;
    }

    private sealed class Writer : ISinkWriter
    {
        public ValueTask WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
        {
            batch.Dispose();
            return ValueTask.CompletedTask;
        }

        public ValueTask<Committable?> PrepareCommitAsync(CheckpointId checkpoint, CancellationToken cancellationToken) => new((Committable?)null);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

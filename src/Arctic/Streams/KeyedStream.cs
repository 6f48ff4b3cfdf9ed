using Arctic.Dataflow.Graph;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Iceberg.Mapping;
using Arctic.Sql.Physical;

namespace Arctic.Streams;

/// <summary>A stream whose rows of one key come to one subtask, in their order. Keys are equal when the columns that they would be in a table are.</summary>
public sealed class KeyedStream<TKey, T>
{
    private readonly DataStream<T> _stream;
    private readonly Func<T, TKey> _keyOf;

    internal KeyedStream(DataStream<T> stream, Func<T, TKey> keyOf) => (_stream, _keyOf) = (stream, keyOf);

    /// <summary>Processes the rows with state and timers of each key, which are part of the job's checkpoints and can be restored at another parallelism.</summary>
    /// <param name="create">Makes the function of one subtask; called once more while the job is drawn.</param>
    /// <param name="name">What the step does, in plans and messages.</param>
    public DataStream<TResult> Process<TResult>(Func<KeyedProcessFunction<TKey, T, TResult>> create, string name)
    {
        _stream.AddReader();
        return new DataStream<TResult>(_stream.Environment, new ProcessNode<TResult>(_stream, _keyOf, create, name), $"the results of '{name}'");
    }

    private sealed class ProcessNode<TResult>(DataStream<T> stream, Func<T, TKey> keyOf, Func<KeyedProcessFunction<TKey, T, TResult>> create, string name) : StreamNode
    {
        public override async Task<DrawnStream> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
        {
            var (drawn, createReader, steps) = await stream.DrawAsync(drawing, cancellationToken).ConfigureAwait(false);
            var keying = $"{(steps.Length == 0 ? "" : steps + " -> ")}KeyBy({MemberType.NameOf(typeof(TKey))})";
            var input = drawn.Vertex.With(keying, () => new KeyingOperator<TKey, T>(keying, createReader(), keyOf));
            var options = drawing.Options;
            var partitioner = new KeyGroupPartitioner(KeyedRecords.SchemaOf<TKey, T>(), KeyedRecords.KeyColumnsOf<TKey>(), options.MaxParallelism);
            var schema = RowMapping<TResult>.NaturalSchema;
            var results = RowMapping<TResult>.Of(schema, MappingUse.Write, $"the results of '{name}'");
            TimeSpan? ttl = options.StateTtl > TimeSpan.Zero ? options.StateTtl : null;
            KeyedProcessOperator<TKey, T, TResult> Create() => new(name, new(), create(), results, schema, options.MaxParallelism, drawing.StateBudget, ttl);

            // Made once here, so that a state of a type that has no columns is told of before the job starts.
            await Create().DisposeAsync().ConfigureAwait(false);
            var vertex = drawing.Add(new VertexDraft { Parallelism = options.DefaultParallelism, IsSingle = false, Inputs = { (input, 0, new ExchangeKind.Partitioned(partitioner)) } });
            return new DrawnStream(vertex.With($"Process({name})", Create), schema, create().ResultMode);
        }
    }
}

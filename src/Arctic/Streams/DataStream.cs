using Arctic.Columnar.Types;
using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Operators;
using Arctic.Iceberg.Mapping;

namespace Arctic.Streams;

/// <summary>
/// Records on their way through a job. Nothing runs before the job is started: each method returns another stream, and a stream can be read by several steps. Functions run in parallel
/// subtasks, one row at a time, and once more after a restart for rows that were not committed: they must not change what they share.
/// </summary>
/// <typeparam name="T">A record, class or struct whose properties are columns, or a value of one column.</typeparam>
public sealed class DataStream<T>
{
    private readonly StreamEnvironment _environment;
    private readonly StreamNode _node;
    private readonly Func<RowSchema, RowReader<T>> _createReader;
    private readonly Func<ChangelogMode, ChangelogMode> _modeOf;
    private readonly IReadOnlyList<string> _steps;

    internal DataStream(StreamEnvironment environment, StreamNode node, string owner)
        : this(environment, node, schema => new DecodingReader<T>(RowMapping<T>.Of(schema, MappingUse.Read, owner)), mode => mode, [])
    {
    }

    private DataStream(StreamEnvironment environment, StreamNode node, Func<RowSchema, RowReader<T>> createReader, Func<ChangelogMode, ChangelogMode> modeOf, IReadOnlyList<string> steps) =>
        (_environment, _node, _createReader, _modeOf, _steps) = (environment, node, createReader, modeOf, steps);

    /// <summary>Keeps the rows for which the predicate holds. Of an update it may keep one half alone: the row has come into view then, or gone out of it.</summary>
    /// <param name="name">What the step does, in plans and messages; a job is found again after a restart only by the same names.</param>
    public DataStream<T> Filter(Func<T, bool> predicate, string? name = null) =>
        Then<T>(name ?? "Filter", read => new FilteringReader<T>(read, predicate));

    /// <summary>Makes one row of each, of its kind.</summary>
    /// <inheritdoc cref="Filter"/>
    public DataStream<TResult> Map<TResult>(Func<T, TResult> map, string? name = null) =>
        Then(name ?? $"Map({MemberType.NameOf(typeof(TResult))})", read => new MappingReader<T, TResult>(read, map));

    /// <summary>Makes any number of rows of each, of its kind.</summary>
    /// <inheritdoc cref="Filter"/>
    public DataStream<TResult> FlatMap<TResult>(Func<T, IEnumerable<TResult>> map, string? name = null) =>
        Then(name ?? $"FlatMap({MemberType.NameOf(typeof(TResult))})", read => new FlatteningReader<T, TResult>(read, map));

    /// <summary>Runs an operator over batches of columns: no record is made, unless steps over records stand in front.</summary>
    /// <param name="output">The columns that the operator gives; of the kinds that come.</param>
    /// <param name="create">Makes the operator of one subtask, given the columns that come: those of the source, or behind steps over records the properties.</param>
    /// <param name="name">What the step does, in plans and messages.</param>
    /// <typeparam name="TResult">What the columns are to the steps behind.</typeparam>
    public DataStream<TResult> Transform<TResult>(RowSchema output, Func<RowSchema, StreamOperator> create, string name)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(create);
        AddReader();
        return new DataStream<TResult>(_environment, new TransformNode<T>(this, name, output, create), $"the step '{name}'");
    }

    /// <summary>The changes themselves as rows, which only come: for functions that must know of which kind a row is.</summary>
    public DataStream<Change<T>> AsChanges() => Then("AsChanges", read => new ChangesReader<T>(read), _ => ChangelogMode.Insert);

    /// <summary>Brings the rows of one key together.</summary>
    /// <param name="keyOf">A value, or a record of several. Must give the same key for the same row each time, and for a <c>-U</c> and <c>-D</c> that of the row that they take back.</param>
    public KeyedStream<TKey, T> KeyBy<TKey>(Func<T, TKey> keyOf) => new(this, keyOf);

    /// <summary>Derives event time from the rows: a watermark follows the greatest time that has come, by the delay that rows may be late. It goes through every step behind this one.</summary>
    /// <param name="timeOf">The time of a row.</param>
    /// <param name="delay">How far rows may be out of order; later ones are late.</param>
    /// <param name="name">What the step does, in plans and messages.</param>
    public DataStream<T> AssignTimestampsAndWatermarks(Func<T, DateTimeOffset> timeOf, TimeSpan delay, string name = "Watermarks")
    {
        AddReader();
        return new DataStream<T>(_environment, new WatermarkNode<T>(this, name, timeOf, delay), name);
    }

    /// <summary>
    /// Runs an operator of the caller's over the rows in columns, a batch at a time and without objects: for what must be fast. It gets the columns that <typeparamref name="T"/> has as a new table
    /// (<see cref="Columns"/>) and emits those of <typeparamref name="TResult"/>. Straight behind a table, query or source with just these columns no record is made.
    /// </summary>
    /// <param name="create">Makes the operator of one subtask.</param>
    /// <param name="name">What the step does, in plans and messages.</param>
    /// <param name="mode">The kinds that it emits.</param>
    public DataStream<TResult> Transform<TResult>(Func<StreamOperator> create, string name, ChangelogMode mode = ChangelogMode.Insert)
    {
        AddReader();
        return new DataStream<TResult>(_environment, new TransformNode<T, TResult>(this, name, create, mode), $"the results of '{name}'");
    }

    /// <summary>The columns that the rows have between steps.</summary>
    public RowSchema Columns { get; } = RowMapping<T>.NaturalSchema;

    /// <summary>The rows of both streams, in no order between them. Where rows may be taken back, they meet in one subtask.</summary>
    public DataStream<T> Union(DataStream<T> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        AddReader();
        other.AddReader();
        return new DataStream<T>(_environment, new UnionNode<T>(this, other), "the union");
    }

    /// <summary>Ends the stream in a table, whose columns are found by the names of the properties; the table's other columns are NULL. Rows are seen once the checkpoint behind them is committed.</summary>
    /// <param name="table">The name as SQL has it: <c>lake.shop.totals</c>.</param>
    /// <param name="options">How it is written; null appends.</param>
    /// <returns>The job, to be given other streams or to be started.</returns>
    public StreamEnvironment SinkTo(string table, TableSinkOptions? options = null) => End(new TableEnd<T>(this, table, options ?? new()));

    /// <summary>Ends the stream in a sink of the caller's.</summary>
    /// <param name="name">What the sink is, in plans; its id in commits is made of it.</param>
    /// <returns>The job, to be given other streams or to be started.</returns>
    public StreamEnvironment SinkTo(ISink sink, string name) => End(new SinkEnd<T>(this, name, _ => sink));

    /// <summary>Ends the stream in a connector.</summary>
    /// <param name="options">As <c>WITH (…)</c> takes them, <c>connector</c> included.</param>
    /// <param name="name">What the sink is, in plans.</param>
    /// <returns>The job, to be given other streams or to be started.</returns>
    public StreamEnvironment SinkToConnector(IReadOnlyDictionary<string, string> options, string name) =>
        End(new SinkEnd<T>(this, name, context => ConnectorUse.CreateSink(context, name, RowMapping<T>.NaturalSchema, options)));

    /// <summary>Runs a job of this stream alone, without checkpoints, and gives its rows as they come. Leaving the loop ends the job.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>INVALID_STATEMENT</c>: rows may be taken back, which only <see cref="CollectChangesAsync"/> can tell; the job failed.</exception>
    public IAsyncEnumerable<T> CollectAsync(CancellationToken cancellationToken = default) => _environment.CollectAsync(this, cancellationToken);

    /// <summary>As <see cref="CollectAsync"/>, with the kinds of the rows.</summary>
    public IAsyncEnumerable<Change<T>> CollectChangesAsync(CancellationToken cancellationToken = default) => AsChanges().CollectAsync(cancellationToken);

    internal StreamEnvironment Environment => _environment;

    /// <summary>Another stream of the same node.</summary>
    internal DataStream<TResult> Then<TResult>(string name, Func<RowReader<T>, RowReader<TResult>> step, Func<ChangelogMode, ChangelogMode>? modeOf = null) =>
        new(_environment, _node, schema => step(_createReader(schema)), modeOf is null ? _modeOf : mode => modeOf(_modeOf(mode)), [.. _steps, name]);

    /// <summary>Tells that a step will read the stream.</summary>
    internal void AddReader() => _node.ReaderCount++;

    /// <summary>Where the rows come, and what makes records of them: for steps that go on with records.</summary>
    internal async Task<(DrawnStream Stream, Func<RowReader<T>> CreateReader, string Steps)> DrawAsync(StreamDrawing drawing, CancellationToken cancellationToken)
    {
        var drawn = await drawing.ReadAsync(_node, cancellationToken).ConfigureAwait(false);

        // Made once here, so that a type that does not fit is told of before the job starts.
        _ = _createReader(drawn.Schema);
        return (drawn with { Mode = _modeOf(drawn.Mode) }, () => _createReader(drawn.Schema), string.Join(" -> ", _steps));
    }

    /// <summary>The rows in columns: as the node gives them where no step has made records of them.</summary>
    internal async Task<DrawnStream> DrawColumnsAsync(StreamDrawing drawing, string owner, CancellationToken cancellationToken) => _steps.Count == 0
        ? await drawing.ReadAsync(_node, cancellationToken).ConfigureAwait(false)
        : await DrawAsync(drawing, RowMapping<T>.NaturalSchema, owner, cancellationToken).ConfigureAwait(false);

    /// <summary>The rows in columns of a schema.</summary>
    internal async Task<DrawnStream> DrawAsync(StreamDrawing drawing, RowSchema schema, string owner, CancellationToken cancellationToken)
    {
        var (drawn, createReader, steps) = await DrawAsync(drawing, cancellationToken).ConfigureAwait(false);
        var mapping = RowMapping<T>.Of(schema, MappingUse.Write, owner);
        var name = steps.Length == 0 ? $"Records({MemberType.NameOf(typeof(T))})" : steps;

        // Where nothing asks for records and the columns are there, they pass; as a step of the same name, so that a table may get another column without the plan being another.
        StreamOperator Create() => HasColumns(drawn.Schema, schema) ? new RenameOperator(schema) : new RecordOperator<T>(name, createReader(), mapping, schema);
        return drawn with { Vertex = drawn.Vertex.With(name, Create), Schema = schema };
    }

    private bool HasColumns(RowSchema from, RowSchema to) =>
        _steps.Count == 0 && from.Count == to.Count && from.Fields.Zip(to.Fields).All(p => p.First.Name == p.Second.Name && p.First.Type.Equals(p.Second.Type));

    private StreamEnvironment End(StreamEnd end)
    {
        AddReader();
        return _environment.Add(end);
    }
}

/// <summary>Streams of changes.</summary>
public static class ChangeStreams
{
    /// <summary>The reverse of <see cref="DataStream{T}.AsChanges"/>: rows of the kinds that they say.</summary>
    /// <param name="mode">The kinds that come; what is written into a table without a primary key may be inserts alone.</param>
    public static DataStream<T> ToChangelog<T>(this DataStream<Change<T>> changes, ChangelogMode mode = ChangelogMode.All)
    {
        ArgumentNullException.ThrowIfNull(changes);
        return changes.Then("ToChangelog", read => new ChangelogReader<T>(read, mode), _ => mode);
    }
}

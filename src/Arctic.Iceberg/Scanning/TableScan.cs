using System.Globalization;
using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// A read of one snapshot of a table: columns, rows, and the plan of files that hold them. Immutable: each refinement gives another scan. Nothing is read
/// before <see cref="PlanAsync"/> or <see cref="ReadAsync"/>.
/// </summary>
public sealed partial record TableScan
{
    // Parts are row groups, or several small ones: the finest that can be read on its own.
    private const long PartBytesTarget = 8 << 20;

    private readonly IObjectStore _store;
    private readonly TableMetadata _metadata;
    private IReadOnlyList<NestedField>? _columns;
    private Expression? _filter;

    /// <summary>A scan of all rows and columns of the current snapshot.</summary>
    internal TableScan(IObjectStore store, TableMetadata metadata)
    {
        (_store, _metadata) = (store, metadata);
        Snapshot = metadata.CurrentSnapshot;
        Schema = metadata.CurrentSchema;
    }

    /// <summary>The snapshot; null when the table has none, which has no rows.</summary>
    public Snapshot? Snapshot { get; private init; }

    /// <summary>All columns that can be asked for. A scan of the current snapshot or of a branch has the current schema, another its snapshot's.</summary>
    public Schema Schema { get; private init; }

    /// <summary>Columns whose metrics tasks carry beside those of the filter, by id; empty for none, null for all.</summary>
    public IReadOnlyCollection<int>? MetricFieldIds { get; init; } = [];

    /// <summary>The most rows of a batch.</summary>
    public int BatchRowsMax { get; init => field = ScanOption.AtLeastOne(value, nameof(BatchRowsMax)); } = 32768;

    /// <summary>What the filter's evaluation depends on.</summary>
    public EvaluationSettings Evaluation { get; init; } = EvaluationSettings.Default;

    /// <summary>The readers that work at once, each on a thread of the pool; 1 reads and decodes where the consumer asks for the next batch.</summary>
    public int ReadersMax { get; init => field = ScanOption.AtLeastOne(value, nameof(ReadersMax)); } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>The order of the rows.</summary>
    public ScanOrder Order { get; init; } = ScanOrder.Files;

    /// <summary>The memory, in bytes, of batches that several readers have read ahead of the consumer.</summary>
    public long ReadAheadBytesMax { get; init; } = 64 << 20;

    /// <summary>The columns of the result.</summary>
    public IReadOnlyList<NestedField> Columns => _columns ?? Schema.Fields;

    /// <summary>The schema of the result.</summary>
    public RowSchema OutputSchema => new(Columns.Select(TypeMapping.ToField));

    /// <summary>Reads an earlier snapshot.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: the table does not have it (any more); <c>INVALID_STATEMENT</c>: a filter was set before, on a column that was another then.</exception>
    public TableScan AtSnapshot(long snapshotId) => At(
        _metadata.FindSnapshot(snapshotId) ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}' has no snapshot {snapshotId}; it may have expired."));

    /// <summary>Reads a branch or tag.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>; <c>INVALID_STATEMENT</c> as of <see cref="AtSnapshot"/>.</exception>
    public TableScan AtRef(string name)
    {
        var snapshot = _metadata.FindSnapshot(name) ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}' has no branch or tag '{name}'.")
        {
            Hint = NameSuggestion.For(name, _metadata.Refs.Keys),
        };
        return _metadata.Refs[name].Type == SnapshotRefType.Branch ? At(snapshot, _metadata.CurrentSchema) : At(snapshot);
    }

    /// <summary>Reads what was current at a time.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: the table had no snapshot then, or none that is kept; <c>INVALID_STATEMENT</c> as of <see cref="AtSnapshot"/>.</exception>
    public TableScan AsOf(DateTimeOffset time)
    {
        var millis = time.ToUnixTimeMilliseconds();
        var entry = _metadata.SnapshotLog.Where(e => e.TimestampMs <= millis).OrderBy(e => e.TimestampMs).LastOrDefault();
        return _metadata.FindSnapshot(entry.SnapshotId) is { } snapshot
            ? At(snapshot)
            : throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}' has no snapshot as old as {time:O}.");
    }

    /// <summary>Chooses columns of the schema, in this order.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    public TableScan Select(params IEnumerable<string> names) => Select(names.Select(n => Find(n ?? throw new ArgumentNullException(nameof(names), "A column's name is null."))).ToArray());

    /// <summary>Chooses columns: the schema's, <see cref="MetadataColumns"/>, or others that files hold under their id.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: a column that only a scan of changes can tell.</exception>
    public TableScan Select(IReadOnlyList<NestedField> columns) => columns.FirstOrDefault(c => MetadataColumns.IsOfChanges(c.Id)) is { } column
        ? throw new ArcticException(ErrorCodes.InvalidStatement, $"The column '{column.Name}' says what changes did to a row; only a scan of changes has it.")
        : this with { _columns = columns };

    /// <summary>Keeps only rows for which the filter is TRUE; several calls narrow further.</summary>
    /// <param name="filter">BOOLEAN; column references are indices into <see cref="Schema"/>, whatever columns are chosen.</param>
    public TableScan Where(Expression filter) =>
        this with { _filter = _filter is null ? filter : ScalarFunctions.And.Bind([_filter, filter]) };

    /// <summary>Finds the files to read: manifests by their partition ranges, then files by partition and bounds, then the deletes of each.</summary>
    public async ValueTask<ScanPlan> PlanAsync(CancellationToken cancellationToken = default)
    {
        if (Snapshot is null)
        {
            return ScanPlan.Empty;
        }

        var manifests = await ManifestListReader.ReadAsync(_store, Snapshot, cancellationToken).ConfigureAwait(false);
        return await Planner().PlanAsync(manifests, static _ => true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plans as <see cref="PlanAsync"/> does, and gives each file when it is found: planning keeps only a few manifests ahead of the consumer.</summary>
    public async IAsyncEnumerable<FileScanTask> PlanTasksAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Snapshot is null)
        {
            yield break;
        }

        var manifests = await ManifestListReader.ReadAsync(_store, Snapshot, cancellationToken).ConfigureAwait(false);
        await foreach (var task in Planner().StreamAsync(manifests, static _ => true, new PlanCounts(), cancellationToken).ConfigureAwait(false))
        {
            yield return task;
        }
    }

    /// <summary>Plans pieces of about equal work: large files are cut at their row groups, small ones gathered (<c>read.split.*</c>).</summary>
    public IAsyncEnumerable<ScanTaskGroup> PlanGroupsAsync(CancellationToken cancellationToken = default) =>
        SplitPlanner.GroupAsync(PlanTasksAsync(cancellationToken), SplitOptions.Of(_metadata.Properties), cancellationToken);

    /// <summary>A reader of the planned files; dispose it. One for each task that reads.</summary>
    public ScanReader CreateReader() => CreateReader(DecodePlace.OwnThread);

    /// <summary>Plans and reads all rows: by <see cref="ReadersMax"/> readers at once, in the order that <see cref="Order"/> says.</summary>
    /// <returns>Batches that the consumer disposes.</returns>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Made anew for each enumeration.
        var batches = ReadersMax > 1 ? ReadTogether(cancellationToken) : ReadAloneAsync(cancellationToken);
        await foreach (var batch in batches.ConfigureAwait(false))
        {
            yield return batch;
        }
    }

    private IAsyncEnumerable<ChangeBatch> ReadTogether(CancellationToken cancellationToken)
    {
        var request = RequestOf(DecodePlace.Consumer);
        var keys = new KeySets(_metadata, Schema, request.DeleteKeyBytesMax);
        var scan = new ParallelScan<ScanReader, FileScanTask>(
            () => new ScanReader(_store, _metadata, request, keys), static (reader, part, stop) => reader.ReadAsync(part, stop), ReadersMax, ReadAheadBytesMax)
        {
            // Keys that are too many to stay are loaded by one reader, in the order of the plan: several would drop each other's.
            IsSerial = part => KeySets.AreNeededFor(part) && !keys.TryReserve(part),
            CreateSerialReader = () => new ScanReader(_store, _metadata, request),
        };
        return scan.ReadAsync(SplitPlanner.SplitAsync(PlanTasksAsync(cancellationToken), PartBytesTarget, cancellationToken), Order, cancellationToken);
    }

    private async IAsyncEnumerable<ChangeBatch> ReadAloneAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = CreateReader(DecodePlace.Consumer);
        await using var _ = reader.ConfigureAwait(false);
        await foreach (var task in PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            await foreach (var batch in reader.ReadAsync(task, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    private ScanReader CreateReader(DecodePlace decoding) => new(_store, _metadata, RequestOf(decoding));

    private ScanReadRequest RequestOf(DecodePlace decoding) =>
        new() { Schema = Schema, Columns = Columns, Filter = _filter, Evaluation = Evaluation, BatchRowsMax = BatchRowsMax, Decoding = decoding };

    private ScanPlanner Planner() => new(_store, _metadata, Schema, new PredicateBuilder(Schema).Build(_filter), MetricFieldIds);

    private TableScan At(Snapshot snapshot) => At(snapshot, _metadata.SchemaOf(snapshot));

    private TableScan At(Snapshot snapshot, Schema schema) => this with { Snapshot = snapshot, Schema = schema, _filter = ColumnShift.Carry(_filter, Schema, schema) };

    // For messages: why a column that the table has now is unknown.
    private string SchemaOfItsTime => Snapshot is { } snapshot && Schema.SchemaId != _metadata.CurrentSchemaId
        ? string.Create(CultureInfo.InvariantCulture, $", as it was at snapshot {snapshot.SnapshotId} with the schema of that time,")
        : "";

    private NestedField Find(string name) =>
        Schema.Fields.FirstOrDefault(f => f.Name == name) ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}'{SchemaOfItsTime} has no column '{name}'.")
        {
            Hint = NameSuggestion.For(name, Schema.Fields.Select(f => f.Name)),
        };
}

using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// A read of the rows that commits added (<c>+I</c>) and removed (<c>-D</c>), whatever way they did it: new files, rewritten files, deletes by position or by value. Commits that only
/// rewrite (<c>replace</c>) change nothing. Immutable: each refinement gives another scan.
/// </summary>
public sealed partial record ChangeScan
{
    private readonly IObjectStore _store;
    private readonly TableMetadata _metadata;
    private IReadOnlyList<NestedField>? _columns;
    private Expression? _filter;

    internal ChangeScan(IObjectStore store, TableMetadata metadata)
    {
        (_store, _metadata) = (store, metadata);
        ToSnapshotId = metadata.CurrentSnapshotId;
    }

    /// <summary>The snapshot whose state the changes begin at; its own changes are left out. Null for the empty table before the first commit.</summary>
    public long? FromSnapshotId { get; private init; }

    /// <summary>The snapshot whose changes are the last; null when the table has none.</summary>
    public long? ToSnapshotId { get; private init; }

    /// <summary>All columns that can be asked for: those of the last snapshot, under which the rows of every commit are read.</summary>
    public Schema Schema => ToSnapshotId is { } id && id != _metadata.CurrentSnapshotId && _metadata.FindSnapshot(id) is { } last ? _metadata.SchemaOf(last) : _metadata.CurrentSchema;

    /// <summary>The columns of the result.</summary>
    public IReadOnlyList<NestedField> Columns => _columns ?? Schema.Fields;

    /// <summary>The schema of the result.</summary>
    public RowSchema OutputSchema => new(Columns.Select(TypeMapping.ToField));

    /// <summary>
    /// Whether rows that one commit removes and adds again, as copy-on-write does with all rows of a file, come as such pairs. By default they are left out, which keeps the added rows of a
    /// commit in memory while its removed ones are read.
    /// </summary>
    public bool KeepsUnchangedRows { get; init; }

    /// <summary>Whether only the rows of appends come, and every other commit is passed over: what a reader wants that takes new rows and never removes one.</summary>
    public bool AppendsOnly { get; init; }

    /// <summary>The most rows of a batch.</summary>
    public int BatchRowsMax { get; init => field = ScanOption.AtLeastOne(value, nameof(BatchRowsMax)); } = 32768;

    /// <summary>The most memory for added rows of one commit, and as much again for keys of equality deletes.</summary>
    public long MemoryBytesMax { get; init; } = 1L << 30;

    /// <summary>The readers that work at once on the files of one commit; 1 reads them one after the other. The order of the rows is the same.</summary>
    public int ReadersMax { get; init => field = ScanOption.AtLeastOne(value, nameof(ReadersMax)); } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>The memory, in bytes, of batches that several readers have read ahead of the consumer.</summary>
    public long ReadAheadBytesMax { get; init; } = 64 << 20;

    /// <summary>What the filter's evaluation depends on.</summary>
    public EvaluationSettings Evaluation { get; init; } = EvaluationSettings.Default;

    /// <summary>Begins after a snapshot.</summary>
    public ChangeScan After(long snapshotId) => this with { FromSnapshotId = snapshotId };

    /// <summary>Ends with a snapshot.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: a filter was set before, on a column that was another then.</exception>
    public ChangeScan UpTo(long snapshotId)
    {
        var scan = this with { ToSnapshotId = snapshotId };
        scan._filter = ColumnShift.Carry(_filter, Schema, scan.Schema);
        return scan;
    }

    /// <summary>Chooses columns of the schema, in this order.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>.</exception>
    public ChangeScan Select(params IEnumerable<string> names) => Select(names.Select(n => Find(n ?? throw new ArgumentNullException(nameof(names), "A column's name is null."))).ToArray());

    /// <summary>Chooses columns: the schema's, or <see cref="MetadataColumns"/>, among them those that tell the commit of a change.</summary>
    public ChangeScan Select(IReadOnlyList<NestedField> columns) => this with { _columns = columns };

    /// <summary>Keeps only changes of rows for which the filter is TRUE; several calls narrow further.</summary>
    /// <param name="filter">BOOLEAN; column references are indices into <see cref="Schema"/>, whatever columns are chosen.</param>
    public ChangeScan Where(Expression filter) => this with { _filter = _filter is null ? filter : ScalarFunctions.And.Bind([_filter, filter]) };

    /// <summary>Reads the changes commit by commit, oldest first; of each commit the removed rows first.</summary>
    /// <returns>Batches of one commit each, with kinds <c>+I</c> and <c>-D</c>; the consumer disposes each.</returns>
    /// <exception cref="ArcticException">
    /// <c>UNKNOWN_NAME</c>: the first snapshot is no ancestor of the last, or a snapshot between them has expired; <c>RESOURCES_EXHAUSTED</c>: a commit is larger than the memory;
    /// <c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>, <c>FORMAT_UNSUPPORTED</c>, <c>EVALUATION_FAILED</c>.
    /// </exception>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (ToSnapshotId is not { } to)
        {
            yield break;
        }

        if (_metadata.FindSnapshot(to) is null)
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}' has no snapshot {to}; it may have expired.");
        }

        var commits = IncrementalAppendScan.SnapshotsBetween(_metadata, FromSnapshotId, to);
        if (FromSnapshotId is null && commits[0].ParentSnapshotId is { } expired)
        {
            throw new ArcticException(
                ErrorCodes.UnknownName, $"Cannot read all changes of table '{_metadata.Location}': its snapshots up to {expired} have expired. Begin after that one, or with a full scan.");
        }

        var request = new ScanReadRequest
        {
            Schema = Schema,
            Columns = Columns,
            Filter = _filter,
            Evaluation = Evaluation,
            BatchRowsMax = BatchRowsMax,
            DeleteKeyBytesMax = MemoryBytesMax,
        };
        var planner = new ChangePlanner(_store, _metadata, Schema, new PredicateBuilder(Schema).Build(_filter));
        var reader = new ChangeReader(_store, _metadata, request, ReadersMax, ReadAheadBytesMax);
        await using var _ = reader.ConfigureAwait(false);
        var ordinal = 0;
        foreach (var snapshot in commits.Where(IsWanted))
        {
            var commit = await planner.PlanAsync(snapshot, cancellationToken).ConfigureAwait(false);
            var changes = KeepsUnchangedRows || !commit.MayCarryRows
                ? reader.ReadAsync(commit, new ChangeOrigin(ordinal, snapshot.SnapshotId), cancellationToken)
                : new NetChanges(reader, commit, new ChangeOrigin(ordinal, snapshot.SnapshotId), MemoryBytesMax).ReadAsync(cancellationToken);
            await foreach (var batch in changes.ConfigureAwait(false))
            {
                yield return batch;
            }

            ordinal++;
        }
    }

    private bool IsWanted(Snapshot snapshot) => AppendsOnly ? snapshot.Operation == "append" : snapshot.Operation != "replace";

    private NestedField Find(string name) =>
        Schema.Fields.FirstOrDefault(f => f.Name == name) ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{_metadata.Location}' has no column '{name}'.")
        {
            Hint = NameSuggestion.For(name, Schema.Fields.Select(f => f.Name)),
        };
}

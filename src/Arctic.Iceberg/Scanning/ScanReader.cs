using System.Runtime.CompilerServices;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Reads data files as the table has them now: columns by field id, deleted rows left out, filtered. Deletes that several files share are loaded
/// once. Not thread-safe; one read at a time.
/// </summary>
public sealed class ScanReader : IAsyncDisposable
{
    private readonly ScanReadRequest _request;
    private readonly RowSchema _output;
    private readonly ScanPredicate _predicate;
    private readonly NativeBridge _bridge = new("arctic-scan");
    private readonly DataFileReader _files;
    private readonly DeleteLoader _deletes;

    /// <summary>Makes a reader.</summary>
    internal ScanReader(IObjectStore store, TableMetadata metadata, ScanReadRequest request)
    {
        _request = request;
        _output = new RowSchema(request.Columns.Select(TypeMapping.ToField));
        _predicate = new PredicateBuilder(request.Schema).Build(request.Filter);
        _files = new DataFileReader(store, _bridge, NameMapping.Of(metadata.Properties), request.BatchRowsMax);
        _deletes = new DeleteLoader(store, _files, metadata, request.Schema, request.DeleteKeyBytesMax);
    }

    /// <summary>The schema of the batches.</summary>
    public RowSchema OutputSchema => _output;

    /// <summary>Reads files one after the other; rows keep the order of their files.</summary>
    /// <returns>Batches that are not empty, perhaps with a selection; the consumer disposes each.</returns>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>, <c>FORMAT_UNSUPPORTED</c>, <c>EVALUATION_FAILED</c>.</exception>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(IEnumerable<FileScanTask> tasks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var task in tasks)
        {
            await foreach (var batch in ReadAsync(task, cancellationToken).ConfigureAwait(false))
            {
                yield return batch;
            }
        }
    }

    /// <summary>Reads one file; as the other overload.</summary>
    public async IAsyncEnumerable<ChangeBatch> ReadAsync(FileScanTask task, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var positions = await _deletes.LoadPositionsAsync(task, cancellationToken).ConfigureAwait(false);
        var keys = await _deletes.LoadKeysAsync(task, cancellationToken).ConfigureAwait(false);
        var file = new FileRead(this, task, positions, keys);
        var read = new FileReadRequest(task.File, FileColumns.IdsOf(file.Physical), _predicate, _request.Schema) { Range = task.Range };
        await foreach (var batch in _files.ReadAsync(read, cancellationToken).ConfigureAwait(false))
        {
            ChangeBatch? result;
            using (batch)
            {
                result = file.ToResult(batch);
            }

            // Only the result's own count on the memory is left when the consumer has it.
            if (result is not null)
            {
                yield return result;
            }
        }
    }

    /// <summary>The positions that delete files and deletion vectors delete of a task's file; null when there are none. Deletes by value are not among them.</summary>
    internal ValueTask<PositionDeletes?> LoadPositionsAsync(FileScanTask task, CancellationToken cancellationToken) => _deletes.LoadPositionsAsync(task, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _bridge.DisposeAsync();

    /// <summary>One file's way from its columns to the result's.</summary>
    private sealed class FileRead
    {
        private readonly ScanReader _reader;
        private readonly FileScanTask _task;
        private readonly PositionDeletes? _positions;
        private readonly IReadOnlyList<KeySet> _keys;
        private readonly BatchFilter? _filter;
        private bool[] _deleted = [];

        public FileRead(ScanReader reader, FileScanTask task, PositionDeletes? positions, IReadOnlyList<KeySet> keys)
        {
            (_reader, _task, _positions, _keys) = (reader, task, positions, keys);
            Wanted.AddRange(reader._request.Columns);
            if (reader._request.Filter is { } filter)
            {
                _filter = new BatchFilter(ColumnShift.Apply(filter, index => IndexOf(reader._request.Schema.Fields[index])), reader._request.Evaluation);
            }

            Physical = Wanted.Concat(keys.SelectMany(k => k.Columns).Select(c => c.Top)).ToArray();
        }

        /// <summary>The result's columns, then those that only the filter needs.</summary>
        private List<NestedField> Wanted { get; } = [];

        /// <summary>Every column to read from the file.</summary>
        public IReadOnlyList<NestedField> Physical { get; }

        /// <summary>The rows that stay of a batch of the file; null when none does.</summary>
        public ChangeBatch? ToResult(FileBatch batch)
        {
            var length = batch.Batch.ColumnLength;
            var selection = SelectLive(batch, length);
            if (selection is { Length: 0 })
            {
                return null;
            }

            var columns = new Column[Wanted.Count];
            for (var i = 0; i < columns.Length; i++)
            {
                columns[i] = ColumnOf(Wanted[i], batch, length);
            }

            if (_filter is not null)
            {
                selection = _filter.Select(new EvaluationInput(columns, length, selection));
                if (selection is { Length: 0 })
                {
                    return null;
                }
            }

            var count = _reader._output.Count;
            return new ChangeBatch(_reader._output, columns.Length == count ? columns : columns[..count], length, default, selection, batch.Batch.Lease.Retain());
        }

        private int IndexOf(NestedField field)
        {
            var index = Wanted.FindIndex(w => w.Id == field.Id);
            if (index < 0)
            {
                index = Wanted.Count;
                Wanted.Add(field);
            }

            return index;
        }

        private ReadOnlyMemory<int>? SelectLive(FileBatch batch, int length)
        {
            if (_positions is null && _keys.Count == 0)
            {
                return null;
            }

            if (_deleted.Length < length)
            {
                _deleted = new bool[length];
            }

            var deleted = _deleted.AsSpan(0, length);
            deleted.Clear();
            var isAny = _positions?.Mark(batch.FirstRow, deleted) ?? false;
            foreach (var set in _keys)
            {
                var columns = set.Columns.Select(c => c.Extract(ColumnOf(c.Top, batch, length))).ToArray();
                isAny |= set.Deletes.Mark(columns, _task.SequenceNumber, deleted);
            }

            // A bare null would become an empty selection through the conversion from arrays.
            return isAny ? LiveRows(deleted) : default(ReadOnlyMemory<int>?);
        }

        private static ReadOnlyMemory<int> LiveRows(ReadOnlySpan<bool> deleted)
        {
            var rows = new int[deleted.Length - deleted.Count(true)];
            var at = 0;
            for (var i = 0; i < deleted.Length; i++)
            {
                if (!deleted[i])
                {
                    rows[at++] = i;
                }
            }

            return rows;
        }

        private Column ColumnOf(NestedField field, FileBatch batch, int length)
        {
            if (field.Id == MetadataColumns.FilePath.Id)
            {
                var path = new BytesColumnBuilder(DataTypes.String.AsNotNull());
                path.Append(_task.File.FilePath.AsSpan());
                return new ConstantColumn(path.Build(), length);
            }

            if (field.Id == MetadataColumns.Position.Id)
            {
                return Positions(batch.FirstRow, length, DataTypes.BigInt.AsNotNull());
            }

            if (field.Id == MetadataColumns.SpecId.Id)
            {
                return new ConstantColumn(new FixedColumn<int>(DataTypes.Int.AsNotNull(), [_task.File.SpecId]), length);
            }

            var stored = FileColumns.Find(field, batch.Fields, batch.Batch.Columns, _task.File.FilePath);
            if (field.Id == MetadataColumns.RowId.Id)
            {
                return _task.File.FirstRowId is { } first ? Fill(stored, Positions(first + batch.FirstRow, length, DataTypes.BigInt)) : stored ?? FileColumns.Missing(field, length);
            }

            if (field.Id == MetadataColumns.LastUpdatedSequenceNumber.Id)
            {
                return _task.File.FirstRowId is null
                    ? FileColumns.Missing(field, length)
                    : Fill(stored, new ConstantColumn(new FixedColumn<long>(DataTypes.BigInt, [_task.SequenceNumber]), length));
            }

            return stored ?? Absent(field, length);
        }

        private static FixedColumn<long> Positions(long first, int length, DataType type)
        {
            var values = new long[length];
            for (var i = 0; i < length; i++)
            {
                values[i] = first + i;
            }

            return new FixedColumn<long>(type, values);
        }

        // What the file stores wins; NULL there means that the row has not been moved since it was written.
        private static Column Fill(Column? stored, Column inherited)
        {
            if (stored is null)
            {
                return inherited;
            }

            if (!stored.HasNulls)
            {
                return stored;
            }

            var own = (FixedColumn<long>)stored.ToDense();
            var others = (FixedColumn<long>)inherited.ToDense();
            var values = new long[own.Length];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = own.IsNull(i) ? others.Values[i] : own.Values[i];
            }

            return new FixedColumn<long>(own.Type, values);
        }

        // A column that the file does not have: its partition value, if it is one, else its initial default, else NULL.
        private Column Absent(NestedField field, int length)
        {
            var fields = _task.Spec.Fields;
            for (var i = 0; i < fields.Count && i < _task.File.Partition.Count; i++)
            {
                if (fields[i].Transform is Transform.Identity && fields[i].SourceId == field.Id && _task.File.Partition[i] is { } value)
                {
                    return IcebergValues.Repeat(field.Type, value, length).WithType(TypeMapping.ToField(field).Type);
                }
            }

            return !field.IsRequired || field.InitialDefault is not null
                ? FileColumns.Missing(field, length)
                : throw new ArcticException(
                    ErrorCodes.TableCorrupt, $"The file '{_task.File.FilePath}' lacks the required column '{field.Name}' (id {field.Id}), and the column has no initial default.");
        }
    }
}

/// <summary>Moves the column references of an expression.</summary>
internal static class ColumnShift
{
    /// <summary>The expression with each column index replaced.</summary>
    public static Expression Apply(Expression expression, Func<int, int> indexOf) => expression switch
    {
        Expression.ColumnReference column => column with { Index = indexOf(column.Index) },
        Expression.Call call => call with { Arguments = new(call.Arguments.Select(a => Apply(a, indexOf))) },
        Expression.Cast cast => cast with { Operand = Apply(cast.Operand, indexOf) },
        Expression.Case conditional => conditional with
        {
            Branches = new(conditional.Branches.Select(b => new CaseBranch(Apply(b.Condition, indexOf), Apply(b.Result, indexOf)))),
            Else = Apply(conditional.Else, indexOf),
        },
        _ => expression,
    };
}

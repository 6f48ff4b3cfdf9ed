using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.RowLevel;
using Arctic.Iceberg.Writing;
using Arctic.Sql.Binding;

namespace Arctic.Queries;

/// <summary>Of a table without a key: the places of the rows are gathered, and with UPDATE their new values written to files that come with the same commit.</summary>
internal sealed class PlainRowChange : RowChange
{
    private readonly IcebergTable _table;
    private readonly EvaluationSettings _settings;
    private readonly Dictionary<string, PositionBitmap> _rows = new(StringComparer.Ordinal);
    private readonly NewFiles _names;
    private readonly RowSchema _schema;
    private readonly bool _keepsRowIds;
    private PartitionedWriter? _writer;
    private bool _isHandedOver;

    /// <summary>Makes a change of a table at the version that the handle stands at.</summary>
    public PlainRowChange(IcebergTable table, EvaluationSettings settings)
    {
        (_table, _settings) = (table, settings);
        _names = new NewFiles(table.Metadata, table.Catalog.Environment);
        _schema = table.Metadata.CurrentSchema.ToRowSchema();
        _keepsRowIds = RowLineage.IsKeptBy(table.Metadata);
        Target = new PlainRowTarget(table, settings);
    }

    /// <inheritdoc/>
    public override RowTarget Target { get; }

    /// <inheritdoc/>
    public override async ValueTask<bool> TryDeleteByFilterAsync(BoundRowChange bound, CancellationToken cancellationToken)
    {
        if (bound.Condition is not { } condition)
        {
            return false;
        }

        await new RowDeleter(_table, NewDeletion(condition)).CommitOnceAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <inheritdoc/>
    public override async ValueTask AddAsync(ChangeBatch found, bool isUpdate, CancellationToken cancellationToken)
    {
        Collect(found);
        if (!isUpdate)
        {
            return;
        }

        using var rows = NewRows(found);
        NotNullColumns.Require(rows, _schema);
        _writer ??= NewWriter();
        await _writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask CommitAsync(BoundRowChange bound, bool isUpdate, CancellationToken cancellationToken)
    {
        if (_rows.Count == 0)
        {
            return;
        }

        var added = _writer is null ? [] : await _writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        var deletion = NewDeletion(bound.Condition ?? new Expression.Literal(true, DataTypes.Boolean.AsNotNull())) with
        {
            Rows = _rows,
            Added = added,
            Command = isUpdate ? RowCommand.Update : RowCommand.Delete,
        };
        try
        {
            await new RowDeleter(_table, deletion).CommitOnceAsync(cancellationToken).ConfigureAwait(false);
            _isHandedOver = true;
        }
        catch (Exception e) when (!CommitOutcome.IsKnownToHaveFailed(e))
        {
            // The files may be the table's.
            _isHandedOver = true;
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_writer is not null)
        {
            await _writer.DisposeAsync().ConfigureAwait(false);
        }

        if (!_isHandedOver)
        {
            await _names.DeleteAllAsync(_table.Store).ConfigureAwait(false);
        }
    }

    private RowDeletion NewDeletion(Expression condition) =>
        new() { Filter = ConstantFolder.Fold(condition, _settings), Schema = _table.Metadata.CurrentSchema, Evaluation = _settings };

    private PartitionedWriter NewWriter()
    {
        var request = DataFileRequest.For(_table.Metadata);
        return new PartitionedWriter(_table.Store, _keepsRowIds ? request.WithRowLineage() : request, p => _names.Next(_table.Metadata.DefaultSpec, p, ".parquet"));
    }

    // Rows of one file mostly come together: its name is looked up when it changes.
    private void Collect(ChangeBatch found)
    {
        var files = (BytesColumn)found.Columns[0].ToDense();
        var positions = ((FixedColumn<long>)found.Columns[1].ToDense()).Values;
        var last = -1;
        PositionBitmap? rows = null;
        for (var i = 0; i < found.RowCount; i++)
        {
            var row = found.Selection is { } selection ? selection.Span[i] : i;
            if (rows is null || !files[row].SequenceEqual(files[last]))
            {
                var path = System.Text.Encoding.UTF8.GetString(files[row]);
                if (!_rows.TryGetValue(path, out rows))
                {
                    _rows.Add(path, rows = new PositionBitmap());
                }
            }

            last = row;
            rows.Add(positions[row]);
        }
    }

    // Behind the table's columns, where rows have them: the row's id, and no number of a commit, since this one changes it.
    private ChangeBatch NewRows(ChangeBatch found)
    {
        var identity = Target.Identity.Count;
        var columns = Enumerable.Range(identity, _schema.Count).Select(i => found.Columns[i]).ToList();
        var fields = _schema.Fields.ToList();
        if (_keepsRowIds)
        {
            columns.Add(found.Columns[identity - 1]);
            columns.Add(ColumnBuilder.NullsOf(DataTypes.BigInt, found.ColumnLength));
            fields.AddRange(RowLineage.Columns.Select(Iceberg.Spec.TypeMapping.ToField));
        }

        return found.WithColumns(new RowSchema(fields), columns);
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>One file's way from its columns to the result's: deletes, then the wanted columns, then the filter.</summary>
internal sealed class FileRead
{
    private readonly RowSchema _output;
    private readonly FileChange _change;
    private readonly TaskColumns _columns;
    private readonly BatchFilter? _filter;
    private readonly RowBuffers _buffers = new();

    // The result's columns, then those that only the filter needs.
    private readonly List<NestedField> _wanted = [];
    private readonly bool _keepsDeleted;

    /// <summary>Prepares the read of one file.</summary>
    /// <param name="output">The schema of the request's columns.</param>
    public FileRead(ScanReadRequest request, RowSchema output, FileChange change)
    {
        (_output, _change, _columns) = (output, change, new TaskColumns(change.Task));
        _wanted.AddRange(request.Columns);
        _keepsDeleted = request.Columns.Any(c => c.Id == MetadataColumns.IsDeleted.Id);
        if (request.Filter is { } filter)
        {
            _filter = new BatchFilter(ColumnShift.Apply(filter, index => IndexOf(request.Schema.Fields[index])), request.Evaluation);
        }

        Physical = [.. _wanted.Where(f => !MetadataColumns.IsMade(f.Id)), .. change.Before?.Columns ?? [], .. change.After?.Columns ?? []];
    }

    /// <summary>Every column to read from the file.</summary>
    public IReadOnlyList<NestedField> Physical { get; }

    /// <summary>The rows of a batch of the file that belong to the result; null when none does.</summary>
    public ChangeBatch? ToResult(FileBatch batch)
    {
        var length = batch.Batch.ColumnLength;
        var rows = _change.Find(batch, _columns, _buffers);
        var selection = _keepsDeleted ? null : rows.Selection;
        if (selection is { Length: 0 })
        {
            return null;
        }

        var columns = new Column[_wanted.Count];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ChangeColumns.Find(_wanted[i], rows, _change.Origin) ?? _columns.Of(_wanted[i], batch);
        }

        if (_filter is not null)
        {
            selection = _filter.Select(new EvaluationInput(columns, length, selection));
            if (selection is { Length: 0 })
            {
                return null;
            }
        }

        var count = _output.Count;
        return new ChangeBatch(_output, columns.Length == count ? columns : columns[..count], length, rows.Kinds, selection, batch.Batch.Lease.Retain());
    }

    private int IndexOf(NestedField field)
    {
        // A column of which only some members are chosen, or under another type, is not the one that the filter is on.
        var index = _wanted.IndexOf(field);
        if (index < 0)
        {
            index = _wanted.Count;
            _wanted.Add(field);
        }

        return index;
    }
}

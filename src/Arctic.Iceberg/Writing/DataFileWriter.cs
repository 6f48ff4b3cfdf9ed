using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes batches of one partition to Parquet files and describes each as a manifest lists it; starts a new file when one reaches its size. Not
/// thread-safe. A file under way leaves nothing behind when the writer is disposed; finished files are the caller's to commit or delete.
/// </summary>
internal sealed class DataFileWriter : IAsyncDisposable
{
    private readonly IObjectStore _store;
    private readonly DataFileRequest _request;
    private readonly IReadOnlyList<NestedField> _columns;
    private readonly IReadOnlyList<FileField> _fields;
    private readonly RowSchema _rowSchema;
    private readonly Dictionary<int, IcebergType> _leafTypes = [];
    private readonly MetricsConfig _metrics;
    private readonly ParquetWriterOptions _parquet;
    private readonly List<DataFile> _finished = [];
    private OpenFile? _open;

    /// <summary>Makes a writer; no file is created before the first row.</summary>
    public DataFileWriter(IObjectStore store, DataFileRequest request)
    {
        _store = store;
        _request = request;
        _columns = [.. request.Schema.Fields, .. request.ExtraColumns];
        var stored = StoredColumns.Of(_columns);
        _fields = ParquetSchemas.Of(stored);
        _rowSchema = new RowSchema(stored.Select(TypeMapping.ToField));
        _metrics = request.Metrics ?? MetricsConfig.Of(request.Schema, new Dictionary<string, string>());
        _parquet = request.Options.Parquet with { KeyValues = KeyValuesOf(request) };
        foreach (var column in _columns)
        {
            CollectLeaves(column.Id, column.Type);
        }
    }

    /// <summary>The files finished so far.</summary>
    public IReadOnlyList<DataFile> FinishedFiles => _finished;

    /// <summary>The location of the file under way; null when there is none.</summary>
    public string? OpenLocation => _open?.Location;

    /// <summary>The rows in the file under way: the position that the next row will have in it.</summary>
    public long OpenRowCount => _open?.Writer.RowCount ?? 0;

    /// <summary>Appends the rows of a batch, all to one file; kinds are left aside. The caller still disposes it.</summary>
    /// <param name="batch">A column for each of the schema's, then the extra ones; narrower types are widened.</param>
    /// <param name="cancellationToken">Leaves the file under way unfinished.</param>
    /// <returns>Where the first of the rows is; the others follow it.</returns>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>, <c>EVALUATION_FAILED</c> for NULL in a required column, or the store's failure.</exception>
    public async ValueTask<RowPlace> WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            return default;
        }

        var open = _open ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
        var place = new RowPlace(open.Location, open.Writer.RowCount);
        using (var compact = batch.Compact())
        using (var conformed = Conform(compact))
        {
            open.Nans.Add(conformed);
            open.Writer.Write(conformed);
        }

        await open.Writer.FlushAsync(cancellationToken).ConfigureAwait(false);

        if (open.Writer.BytesEstimated >= _request.Options.FileBytesTarget)
        {
            await CloseFileAsync(cancellationToken).ConfigureAwait(false);
        }

        return place;
    }

    /// <summary>Finishes the file under way; the next row starts another.</summary>
    public async ValueTask CloseFileAsync(CancellationToken cancellationToken)
    {
        if (_open is not { } open)
        {
            return;
        }

        var footer = open.Writer.Close();
        var size = open.Writer.BytesWritten;
        await open.Output.CompleteAsync(cancellationToken).ConfigureAwait(false);
        _open = null;
        await open.DisposeAsync().ConfigureAwait(false);
        _finished.Add(Describe(open, footer, size));
    }

    /// <summary>Finishes the last file.</summary>
    /// <returns>All files of this writer, in the order in which they were written.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken)
    {
        await CloseFileAsync(cancellationToken).ConfigureAwait(false);
        return _finished;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_open is { } open)
        {
            _open = null;
            await open.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static Dictionary<string, string> KeyValuesOf(DataFileRequest request)
    {
        var keyValues = new Dictionary<string, string>(request.KeyValues, StringComparer.Ordinal);
        keyValues.TryAdd("iceberg.schema", Spec.Json.SchemaJson.ToText(request.Schema));
        if (request.Content == FileContent.EqualityDeletes)
        {
            keyValues.TryAdd("delete-type", "equality");
            keyValues.TryAdd("delete-field-ids", string.Join(", ", request.EqualityIds ?? []));
        }

        return keyValues;
    }

    private async ValueTask<OpenFile> OpenAsync(CancellationToken cancellationToken)
    {
        var location = _request.NextLocation();
        var output = await _store.CreateAsync(location, cancellationToken).ConfigureAwait(false);
        try
        {
            return new OpenFile(location, output, new ParquetFileWriter(output.Stream, _fields, _parquet), new NanCounter(_fields));
        }
        catch
        {
            await output.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private ChangeBatch Conform(ChangeBatch batch)
    {
        if (batch.Columns.Count != _columns.Count)
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot write rows of {batch.Columns.Count} columns to a file of {_columns.Count} ({_request.Schema}).");
        }

        var columns = new List<Column>(_rowSchema.Count);
        for (var i = 0; i < _columns.Count; i++)
        {
            if (_columns[i].Type is not IcebergType.Unknown)
            {
                columns.Add(Widen(StoredColumns.Of(batch.Columns[i], _columns[i].Type), _rowSchema[columns.Count]));
            }
        }

        return batch.WithColumns(_rowSchema, columns);
    }

    /// <summary>The column in the type of the field that it is written to.</summary>
    /// <exception cref="ArcticException"><c>TYPE_MISMATCH</c>.</exception>
    public static Column Widen(Column column, Field field)
    {
        try
        {
            return ColumnWidening.To(column, field.Type);
        }
        catch (ArgumentException e)
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"Cannot write values of type {column.Type} to the column '{field.Name}' of type {field.Type}.", e);
        }
    }

    private DataFile Describe(OpenFile open, ParquetFooter footer, long size)
    {
        var metrics = FileMetrics.Of(footer, _leafTypes, open.Nans.Counts, _metrics);
        return new DataFile
        {
            Content = _request.Content,
            FilePath = open.Location,
            Format = FileFormat.Parquet,
            SpecId = _request.Spec.SpecId,
            Partition = _request.Partition,
            RecordCount = footer.RowCount,
            FileSizeBytes = size,
            ColumnSizes = metrics.ColumnSizes,
            ValueCounts = metrics.ValueCounts,
            NullValueCounts = metrics.NullValueCounts,
            NanValueCounts = metrics.NanValueCounts,
            LowerBounds = metrics.LowerBounds,
            UpperBounds = metrics.UpperBounds,
            SplitOffsets = footer.RowGroups.Select(g => g.StartOffset).ToArray(),
            EqualityIds = _request.EqualityIds?.ToArray(),
            SortOrderId = _request.SortOrderId,
        };
    }

    private void CollectLeaves(int id, IcebergType type)
    {
        switch (type)
        {
            case IcebergType.Struct s:
                foreach (var field in s.Fields)
                {
                    CollectLeaves(field.Id, field.Type);
                }

                break;
            case IcebergType.List l:
                CollectLeaves(l.ElementId, l.Element);
                break;
            case IcebergType.Map m:
                CollectLeaves(m.KeyId, m.Key);
                CollectLeaves(m.ValueId, m.Value);
                break;
            default:
                _leafTypes[id] = type;
                break;
        }
    }

    private sealed record OpenFile(string Location, ObjectWriter Output, ParquetFileWriter Writer, NanCounter Nans) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Writer.Dispose();
            await Output.DisposeAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>A row of a file.</summary>
/// <param name="Location">The file's.</param>
/// <param name="Position">0-based.</param>
internal readonly record struct RowPlace(string Location, long Position);

using System.Runtime.InteropServices;
using Apache.Arrow;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using ParquetSharp;
using ArrowSchema = Apache.Arrow.Schema;
using NativeWriter = ParquetSharp.Arrow.FileWriter;

namespace Arctic.Storage.Parquet;

/// <summary>
/// Writes batches to one Parquet file. Pages are encoded and compressed as batches come (a row group's pages wait in native memory, compressed),
/// on the caller's thread. Not thread-safe; disposing it without <see cref="Close"/> leaves an unreadable file.
/// </summary>
internal sealed class ParquetFileWriter : IDisposable
{
    // Below this a batch costs more for crossing into native code than for its rows.
    private const int BatchRowsMin = 4096;

    private readonly IReadOnlyList<FileField> _fields;
    private readonly ParquetWriterOptions _options;
    private readonly ArrowSchema _schema;
    private readonly FooterStream _stream;
    private readonly List<ChangeBatch> _small = [];
    private WriterProperties? _properties;
    private NativeWriter? _native;
    private GCHandle _root;
    private int _smallRows;
    private long _groupRows;
    private long _groupBytes;
    private long _closedGroupsBytes;
    private long _bytesFlushed;

    /// <summary>Starts a file.</summary>
    /// <param name="output">Takes the file's bytes front to back; stays open.</param>
    /// <param name="fields">One for each column of every batch, with the layout of its type.</param>
    /// <param name="options">Row groups, codec, key-values.</param>
    public ParquetFileWriter(Stream output, IReadOnlyList<FileField> fields, ParquetWriterOptions options)
    {
        _fields = fields;
        _options = options;
        _schema = ParquetArrowSchema.ToArrow(fields);
        _stream = new FooterStream(output);
    }

    /// <summary>The rows taken so far.</summary>
    public long RowCount { get; private set; }

    /// <summary>About how many bytes the file would have if it were closed now: what is written, and the open row group at the rate of the others.</summary>
    public long BytesEstimated => _stream.BytesWritten + (long)((_groupBytes + SmallBytes) * RateOfClosedGroups);

    /// <summary>Appends the rows of a batch, in their order; kinds are left aside. The caller still disposes it.</summary>
    /// <exception cref="ArcticException">The output failed, or a value does not fit its field: a NULL in a required one, a binary value of another length.</exception>
    public void Write(ChangeBatch batch)
    {
        if (batch.RowCount == 0)
        {
            return;
        }

        RowCount += batch.RowCount;
        if (batch.RowCount < BatchRowsMin)
        {
            _small.Add(batch.Selection is null ? batch.Retain() : batch.Compact());
            _smallRows += batch.RowCount;
            if (_smallRows >= BatchRowsMin)
            {
                WriteSmall();
            }

            return;
        }

        WriteSmall();
        using var compact = batch.Compact();
        WriteSliced(compact);
    }

    /// <summary>Waits for the output, which the native writer itself cannot do (see <see cref="ObjectStores.ObjectWriter.Stream"/>). Nothing to wait for but after the end of a row group.</summary>
    /// <exception cref="ArcticException">The output failed.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (_stream.BytesWritten == _bytesFlushed)
        {
            return;
        }

        _bytesFlushed = _stream.BytesWritten;
        try
        {
            await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (ArcticException or OperationCanceledException))
        {
            throw OutputFailed(e);
        }
    }

    /// <summary>Ends the file; the output then holds all of it.</summary>
    /// <returns>The footer as a reader would see it.</returns>
    public ParquetFooter Close()
    {
        WriteSmall();
        Open(ChangeBatch.Empty(RowSchema.Empty));
        _stream.HoldBack();
        Guarded(static writer => writer._native!.Close());
        byte[] metadata;
        try
        {
            metadata = _stream.FinishFooter(_options.KeyValues);
        }
        catch (Exception e) when (e is not ArcticException)
        {
            throw OutputFailed(e);
        }

        return ParquetFooterParser.Parse(metadata);
    }

    /// <summary>The bytes that have reached the output; after <see cref="Close"/> the file's size.</summary>
    public long BytesWritten => _stream.BytesWritten;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var batch in _small)
        {
            batch.Dispose();
        }

        _small.Clear();
        try
        {
            _native?.Dispose();
        }
        catch (ParquetException)
        {
            // An unfinished file is closed by its destructor, which fails again when the output does; the first failure was thrown.
        }

        _properties?.Dispose();
        if (_root.IsAllocated)
        {
            _root.Free();
        }
    }

    private long SmallBytes => _small.Sum(b => b.Columns.Sum(ColumnBytes.Of));

    private double RateOfClosedGroups => _closedGroupsBytes == 0 ? 0.5 : Math.Min(1.0, (double)_stream.BytesWritten / _closedGroupsBytes);

    // The native writer is made for the first rows: they tell which columns are worth a dictionary.
    private void Open(ChangeBatch first)
    {
        if (_native is not null)
        {
            return;
        }

        var withoutDictionary = _fields.Zip(first.Columns).Where(f => DictionaryAdvice.IsWithout(f.Second)).Select(f => f.First.Name);
        _properties = BuildProperties(_options, withoutDictionary);

        // It writes the first bytes at once.
        Guarded(static writer => writer._native = new NativeWriter(writer._stream, writer._schema, writer._properties!, null!, leaveOpen: true));

        // A writer that nobody disposes must not be finalized: its native half would end the file then, through callbacks that are collected with it.
        _root = GCHandle.Alloc(_native);
    }

    private void WriteSmall()
    {
        if (_small.Count == 0)
        {
            return;
        }

        using var joined = ChangeBatch.Concat(_small[0].Schema, _small);
        foreach (var batch in _small)
        {
            batch.Dispose();
        }

        _small.Clear();
        _smallRows = 0;
        WriteSliced(joined);
    }

    private void WriteSliced(ChangeBatch batch)
    {
        Open(batch);
        for (var start = 0; start < batch.RowCount;)
        {
            if (_groupRows == 0 || _groupRows >= _options.RowGroupRowsMax || _groupBytes >= _options.RowGroupBytesTarget)
            {
                StartRowGroup();
            }

            var count = (int)Math.Min(batch.RowCount - start, _options.RowGroupRowsMax - _groupRows);
            using var part = count == batch.RowCount ? batch.Retain() : batch.Slice(start, count);
            WriteNative(part);
            start += count;
        }
    }

    private void StartRowGroup()
    {
        _closedGroupsBytes += _groupBytes;
        (_groupRows, _groupBytes) = (0, 0);
        Guarded(static writer => writer._native!.NewBufferedRowGroup());
    }

    private void WriteNative(ChangeBatch batch)
    {
        CheckNulls(batch);
        var records = ArrowExport.ToRecordBatch(batch, _schema);
        Guarded(static (writer, records) => writer._native!.WriteBufferedRecordBatch(records), records);
        _groupRows += batch.RowCount;
        foreach (var column in batch.Columns)
        {
            _groupBytes += ColumnBytes.Of(column);
        }
    }

    private void CheckNulls(ChangeBatch batch)
    {
        for (var i = 0; i < _fields.Count; i++)
        {
            RequiredFields.Check(_fields[i], batch.Columns[i]);
        }
    }

    private void Guarded(Action<ParquetFileWriter> action) => Guarded(static (writer, action) => action(writer), action);

    private void Guarded<T>(Action<ParquetFileWriter, T> action, T argument)
    {
        try
        {
            action(this, argument);
        }
        catch (ParquetException e)
        {
            throw _stream.Failure is { } failure ? OutputFailed(failure) : new ArcticException(ErrorCodes.Internal, $"Cannot write a Parquet file: {e.Message}", e);
        }
    }

    private static ArcticException OutputFailed(Exception failure) =>
        failure as ArcticException ?? new ArcticException(ErrorCodes.StorageFailed, $"Cannot write a Parquet file: {failure.Message}", failure);

    private static WriterProperties BuildProperties(ParquetWriterOptions options, IEnumerable<string> withoutDictionary)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(CodecOf(options.Compression))
            .EnableStoreDecimalAsInteger()
            .MaxRowGroupLength(options.RowGroupRowsMax)
            .DataPagesize(options.PageBytesTarget)
            .DictionaryPagesizeLimit(options.DictionaryBytesMax)
            .SetMaxStatisticsSize((ulong)options.StatisticsBytesMax)
            .EnablePageChecksum();
        if (options.CompressionLevel is { } level && options.Compression is ParquetCompression.Zstd or ParquetCompression.Gzip or ParquetCompression.Brotli)
        {
            builder.CompressionLevel(level);
        }

        foreach (var column in withoutDictionary)
        {
            builder.DisableDictionary(column);
        }

        if (options.WritePageIndex)
        {
            builder.EnableWritePageIndex();
        }

        return builder.Build();
    }

    private static Compression CodecOf(ParquetCompression compression) => compression switch
    {
        ParquetCompression.Uncompressed => Compression.Uncompressed,
        ParquetCompression.Snappy => Compression.Snappy,
        ParquetCompression.Gzip => Compression.Gzip,
        ParquetCompression.Brotli => Compression.Brotli,
        ParquetCompression.Lz4 => Compression.Lz4,
        _ => Compression.Zstd,
    };
}

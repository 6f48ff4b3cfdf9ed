using System.Runtime.InteropServices;
using Apache.Arrow.Ipc;
using Arctic.Columnar.Errors;
using Arctic.Storage.Formats;
using ParquetSharp;
using ParquetSharp.Arrow;
using ParquetSharp.IO;
using NativeReader = ParquetSharp.Arrow.FileReader;

namespace Arctic.Storage.Parquet;

/// <summary>The native reader of one file, opened at its first use. Calls may wait for the local file system; one at a time.</summary>
internal sealed class NativeParquetFile : IDisposable
{
    // A chunk beyond this might not come in one read; a buffer of the stream has no more than int.MaxValue bytes.
    private const long VerifiedChunkBytesMax = 1 << 30;

    private readonly ParquetSource _source;
    private readonly int _batchRowsMax;
    private NativeReader? _reader;
    private ManagedRandomAccessFile? _file;
    private GCHandle _root;

    public NativeParquetFile(ParquetSource source, int batchRowsMax)
    {
        (_source, _batchRowsMax) = (source, batchRowsMax);
        Stream = new ParquetSourceStream(source);
    }

    /// <summary>What the native reader reads.</summary>
    public ParquetSourceStream Stream { get; }

    /// <summary>Starts to read row groups.</summary>
    public IArrowArrayStream Read(int[] rowGroups, int[]? leaves)
    {
        _reader ??= Open();
        if (!HasLargeChunks)
        {
            Stream.ExpectChunks(rowGroups, leaves);
        }

        return _reader.GetRecordBatchReader(rowGroups, leaves!); // null means all
    }

    /// <summary>A failure of the native reader as what it was.</summary>
    public ArcticException Failed(Exception e) => (Stream.Failure ?? e) switch
    {
        ArcticException known => known,
        FileNotFoundException missing => new ArcticException(ErrorCodes.ObjectNotFound, $"'{_source.Location}' does not exist.", missing),
        NotSupportedException or NotImplementedException => new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{_source.Location}': {e.Message}", e),
        _ => new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{_source.Location}' as a Parquet file: {e.Message}", e),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        _file?.Dispose();
        if (_root.IsAllocated)
        {
            _root.Free();
        }
    }

    private bool HasLargeChunks => _source.Footer.RowGroups.Any(g => g.Columns.Any(c => c.CompressedSize > VerifiedChunkBytesMax));

    private NativeReader Open()
    {
        using var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = _batchRowsMax;
        properties.UseThreads = false;
        properties.CoerceInt96TimestampUnit = Apache.Arrow.Types.TimeUnit.Microsecond;

        // What is worth fetching ahead has been, and a local file is in the page cache. It must stay off for streams: the library would fetch on threads of its own, and one of
        // them may be the last to let go of the file, which calls back into it when the reader is gone and collected (decision 0006).
        properties.PreBuffer = false;

        // A flipped bit of a page that has a checksum is an error, never another value. The stream verifies pages faster than the library.
        using var pages = ReaderProperties.GetDefaultReaderProperties();
        if (HasLargeChunks)
        {
            pages.EnablePageChecksumVerification();
        }

        // Rooted for the same reason: were the reader forgotten, its finalizer might let go of the file behind that of the file's callbacks.
        _file = new ManagedRandomAccessFile(Stream, leaveOpen: true);
        _root = GCHandle.Alloc(_file);
        return new NativeReader(_file, pages, properties);
    }
}

/// <summary>Neighbouring row groups that are read as one.</summary>
/// <param name="Groups">Ascending indices.</param>
/// <param name="FirstRow">The position in the file of the first row.</param>
/// <param name="EndRow">The rows from this position on are not wanted; some may come with the last batch.</param>
internal sealed record RowGroupRun(int[] Groups, long FirstRow, long EndRow);

/// <summary>The state of one read. Disposed when no call is under way.</summary>
internal sealed class ParquetPull(NativeParquetFile file, int[]? leaves, IReadOnlyList<RowGroupRun> runs) : IDisposable
{
    private int _run = -1;
    private long _row;
    private ParquetBatchStream? _arrays;

    /// <summary>The next batch; null at the end.</summary>
    public FileBatch? Next()
    {
        try
        {
            while (true)
            {
                if (_arrays is null && !TryStartRun())
                {
                    return null;
                }

                // What it has not been asked for is not decoded.
                if (_row < runs[_run].EndRow && _arrays!.Next() is { } rows)
                {
                    var batch = new FileBatch(rows, _row, _arrays.Fields);
                    _row += rows.ColumnLength;
                    return batch;
                }

                if (_row < runs[_run].EndRow)
                {
                    throw file.Failed(new InvalidDataException($"its row groups end before row {runs[_run].EndRow}, at row {_row}."));
                }

                _arrays!.Dispose(); // a run is under way
                _arrays = null;
            }
        }
        catch (Exception e)
        {
            throw file.Failed(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _arrays?.Dispose();

    private bool TryStartRun()
    {
        if (++_run >= runs.Count)
        {
            return false;
        }

        _row = runs[_run].FirstRow;
        _arrays = new ParquetBatchStream(file.Read(runs[_run].Groups, leaves));
        return true;
    }
}

using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Arctic.Columnar;
using Arctic.Columnar.Arrow;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;
using ParquetSharp;
using ParquetSharp.Arrow;
using NativeReader = ParquetSharp.Arrow.FileReader;

namespace Arctic.Storage.Parquet;

/// <summary>Reads one Parquet file as batches. One read at a time; native work runs on the bridge that it was opened with.</summary>
internal sealed class ParquetFileReader : IAsyncDisposable
{
    private const int BatchesAhead = 2;

    private readonly NativeBridge _bridge;
    private readonly string _location;
    private readonly ObjectReadStream? _stream;
    private readonly ArrowReaderProperties _properties;
    private readonly NativeReader _native;
    private readonly int _batchRowsMax;

    private ParquetFileReader(NativeBridge bridge, string location, ObjectReadStream? stream, ArrowReaderProperties properties, NativeReader native)
    {
        (_bridge, _location, _stream, _properties, _native) = (bridge, location, stream, properties, native);
        _batchRowsMax = (int)properties.BatchSize;
        Fields = ParquetArrowSchema.FromArrow(native.Schema);
        using var metadata = native.ParquetReader.FileMetaData;
        RowCount = metadata.NumRows;
        RowGroupRows = RowsOfGroups(native);
    }

    /// <summary>The columns of the file.</summary>
    public IReadOnlyList<FileField> Fields { get; }

    /// <summary>The rows of the file.</summary>
    public long RowCount { get; }

    /// <summary>The rows of each row group.</summary>
    public IReadOnlyList<long> RowGroupRows { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="reader">The object; must outlive the result.</param>
    /// <param name="location">For messages.</param>
    /// <param name="bridge">Runs the native calls; must outlive the result.</param>
    /// <param name="batchRowsMax">The most rows of a batch.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not a Parquet file, or damaged.</exception>
    public static Task<ParquetFileReader> OpenAsync(IObjectReader reader, string location, NativeBridge bridge, int batchRowsMax) =>
        bridge.RunAsync(() => Open(reader, location, bridge, batchRowsMax));

    /// <summary>Reads columns of row groups, in file order.</summary>
    /// <param name="leaves">Ascending leaf indices (<see cref="ParquetProjection"/>); null reads all, none gives batches that only count rows.</param>
    /// <param name="rowGroups">Ascending indices of row groups; null reads all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>Batches whose rows are contiguous in the file; the consumer disposes each.</returns>
    public async IAsyncEnumerable<FileBatch> ReadAsync(
        IReadOnlyList<int>? leaves, IReadOnlyList<int>? rowGroups, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var runs = RunsOf(rowGroups ?? Enumerable.Range(0, RowGroupRows.Count).ToArray());
        if (leaves is { Count: 0 })
        {
            foreach (var batch in BatchesWithoutColumns(runs))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return batch;
            }

            yield break;
        }

        using var pull = new Pull(this, leaves?.ToArray(), runs);
        await foreach (var batch in _bridge.PullAsync(pull.Next, BatchesAhead, cancellationToken).ConfigureAwait(false))
        {
            yield return batch;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _bridge.RunAsync(() =>
        {
            _native.Dispose();
            _properties.Dispose();
            return true;
        }).ConfigureAwait(false);
    }

    private static ParquetFileReader Open(IObjectReader reader, string location, NativeBridge bridge, int batchRowsMax)
    {
        var stream = reader.LocalPath is null ? new ObjectReadStream(reader) : null;
        var properties = ArrowReaderProperties.GetDefault();
        properties.BatchSize = batchRowsMax;
        properties.UseThreads = false;
        properties.CoerceInt96TimestampUnit = Apache.Arrow.Types.TimeUnit.Microsecond;

        // Ranges of an object in the cloud are worth fetching together; a local file is in the page cache. The library fetches a range when it is first needed and
        // waits for it, so that no read of its is under way between ours.
        properties.PreBuffer = reader.LocalPath is null;
        try
        {
            var native = stream is null
                ? new NativeReader(reader.LocalPath!, null!, properties)
                : new NativeReader(stream, null!, properties, leaveOpen: true);
            return new ParquetFileReader(bridge, location, stream, properties, native);
        }
        catch (Exception e)
        {
            properties.Dispose();
            throw Failed(e, location, stream);
        }
    }

    private static long[] RowsOfGroups(NativeReader native)
    {
        var rows = new long[native.NumRowGroups];
        for (var i = 0; i < rows.Length; i++)
        {
            using var group = native.ParquetReader.RowGroup(i);
            rows[i] = group.MetaData.NumRows;
        }

        return rows;
    }

    // Without columns the footer alone tells the rows.
    private IEnumerable<FileBatch> BatchesWithoutColumns(List<(int[] Groups, long FirstRow)> runs)
    {
        foreach (var (groups, firstRow) in runs)
        {
            var end = firstRow + groups.Sum(g => RowGroupRows[g]);
            for (var row = firstRow; row < end; row += _batchRowsMax)
            {
                yield return new FileBatch(new ChangeBatch(RowSchema.Empty, [], (int)Math.Min(_batchRowsMax, end - row)), row, []);
            }
        }
    }

    // The native reader's batches may span row groups, so that only neighbours are read as one: the rows of a batch stay contiguous.
    private List<(int[] Groups, long FirstRow)> RunsOf(IReadOnlyList<int> rowGroups)
    {
        var starts = new long[RowGroupRows.Count + 1];
        for (var i = 0; i < RowGroupRows.Count; i++)
        {
            starts[i + 1] = starts[i] + RowGroupRows[i];
        }

        List<(int[] Groups, long FirstRow)> runs = [];
        for (var i = 0; i < rowGroups.Count;)
        {
            var end = i + 1;
            while (end < rowGroups.Count && rowGroups[end] == rowGroups[end - 1] + 1)
            {
                end++;
            }

            runs.Add((Enumerable.Range(rowGroups[i], end - i).ToArray(), starts[rowGroups[i]]));
            i = end;
        }

        return runs;
    }

    private static ArcticException Failed(Exception e, string location, ObjectReadStream? stream) => (stream?.Failure ?? e) switch
    {
        ArcticException known => known,
        FileNotFoundException missing => new ArcticException(ErrorCodes.ObjectNotFound, $"'{location}' does not exist.", missing),
        NotSupportedException or NotImplementedException => new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{location}': {e.Message}", e),
        _ => new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{location}' as a Parquet file: {e.Message}", e),
    };

    /// <summary>The state of one read; runs on the bridge, but for its disposal, when no pull is under way.</summary>
    private sealed class Pull(ParquetFileReader file, int[]? leaves, List<(int[] Groups, long FirstRow)> runs) : IDisposable
    {
        private int _run = -1;
        private long _row;
        private IArrowArrayStream? _arrays;
        private RowSchema? _schema;
        private IReadOnlyList<FileField> _fields = [];

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

                    // The native stream completes synchronously.
                    if (_arrays!.ReadNextRecordBatchAsync().AsTask().GetAwaiter().GetResult() is { } records)
                    {
                        return ToBatch(records);
                    }

                    _arrays.Dispose();
                    _arrays = null;
                }
            }
            catch (Exception e)
            {
                throw Failed(e, file._location, file._stream);
            }
        }

        public void Dispose() => _arrays?.Dispose();

        private bool TryStartRun()
        {
            if (++_run >= runs.Count)
            {
                return false;
            }

            _row = runs[_run].FirstRow;
            _arrays = file._native.GetRecordBatchReader(runs[_run].Groups, leaves);
            _fields = ParquetArrowSchema.FromArrow(_arrays.Schema);
            _schema = new RowSchema(_fields.Select(f => new Columnar.Types.Field(f.Name, f.Type)));
            return true;
        }

        private FileBatch ToBatch(RecordBatch records)
        {
            var batch = new FileBatch(ArrowImport.ToChangeBatch(records, _schema), _row, _fields);
            _row += records.Length;
            return batch;
        }
    }
}

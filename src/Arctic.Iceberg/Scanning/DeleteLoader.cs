using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// Loads the deletes of data files and keeps what later files will need too: position deletes of whole partitions, and the keys of equality deletes. Position deletes of one data file are kept while it is that file's turn: it may be read in pieces. Not thread-safe.
/// </summary>
/// <param name="store">Holds the delete files.</param>
/// <param name="files">Reads them.</param>
/// <param name="keys">Loads the keys, perhaps for others too.</param>
/// <param name="bytesMax">The most memory for keys and for positions that are kept; of these what came first is dropped before it is exceeded.</param>
internal sealed class DeleteLoader(IObjectStore store, DataFileReader files, KeySets keys, long bytesMax)
{
    private static readonly HashSet<int> PositionIds = [PositionDeleteWriter.FilePathId, PositionDeleteWriter.PositionId];

    private readonly Dictionary<string, Dictionary<string, PositionBitmap>> _ownPositions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, PositionBitmap>> _sharedPositions = new(StringComparer.Ordinal);
    private readonly Queue<(string Path, long Bytes)> _sharedOrder = [];
    private long _sharedBytes;
    private string? _ownPath;
    private readonly EqualityKeys _encoder = new();

    /// <summary>The delete files whose positions are kept.</summary>
    public int KeptFiles => _ownPositions.Count + _sharedPositions.Count;

    /// <summary>The deletes of a task's file.</summary>
    public async ValueTask<FileDeletes> LoadAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        var positions = await LoadPositionsAsync(task, cancellationToken).ConfigureAwait(false);
        var sets = await keys.LoadAsync(task, files, cancellationToken).ConfigureAwait(false);
        DropPositions();
        return new FileDeletes(positions, sets, _encoder);
    }

    /// <summary>The positions that delete files and deletion vectors delete of a task's file; null when there are none. Deletes by value are not among them.</summary>
    public async ValueTask<PositionDeletes?> LoadPositionsAsync(FileScanTask task, CancellationToken cancellationToken)
    {
        var path = DeleteIndex.PathKey(task.File.FilePath);
        if (_ownPath != path)
        {
            _ownPositions.Clear();
            _ownPath = path;
        }

        List<PositionBitmap>? parts = null;
        foreach (var delete in task.Deletes.Where(d => d.File.Content == FileContent.PositionDeletes))
        {
            if (delete.File.IsDeletionVector)
            {
                (parts ??= []).Add(await DeletionVectors.ReadAsync(store, delete.File, cancellationToken).ConfigureAwait(false));
            }
            else if ((await PositionsOfAsync(delete.File, cancellationToken).ConfigureAwait(false)).GetValueOrDefault(path) is { } positions)
            {
                (parts ??= []).Add(positions);
            }
        }

        return parts is null ? null : new PositionDeletes(parts);
    }

    private async ValueTask<Dictionary<string, PositionBitmap>> PositionsOfAsync(DataFile file, CancellationToken cancellationToken)
    {
        var isOwn = DeleteScope.OnlyTargetOf(file) is not null;
        if ((isOwn ? _ownPositions : _sharedPositions).TryGetValue(file.FilePath, out var known))
        {
            return known;
        }

        var byPath = new Dictionary<string, PositionBitmap>(StringComparer.Ordinal);
        await foreach (var batch in files.ReadAsync(new FileReadRequest(file, PositionIds, ScanPredicate.True.Instance, PositionDeleteWriter.Schema), cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                Collect(
                    ColumnOf(0, batch, file.FilePath) as BytesColumn ?? throw NotPositions(file),
                    ColumnOf(1, batch, file.FilePath) as FixedColumn<long> ?? throw NotPositions(file),
                    byPath,
                    file);
            }
        }

        if (isOwn)
        {
            return _ownPositions[file.FilePath] = byPath;
        }

        var bytes = byPath.Sum(p => (p.Key.Length * sizeof(char)) + p.Value.Bytes);
        _sharedPositions.Add(file.FilePath, byPath);
        _sharedOrder.Enqueue((file.FilePath, bytes));
        _sharedBytes += bytes;
        DropPositions();
        return byPath;
    }

    // Whoever uses what is dropped keeps it himself.
    private void DropPositions()
    {
        var room = bytesMax - keys.Bytes;
        while (_sharedBytes > room && _sharedOrder.TryDequeue(out var oldest))
        {
            _sharedPositions.Remove(oldest.Path);
            _sharedBytes -= oldest.Bytes;
        }
    }

    private static Column? ColumnOf(int index, FileBatch batch, string location) =>
        FileColumns.Find(PositionDeleteWriter.Schema.Fields[index], batch.Fields, batch.Batch.Columns, location)?.ToDense();

    // Rows are sorted by path: the set is looked up again only where the path changes.
    private static void Collect(BytesColumn paths, FixedColumn<long> positions, Dictionary<string, PositionBitmap> byPath, DataFile file)
    {
        var offsets = paths.Offsets;
        var data = paths.Data.Span;
        var values = positions.Values;
        ReadOnlySpan<byte> last = default;
        PositionBitmap? set = null;
        for (var i = 0; i < values.Length; i++)
        {
            var path = data[offsets[i]..offsets[i + 1]];
            if (set is null || !path.SequenceEqual(last))
            {
                // Two spellings of one path are one data file.
                var key = DeleteIndex.PathKey(Encoding.UTF8.GetString(path));
                if (!byPath.TryGetValue(key, out set))
                {
                    byPath.Add(key, set = new PositionBitmap());
                }

                last = path;
            }

            if (values[i] < 0)
            {
                throw new ArcticException(ErrorCodes.TableCorrupt, $"The position delete file '{file.FilePath}' deletes the row at position {values[i]} of '{Encoding.UTF8.GetString(path)}'.");
            }

            set.Add(values[i]);
        }
    }

    private static ArcticException NotPositions(DataFile file) =>
        new(ErrorCodes.TableCorrupt, $"The position delete file '{file.FilePath}' lacks the columns 'file_path' (id {PositionDeleteWriter.FilePathId}) and 'pos' (id {PositionDeleteWriter.PositionId}).");
}

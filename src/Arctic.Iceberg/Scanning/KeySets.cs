using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>
/// The keys of equality deletes, one set for each scope: loaded once, whatever data files need them and whoever reads these. Thread-safe; one reader loads at a time, and others go on comparing
/// with what is there.
/// </summary>
/// <param name="metadata">The table.</param>
/// <param name="schema">The schema of the scan.</param>
/// <param name="bytesMax">The most memory; sets that a file does not need are dropped before it is exceeded.</param>
internal sealed class KeySets(TableMetadata metadata, Schema schema, long bytesMax)
{
    // About what a key takes beside its bytes, and its bytes unpacked.
    private const int KeyOverheadBytes = 64;
    private const int UnpackedFactor = 4;

    private readonly SemaphoreSlim _loading = new(1, 1);
    private readonly Dictionary<(string Ids, int SpecId, PartitionTuple Partition), KeySet> _sets = [];
    private readonly HashSet<string> _reserved = new(StringComparer.Ordinal);
    private long _reservedBytes;
    private long _bytes;

    /// <summary>The memory that the kept keys take.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Whether a file has deletes by value.</summary>
    public static bool AreNeededFor(FileScanTask task) => task.Deletes.Any(d => d.File.Content == FileContent.EqualityDeletes);

    /// <summary>
    /// Whether the keys of a file, and of all files that were asked about before, are few enough to be kept together: then readers at once never make each other load keys again. Half of the
    /// memory is given away so. Not thread-safe.
    /// </summary>
    public bool TryReserve(FileScanTask task)
    {
        foreach (var file in task.Deletes.Select(d => d.File).Where(f => f.Content == FileContent.EqualityDeletes && !_reserved.Contains(f.FilePath)))
        {
            var bytes = (file.RecordCount * KeyOverheadBytes) + (file.FileSizeBytes * UnpackedFactor);
            if (_reservedBytes + bytes > bytesMax / 2)
            {
                return false;
            }

            _reserved.Add(file.FilePath);
            _reservedBytes += bytes;
        }

        return true;
    }

    /// <summary>Every set that may delete rows of a task's file.</summary>
    /// <param name="files">Reads the delete files that are not loaded yet.</param>
    public async ValueTask<IReadOnlyList<KeySet>> LoadAsync(FileScanTask task, DataFileReader files, CancellationToken cancellationToken)
    {
        if (!AreNeededFor(task))
        {
            return [];
        }

        await _loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await LoadAloneAsync(task, files, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _loading.Release();
        }
    }

    private async ValueTask<IReadOnlyList<KeySet>> LoadAloneAsync(FileScanTask task, DataFileReader files, CancellationToken cancellationToken)
    {
        var sets = new List<KeySet>();
        foreach (var delete in task.Deletes.Where(d => d.File.Content == FileContent.EqualityDeletes))
        {
            var set = SetOf(delete.File);
            if (!sets.Contains(set))
            {
                sets.Add(set);
            }

            if (!set.Files.Contains(delete.File.FilePath))
            {
                // Named only when it is whole: after a failure, or a read that was cancelled, the next read loads it again.
                await AddAsync(set, delete, files, cancellationToken).ConfigureAwait(false);
                set.Files.Add(delete.File.FilePath);
                MakeRoom(sets);
            }
        }

        return sets;
    }

    private KeySet SetOf(DataFile delete)
    {
        var ids = delete.EqualityIds ?? [];
        if (ids.Length == 0)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"The equality delete file '{delete.FilePath}' does not say which columns it compares.");
        }

        var key = (string.Join(',', ids.Order().Select(i => i.ToString(CultureInfo.InvariantCulture))), delete.SpecId, delete.Partition);
        if (!_sets.TryGetValue(key, out var set))
        {
            _sets.Add(key, set = new KeySet(ids.Order().Select(i => KeyColumn.Find(i, schema, metadata)).ToArray()));
        }

        return set;
    }

    private async ValueTask AddAsync(KeySet set, DeleteFile delete, DataFileReader files, CancellationToken cancellationToken)
    {
        var wanted = set.Columns.Select(c => c.Top).ToArray();
        await foreach (var batch in files.ReadAsync(new FileReadRequest(delete.File, FileColumns.IdsOf(wanted), ScanPredicate.True.Instance, schema), cancellationToken).ConfigureAwait(false))
        {
            using (batch)
            {
                var columns = set.Columns
                    .Select(c => c.Extract(FileColumns.Find(c.Top, batch.Fields, batch.Batch.Columns, delete.File.FilePath) ?? FileColumns.Missing(c.Top, batch.Batch.ColumnLength, delete.File.FilePath)))
                    .ToArray();
                set.Deletes.Add(columns, batch.Batch.ColumnLength, delete.SequenceNumber);
            }
        }
    }

    private void MakeRoom(List<KeySet> needed)
    {
        if (_sets.Values.Sum(s => s.Deletes.Bytes) > bytesMax)
        {
            foreach (var (key, set) in _sets.ToArray())
            {
                if (!needed.Contains(set))
                {
                    _sets.Remove(key);
                }
            }

            if (needed.Sum(s => s.Deletes.Bytes) is var bytes && bytes > bytesMax)
            {
                throw new ArcticException(
                    ErrorCodes.ResourcesExhausted,
                    $"The equality deletes of one partition take {bytes:N0} bytes of memory, more than the {bytesMax:N0} that a scan may use. Compact the table, or raise the limit.");
            }
        }

        Interlocked.Exchange(ref _bytes, _sets.Values.Sum(s => s.Deletes.Bytes));
    }
}

/// <summary>The deleted keys of one scope.</summary>
/// <param name="Columns">What a key is made of.</param>
internal sealed record KeySet(IReadOnlyList<KeyColumn> Columns)
{
    /// <summary>The keys.</summary>
    public EqualityDeletes Deletes { get; } = new();

    /// <summary>The delete files that have been added.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    // Sets are told apart by identity.
    public bool Equals(KeySet? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

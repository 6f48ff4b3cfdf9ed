using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Writing;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>Finds the data files of which one commit changed rows, by comparing the manifests before and after it; those that it left alone are not read.</summary>
internal sealed class ChangePlanner(IObjectStore store, TableMetadata metadata, Schema schema, ScanPredicate predicate)
{
    private static readonly ManifestReadOptions DataOptions = new() { LiveOnly = true, WithMetrics = false };

    // The bounds of the path tell of which data file a position delete file is.
    private static readonly ManifestReadOptions DeleteOptions = new() { LiveOnly = true, MetricFieldIds = new HashSet<int> { PositionDeleteWriter.FilePathId } };

    /// <summary>Plans the changes of one commit.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>: what was there before has expired, and the commit did more than append.</exception>
    public async ValueTask<CommitChanges> PlanAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.Operation == "append")
        {
            // Such a commit adds data files and does nothing else (Iceberg spec, "Snapshots").
            var tasks = await IncrementalAppendScan.PlanAsync(store, metadata, snapshot, predicate, schema, cancellationToken).ConfigureAwait(false);
            return new CommitChanges([], [], tasks);
        }

        var after = await ManifestListReader.ReadAsync(store, snapshot, cancellationToken).ConfigureAwait(false);
        var before = await ManifestsBeforeAsync(snapshot, cancellationToken).ConfigureAwait(false);
        return await CompareAsync(before, after, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<IReadOnlyList<ManifestFile>> ManifestsBeforeAsync(Snapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.ParentSnapshotId is not { } parentId)
        {
            return [];
        }

        var parent = metadata.FindSnapshot(parentId) ?? throw new ArcticException(
            ErrorCodes.UnknownName,
            $"Cannot tell what snapshot {snapshot.SnapshotId} of table '{metadata.Location}' changed: its parent {parentId} has expired. Start anew from a full scan, or after snapshot {snapshot.SnapshotId}.");
        return await ManifestListReader.ReadAsync(store, parent, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CommitChanges> CompareAsync(IReadOnlyList<ManifestFile> before, IReadOnlyList<ManifestFile> after, CancellationToken cancellationToken)
    {
        var kept = before.Select(m => m.Path).Intersect(after.Select(m => m.Path)).ToHashSet(StringComparer.Ordinal);
        var changed = new ChangedEntries(metadata);
        foreach (var manifest in before.Where(m => !kept.Contains(m.Path)))
        {
            await ReadAsync(manifest, changed, -1, cancellationToken).ConfigureAwait(false);
        }

        foreach (var manifest in after.Where(m => !kept.Contains(m.Path)))
        {
            await ReadAsync(manifest, changed, 1, cancellationToken).ConfigureAwait(false);
        }

        // Deletes that came or went can be of any file; otherwise files of other manifests need no look.
        changed.Complete();
        bool IsRead(ManifestFile m) => m.Content == ManifestContent.Deletes || changed.HasDeletes || !kept.Contains(m.Path);
        var planner = new ScanPlanner(store, metadata, schema, predicate, metricFieldIds: []);
        var old = await planner.PlanAsync(before.Where(IsRead).ToArray(), changed.Concerns, cancellationToken).ConfigureAwait(false);
        var young = await planner.PlanAsync(after.Where(IsRead).ToArray(), changed.Concerns, cancellationToken).ConfigureAwait(false);
        return Join(old.Tasks, young.Tasks);
    }

    private async ValueTask ReadAsync(ManifestFile manifest, ChangedEntries changed, int sign, CancellationToken cancellationToken)
    {
        if (!manifest.HasLiveFiles)
        {
            return;
        }

        var options = manifest.Content == ManifestContent.Data ? DataOptions : DeleteOptions;
        await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, options, cancellationToken).ConfigureAwait(false))
        {
            changed.Add(entry, sign);
        }
    }

    private static CommitChanges Join(IReadOnlyList<FileScanTask> before, IReadOnlyList<FileScanTask> after)
    {
        var gone = before.ToLookup(FileVersionKey.Of).ToDictionary(g => g.Key, g => new Queue<FileScanTask>(g));
        var changed = new List<(FileScanTask Before, FileScanTask After)>();
        var added = new List<FileScanTask>();
        foreach (var task in after)
        {
            if (!gone.TryGetValue(FileVersionKey.Of(task), out var older) || !older.TryDequeue(out var same))
            {
                added.Add(task);
            }
            else if (!same.Deletes.Select(FileVersionKey.Of).ToHashSet().SetEquals(task.Deletes.Select(FileVersionKey.Of)))
            {
                changed.Add((same, task));
            }
        }

        return new CommitChanges(gone.Values.SelectMany(q => q).ToArray(), changed, added);
    }
}

/// <summary>The files of which one commit changed rows.</summary>
/// <param name="Removed">Files that are no longer part of the table, with the deletes that they had.</param>
/// <param name="Changed">Files whose deletes are others than before.</param>
/// <param name="Added">New files with the deletes that they have from the start.</param>
internal sealed record CommitChanges(IReadOnlyList<FileScanTask> Removed, IReadOnlyList<(FileScanTask Before, FileScanTask After)> Changed, IReadOnlyList<FileScanTask> Added)
{
    /// <summary>Whether a row may be removed and added again.</summary>
    public bool MayCarryRows => Removed.Count + Changed.Count > 0 && (Added.Count > 0 || Changed.Any(c => c.Before.Deletes.Count > 0));
}

/// <summary>What makes a file of a table the same file in two snapshots. A file may leave the table and come back, which its sequence number tells.</summary>
/// <param name="Offset">Of a deletion vector in its Puffin file.</param>
internal readonly record struct FileVersionKey(string Path, long? Offset, long SequenceNumber)
{
    public static FileVersionKey Of(FileScanTask task) => new(task.File.FilePath, null, task.SequenceNumber);

    public static FileVersionKey Of(DeleteFile delete) => new(delete.File.FilePath, delete.File.ContentOffset, delete.SequenceNumber);
}

/// <summary>The entries that are live on one side of a commit only.</summary>
internal sealed class ChangedEntries(TableMetadata metadata)
{
    private readonly Dictionary<FileVersionKey, int> _data = [];
    private readonly Dictionary<FileVersionKey, (DeleteFile File, int Count)> _deletes = [];
    private DeleteIndex _index = new([], []);

    /// <summary>Whether deletes came or went.</summary>
    public bool HasDeletes => !_index.IsEmpty;

    /// <summary>Counts a live entry.</summary>
    /// <param name="sign">-1 before the commit, 1 after it.</param>
    public void Add(ManifestEntry entry, int sign)
    {
        var delete = new DeleteFile(entry.File, entry.SequenceNumber ?? 0);
        var key = entry.File.Content == FileContent.Data ? FileVersionKey.Of(delete) with { Offset = null } : FileVersionKey.Of(delete);
        if (entry.File.Content == FileContent.Data)
        {
            _data[key] = _data.GetValueOrDefault(key) + sign;
        }
        else
        {
            _deletes[key] = (delete, _deletes.GetValueOrDefault(key).Count + sign);
        }
    }

    /// <summary>All entries have been added.</summary>
    public void Complete() => _index = new DeleteIndex(_deletes.Values.Where(d => d.Count != 0).Select(d => d.File), metadata.PartitionSpecs);

    /// <summary>Whether rows of a data file may have changed. Thread-safe.</summary>
    public bool Concerns(ManifestEntry entry)
    {
        var sequence = entry.SequenceNumber ?? 0;
        return _data.GetValueOrDefault(new FileVersionKey(entry.File.FilePath, null, sequence)) != 0 || _index.Find(entry.File, sequence).Count > 0;
    }
}

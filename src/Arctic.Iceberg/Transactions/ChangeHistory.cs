using System.Globalization;
using System.Text;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Transactions;

/// <summary>The files that others added and removed since a snapshot: what validations look at.</summary>
internal sealed class ChangeHistory
{
    private readonly string _table;
    private readonly TableMetadata _metadata;
    private readonly IReadOnlySet<int>? _metricFieldIds;
    private readonly List<(DataFile File, long SnapshotId, string? Operation)> _added = [];
    private readonly List<(DataFile File, long SnapshotId, string? Operation)> _removed = [];

    private ChangeHistory(string table, TableMetadata metadata, IReadOnlySet<int>? metricFieldIds)
    {
        (_table, _metadata, _metricFieldIds) = (table, metadata, metricFieldIds);
    }

    /// <summary>The changes of one snapshot.</summary>
    internal sealed record SnapshotChanges(IReadOnlyList<DataFile> Added, IReadOnlyList<DataFile> Removed);

    /// <summary>Reads the changes after <paramref name="startSnapshotId"/> up to <paramref name="parent"/>.</summary>
    /// <param name="startSnapshotId">Null for all history that is kept.</param>
    /// <param name="known">What earlier attempts of the same commit have read: an attempt reads only what came since. Without it a commit that is
    /// overtaken again and again would have more to read each time, and never catch up.</param>
    /// <param name="filter">What scopes are told by, so that the metrics of its columns are read; null when none is.</param>
    /// <exception cref="CommitConflictException">The start is no ancestor, or has expired: what came after it cannot be told.</exception>
    public static async ValueTask<ChangeHistory> SinceAsync(
        IcebergTable table, TableMetadata metadata, long? startSnapshotId, Snapshot parent, Dictionary<long, SnapshotChanges> known, FileFilter? filter, CancellationToken cancellationToken)
    {
        var history = new ChangeHistory(table.Identifier.ToString(), metadata, filter?.MetricFieldIds);
        var snapshots = metadata.AncestorsOf(parent.SnapshotId).TakeWhile(s => s.SnapshotId != startSnapshotId).ToList();
        if (startSnapshotId is { } start && (snapshots.Count == 0 ? parent.SnapshotId != start : snapshots[^1].ParentSnapshotId != start))
        {
            throw new CommitConflictException(
                $"Cannot commit to '{table.Identifier}': snapshot {start}, which the change was planned from, is not an ancestor of the current snapshot {parent.SnapshotId} or has expired. Plan the change again.");
        }

        foreach (var snapshot in snapshots)
        {
            if (!known.TryGetValue(snapshot.SnapshotId, out var changes))
            {
                changes = await history.ReadAsync(table, metadata, snapshot, cancellationToken).ConfigureAwait(false);
                known.Add(snapshot.SnapshotId, changes);
            }

            history._added.AddRange(changes.Added.Select(f => (f, snapshot.SnapshotId, snapshot.Operation)));
            history._removed.AddRange(changes.Removed.Select(f => (f, snapshot.SnapshotId, snapshot.Operation)));
        }

        return history;
    }

    /// <summary>The data files must not have been removed.</summary>
    public void CheckNotRemoved(IEnumerable<string> dataPaths)
    {
        var paths = KeysOf(dataPaths);
        foreach (var (file, snapshotId, operation) in _removed)
        {
            if (file.Content == FileContent.Data && paths.Contains(DeleteIndex.PathKey(file.FilePath)))
            {
                throw Conflict($"the data file '{file.FilePath}', whose rows are to be deleted, was removed by snapshot {Text(snapshotId)} ({operation})");
            }
        }
    }

    /// <summary>Nobody may have added rows to a scope. Rewrites add no rows.</summary>
    public void CheckNoNewDataFiles(Func<DataFile, bool> isInScope, string scope)
    {
        foreach (var (file, snapshotId, operation) in _added)
        {
            if (file.Content == FileContent.Data && operation != "replace" && isInScope(file))
            {
                throw Conflict($"snapshot {Text(snapshotId)} has added '{file.FilePath}' to {scope}");
            }
        }
    }

    /// <summary>Nobody may have deleted rows of a scope.</summary>
    public void CheckNoNewDeleteFiles(Func<DataFile, bool> isInScope, string scope)
    {
        foreach (var (file, snapshotId, operation) in _added)
        {
            if (file.Content != FileContent.Data && operation != "replace" && isInScope(file))
            {
                throw Conflict($"snapshot {Text(snapshotId)} has deleted rows of {scope} by '{file.FilePath}'");
            }
        }
    }

    /// <summary>Nobody may have removed data files of a scope.</summary>
    public void CheckNoRemovedDataFiles(Func<DataFile, bool> isInScope, string scope)
    {
        foreach (var (file, snapshotId, operation) in _removed)
        {
            if (file.Content == FileContent.Data && operation != "replace" && isInScope(file))
            {
                throw Conflict($"snapshot {Text(snapshotId)} ({operation}) has removed '{file.FilePath}' from {scope}");
            }
        }
    }

    /// <summary>Nobody may have deleted rows of the given data files by position.</summary>
    /// <remarks>A position delete file that does not say which data file it is for counts when its path bounds admit one of them.</remarks>
    public void CheckNoNewDeletes(IReadOnlyCollection<string> dataPaths)
    {
        var paths = KeysOf(dataPaths);
        foreach (var (file, snapshotId, _) in _added)
        {
            if (file.Content == FileContent.PositionDeletes
                && (DeleteScope.OnlyTargetOf(file) is { } only ? paths.Contains(DeleteIndex.PathKey(only)) : dataPaths.Any(path => DeleteScope.MayPointTo(file, path))))
            {
                throw Conflict($"snapshot {Text(snapshotId)} has deleted rows by '{file.FilePath}' that this change does not know of");
            }
        }
    }

    /// <summary>Nobody may have deleted rows that are or might be in the given data files, by position or by value.</summary>
    /// <param name="equalityDeletes">Deletes by value apply to the new files too when those keep the old sequence numbers.</param>
    public void CheckNoNewDeletes(IReadOnlyCollection<DataFile> dataFiles, NewEqualityDeletes equalityDeletes)
    {
        CheckNoNewDeletes(dataFiles.Select(f => f.FilePath).ToArray());
        if (equalityDeletes == NewEqualityDeletes.Tolerated)
        {
            return;
        }

        foreach (var (file, snapshotId, _) in _added)
        {
            if (file.Content == FileContent.EqualityDeletes && _metadata.FindSpec(file.SpecId) is var spec && dataFiles.Any(d => DeleteScope.MayApplyByValue(file, spec, d)))
            {
                throw Conflict($"snapshot {Text(snapshotId)} has deleted rows by value ('{file.FilePath}') that the rewritten files would bring back");
            }
        }
    }

    /// <summary>Nobody may have added a deletion vector of these data files.</summary>
    public void CheckNoNewVectors(IEnumerable<string> dataPaths)
    {
        var paths = KeysOf(dataPaths);
        foreach (var (file, snapshotId, _) in _added)
        {
            if (file.IsDeletionVector && file.ReferencedDataFile is { } path && paths.Contains(DeleteIndex.PathKey(path)))
            {
                throw Conflict($"snapshot {Text(snapshotId)} has added a deletion vector of '{path}' that this change does not know of");
            }
        }
    }

    private async ValueTask<SnapshotChanges> ReadAsync(IcebergTable table, TableMetadata metadata, Snapshot snapshot, CancellationToken cancellationToken)
    {
        var (added, removed) = (new List<DataFile>(), new List<DataFile>());
        foreach (var manifest in await ManifestListReader.ReadAsync(table.Store, snapshot, cancellationToken).ConfigureAwait(false))
        {
            if (manifest.AddedSnapshotId != snapshot.SnapshotId)
            {
                continue;
            }

            await foreach (var entry in ManifestReader.ReadAsync(table.Store, manifest, metadata, OptionsFor(manifest), cancellationToken).ConfigureAwait(false))
            {
                if (entry.SnapshotId == snapshot.SnapshotId && entry.Status != EntryStatus.Existing)
                {
                    (entry.Status == EntryStatus.Added ? added : removed).Add(entry.File);
                }
            }
        }

        return new SnapshotChanges(added, removed);
    }

    // Beside the filter's columns only the path bounds of position deletes are looked at.
    private ManifestReadOptions OptionsFor(ManifestFile manifest) => (manifest.Content, _metricFieldIds) switch
    {
        (ManifestContent.Data, null) => ManifestReadOptions.WithoutMetrics,
        (ManifestContent.Data, _) => new ManifestReadOptions { MetricFieldIds = _metricFieldIds },
        _ => new ManifestReadOptions { MetricFieldIds = DeleteScope.PathFieldIds.Union(_metricFieldIds ?? DeleteScope.PathFieldIds).ToHashSet() },
    };

    // Writers spell the path of one file differently: files are compared as scans compare them.
    private static HashSet<string> KeysOf(IEnumerable<string> paths) => paths.Select(DeleteIndex.PathKey).ToHashSet(StringComparer.Ordinal);

    private CommitConflictException Conflict(string what) => new($"Cannot commit to '{_table}': {what}. Plan the change again on the current snapshot.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Whether new deletes by value matter to a rewrite.</summary>
internal enum NewEqualityDeletes
{
    /// <summary>They would not apply to the new files.</summary>
    Refused,

    /// <summary>The new files keep the sequence numbers of the old ones, so they apply.</summary>
    Tolerated,
}

/// <summary>Which data files a delete file can touch, by what its manifest entry says.</summary>
internal static class DeleteScope
{
    /// <summary>The field id of <c>file_path</c> in position delete files.</summary>
    public const int PathFieldId = PositionDeleteWriter.FilePathId;

    /// <summary>Just <see cref="PathFieldId"/>.</summary>
    public static readonly IReadOnlySet<int> PathFieldIds = new HashSet<int> { PathFieldId };

    /// <summary>Whether a position delete file or deletion vector may hold positions of a data file.</summary>
    public static bool MayPointTo(DataFile deletes, string dataPath)
    {
        if (OnlyTargetOf(deletes) is { } only)
        {
            return DeleteIndex.PathKey(only) == DeleteIndex.PathKey(dataPath);
        }

        // Bounds tell of paths that are spelled as they are; any other spelling of the path may lie between them.
        var path = Encoding.UTF8.GetBytes(dataPath);
        ReadOnlyMemory<byte> lower = default, upper = default;
        return !(deletes.LowerBounds?.TryGet(PathFieldId, out lower) ?? false) || !(deletes.UpperBounds?.TryGet(PathFieldId, out upper) ?? false)
            || !IsSpelledLike(lower.Span, path) || !IsSpelledLike(upper.Span, path)
            || (lower.Span.SequenceCompareTo(path) <= 0 && upper.Span.SequenceCompareTo(path) >= 0);
    }

    /// <summary>The one data file that a position delete file or deletion vector is for: it says so, or its path bounds are equal, which cut ones never are. Null when it may be for several.</summary>
    public static string? OnlyTargetOf(DataFile deletes)
    {
        if (deletes.ReferencedDataFile is { } target)
        {
            return target;
        }

        ReadOnlyMemory<byte> lower = default, upper = default;
        return (deletes.LowerBounds?.TryGet(PathFieldId, out lower) ?? false) && (deletes.UpperBounds?.TryGet(PathFieldId, out upper) ?? false)
            && lower.Length > 0 && lower.Span.SequenceEqual(upper.Span)
            ? Encoding.UTF8.GetString(lower.Span)
            : null;
    }

    /// <summary>Whether an equality delete file is for all partitions: its spec has none, or only void ones (Iceberg spec, "Scan Planning").</summary>
    /// <param name="spec">The file's; null when the table does not have it.</param>
    public static bool IsGlobal(DataFile deletes, PartitionSpec? spec) => deletes.Content == FileContent.EqualityDeletes && spec is { IsUnpartitioned: true };

    /// <summary>Whether an equality delete file is in the scope of a data file, sequence numbers aside: the same partition, or all of them.</summary>
    /// <param name="spec">The delete file's.</param>
    public static bool MayApplyByValue(DataFile deletes, PartitionSpec? spec, DataFile data) =>
        IsGlobal(deletes, spec) || (deletes.SpecId == data.SpecId && deletes.Partition.Equals(data.Partition));

    private static bool IsSpelledLike(ReadOnlySpan<byte> bound, ReadOnlySpan<byte> path)
    {
        var root = RootLengthOf(path);
        return RootLengthOf(bound) == root && bound[..root].SequenceEqual(path[..root]) && bound[root..].IndexOf("//"u8) < 0 && path[root..].IndexOf("//"u8) < 0;
    }

    // Scheme and authority as they are written.
    private static int RootLengthOf(ReadOnlySpan<byte> location)
    {
        var start = location.IndexOfAny((byte)':', (byte)'/') is >= 0 and var i && location[i] == ':' ? i + 1 : 0;
        if (!location[start..].StartsWith("//"u8))
        {
            return start;
        }

        var slash = location[(start + 2)..].IndexOf((byte)'/');
        return slash < 0 ? location.Length : start + 2 + slash;
    }
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// A step that makes a snapshot of added and removed files. Manifests of added files are written once; a retry writes a new manifest list, and new versions of
/// manifests that changed meanwhile.
/// </summary>
public abstract class SnapshotStep : TransactionStep
{
    private readonly ManifestFolder _folder;
    private readonly ManifestFilter _filter;
    private readonly ManifestMerger _merger;
    private readonly ManifestMerging _merging;
    private readonly Transaction _transaction;
    private readonly CommitEnvironment _environment;
    private readonly Dictionary<string, string> _properties = new(StringComparer.Ordinal);
    private readonly List<AddedFile> _added = [];
    private readonly FileRemovals _removals = new();
    private (int FormatVersion, List<ManifestFile> Manifests)? _addedManifests;
    private HashSet<string> _usedPaths = [];
    private string? _branch;

    private protected SnapshotStep(Transaction transaction, ManifestMerging merging)
    {
        _transaction = transaction;
        _environment = transaction.Environment;
        _merging = merging;
        SnapshotId = _environment.NewSnapshotId();
        _folder = new ManifestFolder(_environment, SnapshotId);
        _filter = new ManifestFilter(_folder);
        _merger = new ManifestMerger(_folder, SnapshotId);
    }

    /// <summary>The id that the snapshot will have; the same in every attempt.</summary>
    public long SnapshotId { get; }

    /// <summary>The branch that moves to the snapshot: the step's own choice, or else the transaction's. A step that adds new rows starts one that does not exist from <c>main</c>.</summary>
    public string Branch => _branch ?? _transaction.Branch;

    private protected IReadOnlyList<AddedFile> AddedFiles => _added;

    private protected FileRemovals Removals => _removals;

    /// <summary>The changes of others that earlier attempts have read.</summary>
    private protected Dictionary<long, ChangeHistory.SnapshotChanges> KnownChanges { get; } = [];

    private protected ManifestFolder Folder => _folder;

    /// <summary>What the summary calls the commit.</summary>
    private protected abstract string Operation { get; }

    /// <summary>Whether a branch that does not exist may be started: a step that only removes or rewrites has nothing to put there, so the name is a mistake.</summary>
    private protected virtual bool MayStartBranch => true;

    /// <summary>Whether each file that is removed by name must still be there.</summary>
    private protected virtual bool RemovedFilesMustExist => false;

    /// <summary>Checks the changes since the step was planned.</summary>
    /// <exception cref="CommitConflictException">They contradict the step.</exception>
    private protected virtual ValueTask ValidateAsync(CommitAttempt attempt, Snapshot? parent, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    private protected void SetProperty(string key, string value) => _properties[key] = value;

    private protected void SetBranch(string branch) => _branch = branch;

    private protected void AddFile(DataFile file, long? sequenceNumber) => _added.Add(new AddedFile(file, sequenceNumber));

    internal override async ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var metadata = attempt.Metadata;
        if (metadata.FindSnapshot(SnapshotId) is not null)
        {
            throw new ArcticException(ErrorCodes.Internal, $"Snapshot {SnapshotId} exists already: the random source repeats itself.");
        }

        if (!MayStartBranch)
        {
            metadata.RequireRef(Branch, attempt.Table.Identifier.ToString());
        }

        CheckAddedFiles(metadata);
        var parent = metadata.FindSnapshot(Branch) ?? metadata.CurrentSnapshot;
        await ValidateAsync(attempt, parent, cancellationToken).ConfigureAwait(false);
        var store = attempt.Table.Store;
        var summary = new SnapshotSummaryBuilder();
        var manifests = await BuildManifestsAsync(store, metadata, parent, summary, cancellationToken).ConfigureAwait(false);
        var sequence = metadata.FormatVersion == 1 ? 0 : metadata.LastSequenceNumber + 1;
        var (list, nextRowId) = await _folder.WriteListAsync(store, metadata, parent, sequence, attempt.Number, manifests, cancellationToken).ConfigureAwait(false);
        _usedPaths = [list, .. manifests.Select(m => m.Path)];
        AddUpdates(attempt, parent, new Snapshot
        {
            SnapshotId = SnapshotId,
            ParentSnapshotId = parent?.SnapshotId,
            SequenceNumber = sequence,
            TimestampMs = Math.Max(_environment.NowMs, metadata.LastUpdatedMs),
            ManifestList = list,
            Summary = summary.Build(Operation, parent, PropertiesOfSummary()),
            SchemaId = metadata.CurrentSchemaId,
            FirstRowId = metadata.FormatVersion > 2 ? metadata.NextRowId : null,
            AddedRows = metadata.FormatVersion > 2 ? nextRowId - metadata.NextRowId : null,
        });
    }

    internal override IReadOnlySet<string> UsedPaths => _usedPaths;

    // Also what another step uses: its snapshot takes over manifests of this one's, which may be expired already.
    internal override ValueTask CleanUpAsync(IcebergTable table, IReadOnlySet<string> used) => _folder.DeleteAllButAsync(table.Store, used);

    private Dictionary<string, string> PropertiesOfSummary() =>
        _transaction.WapId is { } id ? new Dictionary<string, string>(_properties) { [WapSummary.Staged] = id } : _properties;

    private void AddUpdates(CommitAttempt attempt, Snapshot? parent, Snapshot snapshot)
    {
        if (_transaction.IsStaged)
        {
            // No branch moves; whoever publishes the snapshot checks then what it would hide.
            attempt.Add(new TableUpdate.AddSnapshot(snapshot));
            return;
        }

        attempt.Metadata.Refs.TryGetValue(Branch, out var existing);
        var reference = existing is null ? new SnapshotRef(SnapshotId, SnapshotRefType.Branch) : existing with { SnapshotId = SnapshotId };
        if (reference.Type != SnapshotRefType.Branch)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot commit to '{Branch}' of '{attempt.Table.Identifier}': it is a tag.");
        }

        // A second snapshot of one transaction follows the first, which no other writer can have seen.
        if (!attempt.Updates.OfType<TableUpdate.SetSnapshotRef>().Any(u => u.Name == Branch))
        {
            attempt.Require(new TableRequirement.AssertRefSnapshotId(Branch, existing is null ? null : parent?.SnapshotId));
        }

        attempt.Add(new TableUpdate.AddSnapshot(snapshot));
        attempt.Add(new TableUpdate.SetSnapshotRef(Branch, reference));
    }

    private void CheckAddedFiles(TableMetadata metadata)
    {
        foreach (var (file, sequence) in _added)
        {
            if (metadata.FindSpec(file.SpecId) is not { } spec || spec.Fields.Count != file.Partition.Count)
            {
                throw new ArgumentException($"The file '{file.FilePath}' has {file.Partition.Count} partition values, which do not fit partition spec {file.SpecId} of the table.");
            }

            if (metadata.FormatVersion == 1 && (file.Content != FileContent.Data || sequence is not null))
            {
                throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot add '{file.FilePath}': a table of format version 1 has neither delete files nor sequence numbers. Upgrade it to 2.");
            }

            if (file.IsDeletionVector != (metadata.FormatVersion > 2) && file.Content == FileContent.PositionDeletes)
            {
                throw new ArcticException(
                    ErrorCodes.FormatUnsupported,
                    $"Cannot add '{file.FilePath}': in format version {metadata.FormatVersion} deleted positions are kept in {(metadata.FormatVersion > 2 ? "deletion vectors" : "position delete files")}.");
            }
        }
    }

    /// <summary>The manifests of the new snapshot.</summary>
    private protected virtual async ValueTask<List<ManifestFile>> BuildManifestsAsync(
        IObjectStore store, TableMetadata metadata, Snapshot? parent, SnapshotSummaryBuilder summary, CancellationToken cancellationToken)
    {
        var existing = parent is null ? [] : await ManifestListReader.ReadAsync(store, parent, cancellationToken).ConfigureAwait(false);
        var live = new List<ManifestFile>(existing.Count);
        foreach (var manifest in existing.Where(m => m.HasLiveFiles))
        {
            live.Add(await CountedAsync(store, metadata, manifest, cancellationToken).ConfigureAwait(false));
        }

        var kept = await RemoveAsync(store, metadata, live, summary, cancellationToken).ConfigureAwait(false);
        if (_addedManifests?.FormatVersion != metadata.FormatVersion)
        {
            _addedManifests = (metadata.FormatVersion, await WriteAddedAsync(store, metadata, cancellationToken).ConfigureAwait(false));
        }

        foreach (var (file, _) in _added)
        {
            summary.Added(file);
        }

        List<ManifestFile> all = [.. _addedManifests.Value.Manifests, .. kept];
        return [.. await MergeAsync(store, metadata, all, ManifestContent.Data, cancellationToken).ConfigureAwait(false),
            .. await MergeAsync(store, metadata, all, ManifestContent.Deletes, cancellationToken).ConfigureAwait(false)];
    }

    private async ValueTask<IEnumerable<ManifestFile>> MergeAsync(
        IObjectStore store, TableMetadata metadata, List<ManifestFile> manifests, ManifestContent content, CancellationToken cancellationToken)
    {
        var some = manifests.Where(m => m.Content == content).ToList();
        return _merging == ManifestMerging.Never ? some : await _merger.MergeAsync(store, metadata, some, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Old lists do not say how many files a manifest has; ours must.</summary>
    private protected static async ValueTask<ManifestFile> CountedAsync(IObjectStore store, TableMetadata metadata, ManifestFile manifest, CancellationToken cancellationToken)
    {
        if (manifest is { AddedFilesCount: not null, ExistingFilesCount: not null, DeletedFilesCount: not null, AddedRowsCount: not null, ExistingRowsCount: not null, DeletedRowsCount: not null })
        {
            return manifest;
        }

        var files = new int[3];
        var rows = new long[3];
        await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, ManifestReadOptions.WithoutMetrics, cancellationToken).ConfigureAwait(false))
        {
            files[(int)entry.Status]++;
            rows[(int)entry.Status] += entry.File.RecordCount;
        }

        return manifest with
        {
            AddedFilesCount = files[(int)EntryStatus.Added],
            ExistingFilesCount = files[(int)EntryStatus.Existing],
            DeletedFilesCount = files[(int)EntryStatus.Deleted],
            AddedRowsCount = rows[(int)EntryStatus.Added],
            ExistingRowsCount = rows[(int)EntryStatus.Existing],
            DeletedRowsCount = rows[(int)EntryStatus.Deleted],
        };
    }

    private async ValueTask<List<ManifestFile>> RemoveAsync(
        IObjectStore store, TableMetadata metadata, List<ManifestFile> manifests, SnapshotSummaryBuilder summary, CancellationToken cancellationToken)
    {
        if (_removals.IsEmpty)
        {
            return manifests;
        }

        var removed = new List<DataFile>();
        var kept = new List<ManifestFile>(manifests.Count);
        foreach (var manifest in manifests.Where(m => m.Content == ManifestContent.Data))
        {
            kept.Add(MayMatch(metadata, manifest)
                ? await FilterAsync(store, metadata, manifest, e => _removals.Matches(e.File, metadata), ReuseResult.Allowed, removed, cancellationToken).ConfigureAwait(false)
                : manifest);
        }

        var removedPaths = removed.Select(f => DeleteIndex.PathKey(f.FilePath)).ToHashSet(StringComparer.Ordinal);
        var removedPartitions = removed.Select(f => (f.SpecId, f.Partition)).ToHashSet();
        var minSequence = MinDataSequence(metadata, kept);
        foreach (var manifest in manifests.Where(m => m.Content == ManifestContent.Deletes))
        {
            // Deletes that no live data file can be touched by any more go too: those of one removed file alone, and what is older than all data.
            var mayDangle = manifest.MinSequenceNumber < minSequence || MayHoldDeletesOf(metadata, manifest, removedPartitions);
            kept.Add(mayDangle || MayMatch(metadata, manifest)
                ? await FilterAsync(store, metadata, manifest, e => _removals.Matches(e.File, metadata) || IsDangling(e, removedPaths, minSequence), ReuseResult.Forbidden, removed, cancellationToken)
                    .ConfigureAwait(false)
                : manifest);
        }

        foreach (var file in removed)
        {
            summary.Removed(file);
        }

        if (RemovedFilesMustExist)
        {
            CheckAllFound(removed);
        }

        return kept;
    }

    private bool MayMatch(TableMetadata metadata, ManifestFile manifest) =>
        metadata.FindSpec(manifest.SpecId) is not { } spec || _removals.MayMatch(manifest, metadata.PartitionTypeOf(spec), metadata);

    private static bool MayHoldDeletesOf(TableMetadata metadata, ManifestFile manifest, HashSet<(int SpecId, PartitionTuple Partition)> removedPartitions) =>
        metadata.FindSpec(manifest.SpecId) is { } spec && metadata.PartitionTypeOf(spec) is var type
        && removedPartitions.Any(p => p.SpecId == manifest.SpecId && FileRemovals.MayContain(manifest, type, p.Partition));

    private static bool IsDangling(ManifestEntry entry, HashSet<string> removedPaths, long minSequence) =>
        (removedPaths.Count > 0 && entry.File.Content == FileContent.PositionDeletes && DeleteScope.OnlyTargetOf(entry.File) is { } path && removedPaths.Contains(DeleteIndex.PathKey(path)))
        || (entry.SequenceNumber > 0 && entry.SequenceNumber < minSequence);

    /// <summary>The least data sequence number of the data files that the commit leaves or adds.</summary>
    private long MinDataSequence(TableMetadata metadata, List<ManifestFile> dataManifests)
    {
        var newSequence = metadata.LastSequenceNumber + 1;
        return dataManifests.Where(m => m.HasLiveFiles)
            .Select(m => m.MinSequenceNumber == ManifestFile.UnassignedSequence ? newSequence : m.MinSequenceNumber)
            .Concat(_added.Where(a => a.File.Content == FileContent.Data).Select(a => a.SequenceNumber ?? newSequence))
            .DefaultIfEmpty(newSequence)
            .Min();
    }

    private async ValueTask<ManifestFile> FilterAsync(
        IObjectStore store, TableMetadata metadata, ManifestFile manifest, Func<ManifestEntry, bool> isRemoved, ReuseResult reuse, List<DataFile> removed, CancellationToken cancellationToken)
    {
        var filtered = await _filter.FilterAsync(store, metadata, manifest, isRemoved, reuse, cancellationToken).ConfigureAwait(false);
        removed.AddRange(filtered.Removed);
        return filtered.Manifest;
    }

    private void CheckAllFound(List<DataFile> removed)
    {
        var found = removed.Select(FileKey.Of).ToHashSet();
        if (_removals.Files.FirstOrDefault(f => !found.Contains(FileKey.Of(f))) is { } missing)
        {
            throw new CommitConflictException($"Cannot commit: the file '{missing.FilePath}', which is to be replaced, is not part of the table any more. Plan the change again.");
        }
    }

    private async ValueTask<List<ManifestFile>> WriteAddedAsync(IObjectStore store, TableMetadata metadata, CancellationToken cancellationToken)
    {
        var target = TableProperties.ReadLong(metadata.Properties, TableProperties.ManifestTargetSize, 8 * 1024 * 1024);
        var manifests = new List<ManifestFile>();
        foreach (var group in _added.GroupBy(a => (Content: a.File.Content == FileContent.Data ? ManifestContent.Data : ManifestContent.Deletes, a.File.SpecId)))
        {
            var spec = metadata.FindSpec(group.Key.SpecId)!;
            ManifestWriter? writer = null;
            try
            {
                foreach (var (file, sequence) in group)
                {
                    writer ??= await _folder.CreateManifestAsync(store, metadata, spec, group.Key.Content, cancellationToken).ConfigureAwait(false);
                    writer.AddNew(file, sequence);
                    if (writer.BytesWritten >= target)
                    {
                        manifests.Add(await writer.CompleteAsync(cancellationToken).ConfigureAwait(false));
                        await writer.DisposeAsync().ConfigureAwait(false);
                        writer = null;
                    }
                }

                if (writer is not null)
                {
                    manifests.Add(await writer.CompleteAsync(cancellationToken).ConfigureAwait(false));
                }
            }
            finally
            {
                if (writer is not null)
                {
                    await writer.DisposeAsync().ConfigureAwait(false);
                }
            }
        }

        return manifests;
    }
}

/// <summary>A file to add.</summary>
/// <param name="SequenceNumber">Its data sequence number; null for that of the commit.</param>
internal readonly record struct AddedFile(DataFile File, long? SequenceNumber);

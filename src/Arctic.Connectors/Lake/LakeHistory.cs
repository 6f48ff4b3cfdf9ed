using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;

namespace Arctic.Connectors.Lake;

/// <summary>The commits that a streaming read has yet to show; it fails where some of them can no longer be known.</summary>
internal static class LakeHistory
{
    /// <summary>The snapshots after a sequence number, oldest first.</summary>
    /// <param name="table">Its name, for messages.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: some of them may have expired.</exception>
    public static List<Snapshot> SnapshotsAfter(TableMetadata metadata, long sequence, string table)
    {
        var after = metadata.AncestorsOf(metadata.CurrentSnapshotId).TakeWhile(s => s.SequenceNumber > sequence).Reverse().ToList();

        // Where the chain breaks off, the parent's number is anything below its child's.
        if (after.Count > 0 && after[0] is { ParentSnapshotId: { } parent } oldest && metadata.FindSnapshot(parent) is null && oldest.SequenceNumber - 1 > sequence)
        {
            throw Missed(table, sequence, $"snapshots between it and {oldest.SequenceNumber} have expired");
        }

        return after;
    }

    /// <summary>Makes sure that no file of a commit after a sequence number was removed since.</summary>
    /// <param name="snapshots">Those after the sequence number.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.UnknownName"/>: one was.</exception>
    public static async ValueTask RequireFilesKeptAsync(IcebergTable store, IReadOnlyList<Snapshot> snapshots, long sequence, string table, CancellationToken cancellationToken)
    {
        foreach (var snapshot in snapshots.Where(s => s.Operation is not (null or "append")))
        {
            foreach (var manifest in await store.ReadManifestsAsync(snapshot, cancellationToken).ConfigureAwait(false))
            {
                if (manifest.AddedSnapshotId != snapshot.SnapshotId || manifest.Content != ManifestContent.Data)
                {
                    continue;
                }

                await foreach (var entry in store.ReadEntriesAsync(manifest, ManifestReadOptions.WithoutMetrics, cancellationToken).ConfigureAwait(false))
                {
                    if (!entry.IsLive && entry.SequenceNumber > sequence)
                    {
                        throw Missed(table, sequence, $"snapshot {snapshot.SnapshotId} removed change files of commit {entry.SequenceNumber}");
                    }
                }
            }
        }
    }

    private static ArcticException Missed(string table, long sequence, string reason) =>
        new(ErrorCodes.UnknownName, $"Cannot read table '{table}' on from sequence number {sequence}: {reason}, so rows would be skipped.")
        {
            Hint = "Start the job anew without its checkpoint, from a full read of the table, and keep snapshots and change files for longer than a reader may be away.",
        };
}

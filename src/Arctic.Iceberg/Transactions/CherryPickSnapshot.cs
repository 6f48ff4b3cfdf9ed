using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Brings what one snapshot did to a branch: a snapshot that was made on the branch's current one is moved to as it is, of any other the appended files are
/// appended anew. Each snapshot, and each name of staged ones (<c>wap.id</c>), comes to a branch at most once.
/// </summary>
public sealed class CherryPickSnapshot : SnapshotStep
{
    private readonly long _sourceId;
    private bool _isRead;

    internal CherryPickSnapshot(Transaction transaction, long snapshotId)
        : base(transaction, ManifestMerging.AsConfigured) => _sourceId = snapshotId;

    private protected override string Operation => "append";

    /// <summary>Brings it to another branch than <c>main</c>.</summary>
    public CherryPickSnapshot ToBranch(string branch)
    {
        SetBranch(branch);
        return this;
    }

    internal override async ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var metadata = attempt.Metadata;
        var source = metadata.FindSnapshot(_sourceId)
            ?? throw new ArcticException(ErrorCodes.UnknownName, $"Table '{attempt.Table.Identifier}' has no snapshot {Text(_sourceId)}; it may have expired.");
        var parent = metadata.FindSnapshot(Branch) ?? metadata.CurrentSnapshot;
        CheckIsNew(attempt, source, parent);
        if (source.ParentSnapshotId == parent?.SnapshotId)
        {
            MoveTo(attempt, source);
            return;
        }

        if (source.Operation != "append")
        {
            throw Invalid(attempt, $"it is not an append ({source.Operation ?? "no operation"}), and '{Branch}' has changed since it was made", "Make the change again on the current snapshot.");
        }

        if (!_isRead)
        {
            await ReadAddedAsync(attempt, source, cancellationToken).ConfigureAwait(false);
            _isRead = true;
        }

        SetProperty(WapSummary.Source, Text(_sourceId));
        if (source.Summary.TryGetValue(WapSummary.Staged, out var wapId))
        {
            SetProperty(WapSummary.Published, wapId);
        }

        RequireSource(attempt, source);
        await base.ApplyAsync(attempt, cancellationToken).ConfigureAwait(false);
    }

    private void CheckIsNew(CommitAttempt attempt, Snapshot source, Snapshot? parent)
    {
        source.Summary.TryGetValue(WapSummary.Staged, out var wapId);
        foreach (var ancestor in attempt.Metadata.AncestorsOf(parent?.SnapshotId))
        {
            if (ancestor.SnapshotId == _sourceId || ancestor.Summary.GetValueOrDefault(WapSummary.Source) == Text(_sourceId))
            {
                throw Invalid(attempt, $"'{Branch}' has it already, in snapshot {Text(ancestor.SnapshotId)}");
            }

            if (wapId is not null && (ancestor.Summary.GetValueOrDefault(WapSummary.Staged) == wapId || ancestor.Summary.GetValueOrDefault(WapSummary.Published) == wapId))
            {
                throw Invalid(attempt, $"'{WapSummary.Staged}' {wapId} was published already, by snapshot {Text(ancestor.SnapshotId)}");
            }
        }
    }

    private void MoveTo(CommitAttempt attempt, Snapshot source)
    {
        attempt.Metadata.Refs.TryGetValue(Branch, out var reference);
        if (reference is { Type: not SnapshotRefType.Branch })
        {
            throw Invalid(attempt, $"'{Branch}' is a tag");
        }

        attempt.Require(new TableRequirement.AssertRefSnapshotId(Branch, attempt.Table.Metadata.Refs.GetValueOrDefault(Branch)?.SnapshotId));
        attempt.Add(new TableUpdate.SetSnapshotRef(
            Branch, reference is null ? new SnapshotRef(source.SnapshotId, SnapshotRefType.Branch) : reference with { SnapshotId = source.SnapshotId }));
    }

    // Whoever expires the source deletes the files that are appended here. Where the catalog cannot pin the base no requirement says that a snapshot must be there, but a reference to it is refused when
    // it is not.
    private void RequireSource(CommitAttempt attempt, Snapshot source)
    {
        if (!attempt.Table.Catalog.PinsCommitBase)
        {
            var name = $"arctic-source-of-{Text(SnapshotId)}";
            attempt.Add(new TableUpdate.SetSnapshotRef(name, new SnapshotRef(source.SnapshotId, SnapshotRefType.Tag)));
            attempt.Add(new TableUpdate.RemoveSnapshotRef(name));
        }
    }

    private async ValueTask ReadAddedAsync(CommitAttempt attempt, Snapshot source, CancellationToken cancellationToken)
    {
        var store = attempt.Table.Store;
        foreach (var manifest in await ManifestListReader.ReadAsync(store, source, cancellationToken).ConfigureAwait(false))
        {
            if (manifest.AddedSnapshotId != source.SnapshotId || !manifest.HasAddedFiles)
            {
                continue;
            }

            await foreach (var entry in ManifestReader.ReadAsync(store, manifest, attempt.Metadata, ManifestReadOptions.All, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Status == EntryStatus.Added && entry.SnapshotId == source.SnapshotId)
                {
                    // The rows are new to this branch: their ids are given by this commit.
                    AddFile(entry.File with { FirstRowId = null }, null);
                }
            }
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private ArcticException Invalid(CommitAttempt attempt, string what, string? hint = null) =>
        new(ErrorCodes.InvalidStatement, $"Cannot bring snapshot {Text(_sourceId)} to '{Branch}' of '{attempt.Table.Identifier}': {what}.") { Hint = hint };
}

/// <summary>The keys of a summary that write-audit-publish goes by.</summary>
internal static class WapSummary
{
    /// <summary>The name of a staged snapshot.</summary>
    public const string Staged = "wap.id";

    /// <summary>The name that a snapshot published.</summary>
    public const string Published = "published-wap-id";

    /// <summary>The snapshot that another one was picked from.</summary>
    public const string Source = "source-snapshot-id";
}

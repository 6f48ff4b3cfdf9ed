using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Forgets snapshots in the metadata. Every reference's snapshot stays, and of each branch the newest ones and those that are young enough, as the reference
/// or the table's <c>history.expire.*</c> say. Files are not deleted.
/// </summary>
public sealed class ExpireSnapshots : TransactionStep
{
    internal const string MaxAge = "history.expire.max-snapshot-age-ms";
    private static readonly TimeSpan DefaultMaxAge = TimeSpan.FromDays(5);
    internal const string MinKept = "history.expire.min-snapshots-to-keep";
    internal const string MaxRefAge = "history.expire.max-ref-age-ms";
    private readonly Transaction _transaction;
    private readonly HashSet<long> _ids = [];
    private long? _olderThanMs;
    private int? _retainLast;
    private Func<Snapshot, bool>? _isNeeded;

    internal ExpireSnapshots(Transaction transaction) => _transaction = transaction;

    /// <summary>Forgets one snapshot, whatever its age; a reference must not name it.</summary>
    public ExpireSnapshots Expire(long snapshotId)
    {
        _ids.Add(snapshotId);
        return this;
    }

    /// <summary>Forgets snapshots made before a time; by default those older than <c>history.expire.max-snapshot-age-ms</c> (5 days).</summary>
    public ExpireSnapshots OlderThan(DateTimeOffset time)
    {
        _olderThanMs = time.ToUnixTimeMilliseconds();
        return this;
    }

    /// <summary>Keeps at least so many snapshots of each branch; by default <c>history.expire.min-snapshots-to-keep</c> (1).</summary>
    public ExpireSnapshots RetainLast(int count)
    {
        _retainLast = Math.Max(1, count);
        return this;
    }

    /// <summary>Keeps, of <c>main</c>, the newest snapshot of which a condition is true, and all that came after it.</summary>
    internal ExpireSnapshots KeepBackTo(Func<Snapshot, bool> isNeeded)
    {
        _isNeeded = isNeeded;
        return this;
    }

    /// <summary>The table that the last attempt started from: with the snapshots that it forgot.</summary>
    internal TableMetadata? Before { get; private set; }

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        var metadata = attempt.Metadata;
        GarbageCollection.Check(attempt.Table.Identifier.ToString(), metadata);
        Before = metadata;
        var now = _transaction.Environment.NowMs;
        foreach (var (name, reference) in metadata.Refs)
        {
            var maxAge = reference.MaxRefAgeMs ?? TableProperties.ReadLong(metadata.Properties, MaxRefAge, long.MaxValue);
            if (name != SnapshotRef.MainBranch && metadata.FindSnapshot(reference.SnapshotId) is { } snapshot && now - snapshot.TimestampMs > maxAge)
            {
                attempt.Add(new TableUpdate.RemoveSnapshotRef(name));
            }
        }

        // A reference that moves meanwhile may name what is to go. One that comes anew can be asked for by nobody: the catalog must refuse to remove what it names.
        foreach (var (name, reference) in attempt.Table.Metadata.Refs)
        {
            attempt.Require(new TableRequirement.AssertRefSnapshotId(name, reference.SnapshotId));
        }

        var kept = KeptIds(attempt.Metadata, now);
        var expired = metadata.Snapshots.Select(s => s.SnapshotId).Where(id => _ids.Contains(id) || !kept.Contains(id)).ToEquatableList();
        if (expired.Count > 0)
        {
            attempt.Add(new TableUpdate.RemoveSnapshots(expired));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The age up to which a table's snapshots stay when nobody says another.</summary>
    internal static long MaxAgeMsOf(TableMetadata metadata) => TableProperties.ReadLong(metadata.Properties, MaxAge, (long)DefaultMaxAge.TotalMilliseconds);

    private HashSet<long> KeptIds(TableMetadata metadata, long now)
    {
        var kept = new HashSet<long>();
        var olderThan = _olderThanMs ?? now - MaxAgeMsOf(metadata);
        var retainLast = _retainLast ?? TableProperties.ReadInt(metadata.Properties, MinKept, 1);
        var referenced = new HashSet<long>();
        if (_isNeeded is { } isNeeded && metadata.AncestorsOf(metadata.CurrentSnapshotId).ToList() is var main && main.FindIndex(s => isNeeded(s)) is >= 0 and var needed)
        {
            kept.UnionWith(main.Take(needed + 1).Select(s => s.SnapshotId));
        }

        foreach (var reference in metadata.Refs.Values)
        {
            kept.Add(reference.SnapshotId);
            var chain = metadata.AncestorsOf(reference.SnapshotId).ToList();
            referenced.UnionWith(chain.Select(s => s.SnapshotId));
            if (reference.Type == SnapshotRefType.Branch)
            {
                var oldest = reference.MaxSnapshotAgeMs is { } age ? now - age : olderThan;
                var count = Math.Max(reference.MinSnapshotsToKeep ?? retainLast, 1);
                kept.UnionWith(chain.TakeWhile((s, i) => i < count || s.TimestampMs >= oldest).Select(s => s.SnapshotId));
            }
        }

        // Snapshots that no reference leads to (staged ones) go by their age alone.
        kept.UnionWith(metadata.Snapshots.Where(s => !referenced.Contains(s.SnapshotId) && s.TimestampMs >= olderThan).Select(s => s.SnapshotId));
        return kept;
    }
}

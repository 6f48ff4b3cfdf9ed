using Arctic.Columnar.Columns;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Workloads.Torture;

/// <summary>What a torture left behind, against what its writers were told.</summary>
/// <param name="Snapshots">The commits of the table's history.</param>
/// <param name="UnansweredThatTookPlace">Commits in the history whose writer was killed, or told that nobody knows.</param>
/// <param name="LiveRows">Of the newest snapshot.</param>
/// <param name="SnapshotsRead">How many snapshots were read and compared row by row.</param>
/// <param name="Violations">What is wrong; empty when all is well.</param>
internal sealed record TortureReport(int Snapshots, int UnansweredThatTookPlace, int LiveRows, int SnapshotsRead, IReadOnlyList<string> Violations);

/// <summary>
/// Checks a torture: the history has every acknowledged commit exactly once, every other at most once and none that was said to have failed; and the table at many of its snapshots has the rows
/// that a plain replay of the history gives.
/// </summary>
internal static class TortureCheck
{
    private const int SnapshotsReadMax = 40;

    public static async Task<TortureReport> RunAsync(TortureSite site, TortureHistory told, Random random, CancellationToken cancellationToken)
    {
        var table = await site.Open(new LocalObjectStore(), new Random(0)).LoadTableAsync(TortureSite.Table, cancellationToken);
        var violations = new List<string>();
        var history = HistoryOf(table, violations);
        CheckAgainstTold(history, told, violations);

        // The last one always, others by chance.
        var chosen = Enumerable.Range(0, Math.Max(history.Count - 1, 0)).OrderBy(_ => random.Next()).Take(SnapshotsReadMax - 1).Append(history.Count - 1).ToHashSet();
        var (model, liveRows, read) = (new HashSet<(long, int)>(), 0, 0);
        for (var i = 0; i < history.Count; i++)
        {
            Replay(model, history[i].Commit);
            if (chosen.Contains(i))
            {
                var rows = await ReadAsync(table, history[i].Snapshot, cancellationToken);
                (liveRows, read) = (rows.Count, read + 1);
                Compare(rows, model, history[i], violations);
            }
        }

        var unanswered = history.Count(h => told.Commits.TryGetValue(h.Commit.Id, out var t) && t.Outcome is TortureOutcome.None or TortureOutcome.Unknown);
        return new TortureReport(history.Count, unanswered, liveRows, read, violations);
    }

    // From the newest snapshot back to the first: one line, without gaps.
    private static List<(Snapshot Snapshot, TortureCommit Commit)> HistoryOf(IcebergTable table, List<string> violations)
    {
        var history = new List<(Snapshot, TortureCommit)>();
        for (var snapshot = table.Metadata.CurrentSnapshot; snapshot is not null;)
        {
            history.Add((snapshot, TortureCommit.Parse(snapshot.Summary[TortureSite.Mark])));
            var parent = snapshot.ParentSnapshotId is { } id ? table.Metadata.FindSnapshot(id) : null;
            if ((parent?.SequenceNumber ?? 0) != snapshot.SequenceNumber - 1)
            {
                violations.Add($"snapshot {snapshot.SequenceNumber} follows {parent?.SequenceNumber ?? 0}");
            }

            snapshot = parent;
        }

        if (history.Count != table.Metadata.Snapshots.Count)
        {
            violations.Add($"{table.Metadata.Snapshots.Count} snapshots are kept, but {history.Count} are the history of the newest");
        }

        history.Reverse();
        return history;
    }

    private static void CheckAgainstTold(List<(Snapshot Snapshot, TortureCommit Commit)> history, TortureHistory told, List<string> violations)
    {
        var times = history.CountBy(h => h.Commit.Id).ToDictionary();
        foreach (var (id, (commit, outcome)) in told.Commits)
        {
            var count = times.GetValueOrDefault(id);
            var isRight = outcome switch { TortureOutcome.Acknowledged => count == 1, TortureOutcome.Failed => count == 0, _ => count <= 1 };
            if (!isRight)
            {
                violations.Add($"commit '{commit}' is {count} times in the history, and its writer was told: {outcome}");
            }
        }

        violations.AddRange(times.Keys.Where(id => !told.Commits.ContainsKey(id)).Select(id => $"commit {id} is in the history, and nobody began it"));
    }

    private static void Replay(HashSet<(long Commit, int Row)> rows, TortureCommit commit)
    {
        switch (commit.Kind)
        {
            case TortureKind.Append:
                rows.UnionWith(Enumerable.Range(0, TortureSite.RowsPerAppend).Select(row => (commit.Id, row)));
                break;
            case TortureKind.DeleteFile:
                rows.RemoveWhere(r => r.Commit == commit.Target);
                break;
            default:
                rows.Remove((commit.Target, commit.Row));
                break;
        }
    }

    private static async Task<List<(long Commit, int Row)>> ReadAsync(IcebergTable table, Snapshot snapshot, CancellationToken cancellationToken)
    {
        var rows = new List<(long, int)>();
        await foreach (var batch in new TableScan(table.Store, table.Metadata).AtSnapshot(snapshot.SnapshotId).ReadAsync(cancellationToken))
        {
            using (batch)
            using (var compact = batch.Compact())
            {
                var (commits, numbers) = ((FixedColumn<long>)compact.Columns[0].ToDense(), (FixedColumn<int>)compact.Columns[1].ToDense());
                for (var row = 0; row < compact.RowCount; row++)
                {
                    rows.Add((commits.Values[row], numbers.Values[row]));
                }
            }
        }

        return rows;
    }

    private static void Compare(List<(long Commit, int Row)> found, HashSet<(long Commit, int Row)> expected, (Snapshot Snapshot, TortureCommit Commit) at, List<string> violations)
    {
        var distinct = found.ToHashSet();
        var (more, fewer) = (distinct.Count(r => !expected.Contains(r)), expected.Count(r => !distinct.Contains(r)));
        if (found.Count != distinct.Count || more + fewer > 0)
        {
            violations.Add($"snapshot {at.Snapshot.SequenceNumber} (commit '{at.Commit}') has {found.Count - distinct.Count} rows twice, {more} rows too many and misses {fewer}");
        }
    }
}

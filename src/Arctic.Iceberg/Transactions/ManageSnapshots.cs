using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Makes, moves and removes branches and tags, and brings the table back to an older snapshot. The changes take place in the order of the calls, on the
/// table as the transaction finds it; no file is written or deleted.
/// </summary>
public sealed class ManageSnapshots : TransactionStep
{
    private readonly List<Action<CommitAttempt>> _changes = [];

    internal ManageSnapshots()
    {
    }

    /// <summary>Makes a branch of the current snapshot.</summary>
    public ManageSnapshots CreateBranch(string name) => Record(a => Create(a, name, CurrentOf(a, name), SnapshotRefType.Branch));

    /// <summary>Makes a branch of a snapshot.</summary>
    public ManageSnapshots CreateBranch(string name, long snapshotId) => Record(a => Create(a, name, snapshotId, SnapshotRefType.Branch));

    /// <summary>Makes a tag of the current snapshot.</summary>
    public ManageSnapshots CreateTag(string name) => Record(a => Create(a, name, CurrentOf(a, name), SnapshotRefType.Tag));

    /// <summary>Makes a tag of a snapshot.</summary>
    public ManageSnapshots CreateTag(string name, long snapshotId) => Record(a => Create(a, name, snapshotId, SnapshotRefType.Tag));

    /// <summary>Lets a branch name another snapshot, whatever it named before; what keeps its snapshots stays.</summary>
    public ManageSnapshots ReplaceBranch(string name, long snapshotId) => Record(a => Move(a, name, Find(a, name, SnapshotRefType.Branch), snapshotId));

    /// <summary>Lets a tag name another snapshot.</summary>
    public ManageSnapshots ReplaceTag(string name, long snapshotId) => Record(a => Move(a, name, Find(a, name, SnapshotRefType.Tag), snapshotId));

    /// <summary>Moves a branch on to the snapshot of another branch or tag, which must descend from its own. A branch that does not exist is made.</summary>
    public ManageSnapshots FastForward(string branch, string to) => Record(a => FastForward(a, branch, to));

    /// <summary>Renames a branch other than <c>main</c>.</summary>
    public ManageSnapshots RenameBranch(string name, string newName) => Record(a =>
    {
        var reference = Find(a, name, SnapshotRefType.Branch);
        CheckIsNotMain(a, name);
        CheckIsFree(a, newName);
        Set(a, newName, reference);
        Remove(a, name);
    });

    /// <summary>Removes a branch other than <c>main</c>; its snapshots stay until they expire.</summary>
    public ManageSnapshots RemoveBranch(string name) => Record(a => Remove(a, name, SnapshotRefType.Branch));

    /// <summary>Removes a tag; its snapshot stays until it expires.</summary>
    public ManageSnapshots RemoveTag(string name) => Record(a => Remove(a, name, SnapshotRefType.Tag));

    /// <summary>How many snapshots of a branch expiring keeps at least.</summary>
    public ManageSnapshots SetMinSnapshotsToKeep(string branch, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        return Record(a => Set(a, branch, Find(a, branch, SnapshotRefType.Branch) with { MinSnapshotsToKeep = count }));
    }

    /// <summary>How long expiring keeps snapshots of a branch.</summary>
    public ManageSnapshots SetMaxSnapshotAge(string branch, TimeSpan age)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(age, TimeSpan.Zero);
        return Record(a => Set(a, branch, Find(a, branch, SnapshotRefType.Branch) with { MaxSnapshotAgeMs = (long)age.TotalMilliseconds }));
    }

    /// <summary>How long expiring keeps a branch other than <c>main</c>, or a tag, itself.</summary>
    public ManageSnapshots SetMaxRefAge(string name, TimeSpan age)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(age, TimeSpan.Zero);
        return Record(a => Set(a, name, Find(a, name, null) with { MaxRefAgeMs = (long)age.TotalMilliseconds }));
    }

    /// <summary>Makes an older snapshot the current one: an ancestor of the one that is.</summary>
    public ManageSnapshots RollbackTo(long snapshotId) => Record(a =>
    {
        if (!a.Metadata.AncestorsOf(a.Metadata.CurrentSnapshotId).Any(s => s.SnapshotId == snapshotId))
        {
            throw Invalid(a, $"snapshot {Text(snapshotId)} is not an ancestor of the current one", "'SetCurrentSnapshot' takes any snapshot of the table.");
        }

        SetCurrent(a, snapshotId);
    });

    /// <summary>Makes the newest ancestor that is older than a time the current snapshot.</summary>
    public ManageSnapshots RollbackToTime(DateTimeOffset time) => Record(a =>
    {
        var ancestor = a.Metadata.AncestorsOf(a.Metadata.CurrentSnapshotId).FirstOrDefault(s => s.TimestampMs < time.ToUnixTimeMilliseconds())
            ?? throw Invalid(a, $"the current snapshot has no ancestor that is older than {time.ToString("O", CultureInfo.InvariantCulture)}");
        SetCurrent(a, ancestor.SnapshotId);
    });

    /// <summary>Makes any snapshot of the table the current one.</summary>
    public ManageSnapshots SetCurrentSnapshot(long snapshotId) => Record(a => SetCurrent(a, snapshotId));

    internal override ValueTask ApplyAsync(CommitAttempt attempt, CancellationToken cancellationToken)
    {
        foreach (var change in _changes)
        {
            change(attempt);
        }

        return ValueTask.CompletedTask;
    }

    private ManageSnapshots Record(Action<CommitAttempt> change)
    {
        _changes.Add(change);
        return this;
    }

    private static void Create(CommitAttempt attempt, string name, long snapshotId, SnapshotRefType type)
    {
        CheckIsFree(attempt, name);
        CheckExists(attempt, snapshotId);
        Set(attempt, name, new SnapshotRef(snapshotId, type));
    }

    private static void Move(CommitAttempt attempt, string name, SnapshotRef reference, long snapshotId)
    {
        CheckExists(attempt, snapshotId);
        Set(attempt, name, reference with { SnapshotId = snapshotId });
    }

    private static void SetCurrent(CommitAttempt attempt, long snapshotId)
    {
        CheckExists(attempt, snapshotId);
        var main = attempt.Metadata.Refs.GetValueOrDefault(SnapshotRef.MainBranch) ?? new SnapshotRef(snapshotId, SnapshotRefType.Branch);
        Set(attempt, SnapshotRef.MainBranch, main with { SnapshotId = snapshotId });
    }

    private static void FastForward(CommitAttempt attempt, string branch, string to)
    {
        var target = Find(attempt, to, null);
        RequireUnmoved(attempt, to);
        if (!attempt.Metadata.Refs.ContainsKey(branch))
        {
            Create(attempt, branch, target.SnapshotId, SnapshotRefType.Branch);
            return;
        }

        var reference = Find(attempt, branch, SnapshotRefType.Branch);
        if (!attempt.Metadata.AncestorsOf(target.SnapshotId).Any(s => s.SnapshotId == reference.SnapshotId))
        {
            throw Invalid(attempt, $"the branch '{branch}' is not an ancestor of '{to}': it has snapshots that the other lacks", "'ReplaceBranch' moves it whatever it holds.");
        }

        Move(attempt, branch, reference, target.SnapshotId);
    }

    private static void Remove(CommitAttempt attempt, string name, SnapshotRefType type)
    {
        Find(attempt, name, type);
        CheckIsNotMain(attempt, name);
        Remove(attempt, name);
    }

    private static void Remove(CommitAttempt attempt, string name)
    {
        RequireUnmoved(attempt, name);
        attempt.Add(new TableUpdate.RemoveSnapshotRef(name));
    }

    private static void Set(CommitAttempt attempt, string name, SnapshotRef reference)
    {
        if (attempt.Metadata.Refs.GetValueOrDefault(name) != reference)
        {
            RequireUnmoved(attempt, name);
            attempt.Add(new TableUpdate.SetSnapshotRef(name, reference));
        }
    }

    // What the reference named when the transaction began; steps of its own do not count.
    private static void RequireUnmoved(CommitAttempt attempt, string name) =>
        attempt.Require(new TableRequirement.AssertRefSnapshotId(name, attempt.Table.Metadata.Refs.GetValueOrDefault(name)?.SnapshotId));

    private static long CurrentOf(CommitAttempt attempt, string name) =>
        attempt.Metadata.CurrentSnapshotId ?? throw Invalid(attempt, $"there is no snapshot that '{name}' could name: the table is empty");

    private static SnapshotRef Find(CommitAttempt attempt, string name, SnapshotRefType? type)
    {
        if (!attempt.Metadata.Refs.TryGetValue(name, out var reference))
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"Cannot change the references of '{attempt.Table.Identifier}': it has no branch or tag '{name}'.")
            {
                Hint = NameSuggestion.For(name, attempt.Metadata.Refs.Keys),
            };
        }

        return type is null || reference.Type == type ? reference : throw Invalid(attempt, $"'{name}' is a {(reference.Type == SnapshotRefType.Tag ? "tag" : "branch")}");
    }

    private static void CheckIsFree(CommitAttempt attempt, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (attempt.Metadata.Refs.ContainsKey(name))
        {
            throw new ArcticException(ErrorCodes.AlreadyExists, $"Cannot change the references of '{attempt.Table.Identifier}': there is a branch or tag '{name}' already.");
        }
    }

    private static void CheckIsNotMain(CommitAttempt attempt, string name)
    {
        if (name == SnapshotRef.MainBranch)
        {
            throw Invalid(attempt, "the branch 'main' is the table and stays");
        }
    }

    private static void CheckExists(CommitAttempt attempt, long snapshotId)
    {
        if (attempt.Metadata.FindSnapshot(snapshotId) is null)
        {
            throw new ArcticException(ErrorCodes.UnknownName, $"Table '{attempt.Table.Identifier}' has no snapshot {Text(snapshotId)}; it may have expired.");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static ArcticException Invalid(CommitAttempt attempt, string what, string? hint = null) =>
        new(ErrorCodes.InvalidStatement, $"Cannot change the references of '{attempt.Table.Identifier}': {what}.") { Hint = hint };
}

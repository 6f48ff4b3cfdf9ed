using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Options;
using Arctic.Iceberg.Transactions;

namespace Arctic.Procedures;

/// <summary>Branches, tags, and the way back; of tables without a primary key, whose snapshots are the table.</summary>
internal static class SnapshotProcedures
{
    public static ValueTask<IReadOnlyList<string>> CreateBranchAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var branch = call.Text("branch");
        return ManageAsync(call, m => _ = call.FindNumber("snapshot_id") is { } id ? m.CreateBranch(branch, id) : m.CreateBranch(branch), $"Branch '{branch}' made", cancellationToken);
    }

    public static ValueTask<IReadOnlyList<string>> CreateTagAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var tag = call.Text("tag");
        var retained = call.FindText("time_retained") is { } text ? ReadDuration(text) : (TimeSpan?)null;
        return ManageAsync(
            call,
            manage =>
            {
                _ = call.FindNumber("snapshot_id") is { } id ? manage.CreateTag(tag, id) : manage.CreateTag(tag);
                if (retained is { } age)
                {
                    manage.SetMaxRefAge(tag, age);
                }
            },
            $"Tag '{tag}' made",
            cancellationToken);
    }

    public static ValueTask<IReadOnlyList<string>> DeleteBranchAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.RemoveBranch(call.Text("branch")), $"Branch '{call.Text("branch")}' removed", cancellationToken);

    public static ValueTask<IReadOnlyList<string>> DeleteTagAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.RemoveTag(call.Text("tag")), $"Tag '{call.Text("tag")}' removed", cancellationToken);

    public static ValueTask<IReadOnlyList<string>> FastForwardAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.FastForward(call.Text("branch"), call.Text("to")), $"Branch '{call.Text("branch")}' moved on to '{call.Text("to")}'", cancellationToken);

    public static ValueTask<IReadOnlyList<string>> RollbackToSnapshotAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.RollbackTo(call.Number("snapshot_id")), "Rolled back", cancellationToken);

    public static ValueTask<IReadOnlyList<string>> RollbackToTimestampAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.RollbackToTime(call.Time("timestamp")), "Rolled back", cancellationToken);

    public static ValueTask<IReadOnlyList<string>> SetCurrentSnapshotAsync(ProcedureCall call, CancellationToken cancellationToken) =>
        ManageAsync(call, m => m.SetCurrentSnapshot(call.Number("snapshot_id")), "Set", cancellationToken);

    public static async ValueTask<IReadOnlyList<string>> CherryPickAsync(ProcedureCall call, CancellationToken cancellationToken)
    {
        var transaction = call.RequirePlain().NewTransaction();
        transaction.CherryPick(call.Number("snapshot_id"));
        var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return [Line(call, "Published", committed.Metadata.CurrentSnapshotId)];
    }

    private static async ValueTask<IReadOnlyList<string>> ManageAsync(ProcedureCall call, Action<ManageSnapshots> change, string done, CancellationToken cancellationToken)
    {
        var transaction = call.RequirePlain().NewTransaction();
        change(transaction.ManageSnapshots());
        var committed = await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return [Line(call, done, committed.Metadata.CurrentSnapshotId)];
    }

    private static string Line(ProcedureCall call, string done, long? current) =>
        string.Create(CultureInfo.InvariantCulture, $"{done}: the current snapshot of '{call.Table.Name}' is {(current is { } id ? id : "none")}.");

    private static TimeSpan ReadDuration(string text) => OptionReader.TryParseDuration(text, out var duration) && duration > TimeSpan.Zero
        ? duration
        : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{text}' as how long a tag is kept: a duration such as '7 d' is expected.");
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.RowLevel;

/// <summary>Which rows of a table are to be deleted, and how.</summary>
internal sealed record RowDeletion
{
    /// <summary>
    /// BOOLEAN; rows for which it is TRUE are deleted. Column references are 0-based indices into <see cref="Schema"/>. Where <see cref="Rows"/> are given it finds none, and only says which new
    /// rows of others contradict the deletion.
    /// </summary>
    public required Expression Filter { get; init; }

    /// <summary>
    /// The rows to delete, found by the caller in the version of the table that the deletion is made of: positions by the path of their file, as the manifest has it. Null when the filter finds
    /// them. A deletion of given rows is not planned anew: whoever found the rows must find them again.
    /// </summary>
    public IReadOnlyDictionary<string, PositionBitmap>? Rows { get; init; }

    /// <summary>What the filter's evaluation depends on.</summary>
    public EvaluationSettings Evaluation { get; init; } = EvaluationSettings.Default;

    /// <summary>The schema that the filter was made for. When the table has other columns by the time of the commit, nothing is deleted.</summary>
    public required Schema Schema { get; init; }

    /// <summary>Data files whose rows take the place of the deleted ones, in the same commit; they are not filtered.</summary>
    public IReadOnlyList<DataFile> Added { get; init; } = [];

    /// <summary>The command that deletes: its own properties of the table say how.</summary>
    public RowCommand Command { get; init; }

    /// <summary>Null for the table's <c>write.delete.mode</c>.</summary>
    public RowChangeMode? Mode { get; init; }

    /// <summary>Null for the table's <c>write.delete.isolation-level</c>.</summary>
    public IsolationLevel? Isolation { get; init; }

    /// <summary>The branch that rows are deleted of.</summary>
    public string Branch { get; init; } = SnapshotRef.MainBranch;

    /// <summary>Further properties of the snapshot's summary.</summary>
    public IReadOnlyDictionary<string, string> SummaryProperties { get; init; } = new Dictionary<string, string>();

    private string ModeKey => Command == RowCommand.Update ? TableProperties.UpdateMode : TableProperties.DeleteMode;

    private string IsolationKey => Command == RowCommand.Update ? TableProperties.UpdateIsolation : TableProperties.DeleteIsolation;

    /// <summary>How rows are deleted in a table. Format version 1 knows only new files.</summary>
    public RowChangeMode ModeFor(TableMetadata metadata) => metadata.FormatVersion == 1 ? RowChangeMode.CopyOnWrite : Mode ?? metadata.Properties.GetValueOrDefault(ModeKey) switch
    {
        null or "copy-on-write" => RowChangeMode.CopyOnWrite,
        "merge-on-read" => RowChangeMode.MergeOnRead,
        var other => throw Invalid(ModeKey, other, "copy-on-write or merge-on-read"),
    };

    /// <summary>What other writers may have done meanwhile.</summary>
    public IsolationLevel IsolationFor(TableMetadata metadata) => Isolation ?? metadata.Properties.GetValueOrDefault(IsolationKey) switch
    {
        null or "serializable" => IsolationLevel.Serializable,
        "snapshot" => IsolationLevel.Snapshot,
        var other => throw Invalid(IsolationKey, other, "serializable or snapshot"),
    };

    private static ArcticException Invalid(string key, string value, string expected) =>
        new(ErrorCodes.InvalidOption, $"Cannot read '{value}' as the value of the table property '{key}': {expected} is expected.");
}

/// <summary>What deletes rows.</summary>
internal enum RowCommand
{
    /// <summary>A deletion: <c>write.delete.…</c>.</summary>
    Delete,

    /// <summary>An update, which puts other rows in their place: <c>write.update.…</c>.</summary>
    Update,
}

/// <summary>How single rows are deleted.</summary>
internal enum RowChangeMode
{
    /// <summary>Files with such rows are written anew without them: dear to write, cheap to read.</summary>
    CopyOnWrite,

    /// <summary>The rows' positions are written down, in position delete files or deletion vectors: cheap to write, dearer to read.</summary>
    MergeOnRead,
}

/// <summary>What a change tolerates of others that committed after it was planned.</summary>
internal enum IsolationLevel
{
    /// <summary>No new rows that the filter might have found.</summary>
    Serializable,

    /// <summary>New rows; they stay.</summary>
    Snapshot,
}

/// <summary>What became of a deletion.</summary>
/// <param name="Table">With the commit.</param>
/// <param name="SnapshotId">Null when no row was found and nothing added: nothing was committed.</param>
/// <param name="FilesRemoved">Data files that went as a whole.</param>
/// <param name="FilesRewritten">Data files that were replaced by others (copy-on-write).</param>
/// <param name="FilesMarked">Data files with new deleted positions (merge-on-read).</param>
internal sealed record RowDeletionResult(IcebergTable Table, long? SnapshotId, int FilesRemoved, int FilesRewritten, int FilesMarked);

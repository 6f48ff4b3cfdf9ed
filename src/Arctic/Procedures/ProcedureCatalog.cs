using Arctic.Columnar.Types;

namespace Arctic.Procedures;

/// <summary>All procedures; names and parameters are those of Iceberg's and Paimon's procedures where these have such.</summary>
internal static class ProcedureCatalog
{
    private static readonly ProcedureParameter Table = new(Procedure.TableParameter, DataTypes.String, IsRequired: true);
    private static readonly DataType Moment = DataTypes.TimestampLtz(6);

    /// <summary>Ordered by name.</summary>
    public static readonly IReadOnlyList<Procedure> All =
    [
        Define("cherrypick_snapshot", SnapshotProcedures.CherryPickAsync, Needs("snapshot_id", DataTypes.BigInt)),
        Define("create_branch", SnapshotProcedures.CreateBranchAsync, Needs("branch", DataTypes.String), Takes("snapshot_id", DataTypes.BigInt)),
        Define("create_tag", SnapshotProcedures.CreateTagAsync, Needs("tag", DataTypes.String), Takes("snapshot_id", DataTypes.BigInt), Takes("time_retained", DataTypes.String)),
        Define("delete_branch", SnapshotProcedures.DeleteBranchAsync, Needs("branch", DataTypes.String)),
        Define("delete_tag", SnapshotProcedures.DeleteTagAsync, Needs("tag", DataTypes.String)),
        Define("expire_snapshots", CleaningProcedures.ExpireSnapshotsAsync, Takes("older_than", Moment), Takes("retain_last", DataTypes.BigInt), Takes("snapshot_ids", DataTypes.String)),
        Define("fast_forward", SnapshotProcedures.FastForwardAsync, Needs("branch", DataTypes.String), Needs("to", DataTypes.String)),
        Define("optimize", RewriteProcedures.OptimizeAsync),
        Define("remove_orphans", CleaningProcedures.RemoveOrphansAsync, Takes("older_than", Moment), Takes("dry_run", DataTypes.Boolean)),
        Define("remove_orphan_files", CleaningProcedures.RemoveOrphansAsync, Takes("older_than", Moment), Takes("dry_run", DataTypes.Boolean)),
        Define("rewrite_data_files", RewriteProcedures.RewriteDataFilesAsync, Takes("where", DataTypes.String), Takes("min_input_files", DataTypes.BigInt), Takes("target_file_size_bytes", DataTypes.BigInt), Takes("rewrite_all", DataTypes.Boolean)),
        Define("rewrite_manifests", RewriteProcedures.RewriteManifestsAsync),
        Define("rewrite_position_delete_files", RewriteProcedures.RewritePositionDeletesAsync),
        Define("rollback_to_snapshot", SnapshotProcedures.RollbackToSnapshotAsync, Needs("snapshot_id", DataTypes.BigInt)),
        Define("rollback_to_timestamp", SnapshotProcedures.RollbackToTimestampAsync, Needs("timestamp", Moment)),
        Define("set_current_snapshot", SnapshotProcedures.SetCurrentSnapshotAsync, Needs("snapshot_id", DataTypes.BigInt)),
    ];

    private static Procedure Define(string name, Func<ProcedureCall, CancellationToken, ValueTask<IReadOnlyList<string>>> run, params IReadOnlyList<ProcedureParameter> parameters) =>
        new(name, [Table, .. parameters], run);

    private static ProcedureParameter Needs(string name, DataType type) => new(name, type, IsRequired: true);

    private static ProcedureParameter Takes(string name, DataType type) => new(name, type, IsRequired: false);
}

using System.Globalization;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Catalog;

/// <summary>What must hold of a table for a commit to take place, as the REST catalog names it.</summary>
public abstract record TableRequirement
{
    private TableRequirement()
    {
    }

    /// <summary>Compares with the table's current metadata.</summary>
    /// <param name="current">Null when the table does not exist.</param>
    /// <returns>What was found instead; null when the requirement holds.</returns>
    public string? FindViolation(TableMetadata? current)
    {
        if (this is AssertCreate)
        {
            return current is null ? null : "the table exists already";
        }

        if (current is null)
        {
            return "the table does not exist";
        }

        return this switch
        {
            AssertTableUuid r => Compare("its uuid", r.Uuid, current.TableUuid),
            AssertRefSnapshotId r => Compare($"the snapshot of '{r.Ref}'", r.SnapshotId, current.Refs.TryGetValue(r.Ref, out var found) ? found.SnapshotId : null),
            AssertLastAssignedFieldId r => Compare("its last column id", r.FieldId, current.LastColumnId),
            AssertCurrentSchemaId r => Compare("its current schema", r.SchemaId, current.CurrentSchemaId),
            AssertLastAssignedPartitionId r => Compare("its last partition id", r.PartitionId, current.LastPartitionId),
            AssertDefaultSpecId r => Compare("its default partition spec", r.SpecId, current.DefaultSpecId),
            AssertDefaultSortOrderId r => Compare("its default sort order", r.OrderId, current.DefaultSortOrderId),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static string? Compare<T>(string what, T expected, T found) =>
        EqualityComparer<T>.Default.Equals(expected, found) ? null
        : string.Create(CultureInfo.InvariantCulture, $"{what} is {(object?)found ?? "none"} and not {(object?)expected ?? "none"}");

    /// <summary>The table does not exist yet.</summary>
    public sealed record AssertCreate : TableRequirement;

    /// <summary>The table is still the one with that uuid.</summary>
    public sealed record AssertTableUuid(Guid? Uuid) : TableRequirement;

    /// <param name="SnapshotId">Null: the reference must not exist.</param>
    public sealed record AssertRefSnapshotId(string Ref, long? SnapshotId) : TableRequirement;

    /// <summary>Nobody has added columns.</summary>
    public sealed record AssertLastAssignedFieldId(int FieldId) : TableRequirement;

    /// <summary>The current schema is still that one.</summary>
    public sealed record AssertCurrentSchemaId(int SchemaId) : TableRequirement;

    /// <summary>Nobody has added partition fields.</summary>
    public sealed record AssertLastAssignedPartitionId(int PartitionId) : TableRequirement;

    /// <summary>The default partition spec is still that one.</summary>
    public sealed record AssertDefaultSpecId(int SpecId) : TableRequirement;

    /// <summary>The default sort order is still that one.</summary>
    public sealed record AssertDefaultSortOrderId(int OrderId) : TableRequirement;
}

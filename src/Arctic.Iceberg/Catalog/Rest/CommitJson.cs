using System.Text.Json;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>Commits as the REST catalog reads them: requirements by <c>type</c>, updates by <c>action</c>.</summary>
internal static class CommitJson
{
    /// <summary>Writes <c>identifier</c>, <c>requirements</c> and <c>updates</c> into the object that is open.</summary>
    public static void Write(Utf8JsonWriter writer, TableCommit commit)
    {
        RestJson.WriteIdentifier(writer, "identifier", commit.Identifier);
        writer.WriteStartArray("requirements");
        foreach (var requirement in commit.Requirements)
        {
            Write(writer, requirement);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("updates");
        foreach (var update in commit.Updates)
        {
            Write(writer, update);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, TableRequirement requirement)
    {
        // A v1 table without a uuid: the protocol cannot ask for "none".
        if (requirement is TableRequirement.AssertTableUuid { Uuid: null })
        {
            return;
        }

        writer.WriteStartObject();
        switch (requirement)
        {
            case TableRequirement.AssertCreate:
                writer.WriteString("type", "assert-create");
                break;
            case TableRequirement.AssertTableUuid { Uuid: { } uuid }:
                writer.WriteString("type", "assert-table-uuid");
                writer.WriteString("uuid", uuid.ToString("D"));
                break;
            case TableRequirement.AssertRefSnapshotId r:
                writer.WriteString("type", "assert-ref-snapshot-id");
                writer.WriteString("ref", r.Ref);
                WriteNumberOrNull(writer, "snapshot-id", r.SnapshotId);
                break;
            case TableRequirement.AssertLastAssignedFieldId r:
                WriteNumber(writer, "assert-last-assigned-field-id", "last-assigned-field-id", r.FieldId);
                break;
            case TableRequirement.AssertCurrentSchemaId r:
                WriteNumber(writer, "assert-current-schema-id", "current-schema-id", r.SchemaId);
                break;
            case TableRequirement.AssertLastAssignedPartitionId r:
                WriteNumber(writer, "assert-last-assigned-partition-id", "last-assigned-partition-id", r.PartitionId);
                break;
            case TableRequirement.AssertDefaultSpecId r:
                WriteNumber(writer, "assert-default-spec-id", "default-spec-id", r.SpecId);
                break;
            case TableRequirement.AssertDefaultSortOrderId r:
                WriteNumber(writer, "assert-default-sort-order-id", "default-sort-order-id", r.OrderId);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(requirement.GetType().Name);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, TableUpdate update)
    {
        writer.WriteStartObject();
        switch (update)
        {
            case TableUpdate.AssignUuid u:
                writer.WriteString("action", "assign-uuid");
                writer.WriteString("uuid", u.Uuid.ToString("D"));
                break;
            case TableUpdate.UpgradeFormatVersion u:
                WriteAction(writer, "upgrade-format-version", "format-version", u.FormatVersion);
                break;
            case TableUpdate.AddSchema u:
                WriteAction(writer, "add-schema", "schema");
                SchemaJson.Write(writer, u.Schema);
                break;
            case TableUpdate.SetCurrentSchema u:
                WriteAction(writer, "set-current-schema", "schema-id", u.SchemaId);
                break;
            case TableUpdate.AddSpec u:
                WriteAction(writer, "add-spec", "spec");
                PartitionSpecJson.Write(writer, u.Spec);
                break;
            case TableUpdate.SetDefaultSpec u:
                WriteAction(writer, "set-default-spec", "spec-id", u.SpecId);
                break;
            case TableUpdate.AddSortOrder u:
                WriteAction(writer, "add-sort-order", "sort-order");
                SortOrderJson.Write(writer, u.SortOrder);
                break;
            case TableUpdate.SetDefaultSortOrder u:
                WriteAction(writer, "set-default-sort-order", "sort-order-id", u.OrderId);
                break;
            case TableUpdate.AddSnapshot u:
                WriteAction(writer, "add-snapshot", "snapshot");
                SnapshotJson.Write(writer, u.Snapshot, FormatVersionOf(u.Snapshot));
                break;
            case TableUpdate.SetSnapshotRef u:
                writer.WriteString("action", "set-snapshot-ref");
                writer.WriteString("ref-name", u.Name);
                SnapshotJson.WriteRefMembers(writer, u.Reference);
                break;
            case TableUpdate.RemoveSnapshots u:
                WriteAction(writer, "remove-snapshots", "snapshot-ids", u.SnapshotIds);
                break;
            case TableUpdate.RemoveSnapshotRef u:
                WriteAction(writer, "remove-snapshot-ref", "ref-name", u.Name);
                break;
            case TableUpdate.SetLocation u:
                WriteAction(writer, "set-location", "location", u.Location);
                break;
            case TableUpdate.SetProperties u:
                WriteAction(writer, "set-properties", "updates");
                SnapshotJson.WriteTextMap(writer, u.Updates);
                break;
            case TableUpdate.RemoveProperties u:
                writer.WriteString("action", "remove-properties");
                RestJson.WriteTexts(writer, "removals", u.Removals);
                break;
            case TableUpdate.AddEncryptionKey u:
                WriteAction(writer, "add-encryption-key", "encryption-key");
                TableMetadataWriter.WriteKey(writer, u.Key);
                break;
            case TableUpdate.RemoveEncryptionKey u:
                WriteAction(writer, "remove-encryption-key", "key-id", u.KeyId);
                break;
            default:
                WriteMaintenance(writer, update);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteMaintenance(Utf8JsonWriter writer, TableUpdate update)
    {
        switch (update)
        {
            case TableUpdate.SetStatistics u:
                // Deprecated beside the file's own, and still asked for by older servers.
                WriteAction(writer, "set-statistics", "snapshot-id", u.Statistics.SnapshotId);
                writer.WritePropertyName("statistics");
                StatisticsJson.Write(writer, u.Statistics);
                break;
            case TableUpdate.RemoveStatistics u:
                WriteAction(writer, "remove-statistics", "snapshot-id", u.SnapshotId);
                break;
            case TableUpdate.SetPartitionStatistics u:
                WriteAction(writer, "set-partition-statistics", "partition-statistics");
                StatisticsJson.Write(writer, u.Statistics);
                break;
            case TableUpdate.RemovePartitionStatistics u:
                WriteAction(writer, "remove-partition-statistics", "snapshot-id", u.SnapshotId);
                break;
            case TableUpdate.RemovePartitionSpecs u:
                WriteAction(writer, "remove-partition-specs", "spec-ids", u.SpecIds.Select(i => (long)i));
                break;
            case TableUpdate.RemoveSchemas u:
                WriteAction(writer, "remove-schemas", "schema-ids", u.SchemaIds.Select(i => (long)i));
                break;
            default:
                throw new System.Diagnostics.UnreachableException(update.GetType().Name);
        }
    }

    // A snapshot does not know its table's version, and needs no more of it than what it has itself.
    private static int FormatVersionOf(Snapshot snapshot) => snapshot.SequenceNumber == 0 ? 1 : TableMetadata.MaxFormatVersion;

    private static void WriteNumber(Utf8JsonWriter writer, string type, string name, long value)
    {
        writer.WriteString("type", type);
        writer.WriteNumber(name, value);
    }

    private static void WriteNumberOrNull(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteAction(Utf8JsonWriter writer, string action, string member)
    {
        writer.WriteString("action", action);
        writer.WritePropertyName(member);
    }

    private static void WriteAction(Utf8JsonWriter writer, string action, string member, long value)
    {
        WriteAction(writer, action, member);
        writer.WriteNumberValue(value);
    }

    private static void WriteAction(Utf8JsonWriter writer, string action, string member, string value)
    {
        WriteAction(writer, action, member);
        writer.WriteStringValue(value);
    }

    private static void WriteAction(Utf8JsonWriter writer, string action, string member, IEnumerable<long> values)
    {
        WriteAction(writer, action, member);
        writer.WriteStartArray();
        foreach (var value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }
}

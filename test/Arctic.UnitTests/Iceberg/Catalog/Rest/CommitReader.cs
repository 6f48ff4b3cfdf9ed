using System.Text.Json;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.UnitTests.Iceberg.Catalog.Rest;

/// <summary>Reads what clients of a REST catalog send: a decoder of its own, so that what our client writes is not judged by itself.</summary>
internal static class CommitReader
{
    /// <param name="identifier">From the address; null when the body must have it.</param>
    public static TableCommit Read(JsonElement body, TableIdentifier? identifier) => new(
        identifier ?? ReadIdentifier(body.GetProperty("identifier")),
        body.GetProperty("requirements").EnumerateArray().Select(ReadRequirement).ToEquatableList(),
        body.GetProperty("updates").EnumerateArray().Select(ReadUpdate).ToEquatableList());

    public static TableCreation ReadCreation(JsonElement body) => new()
    {
        Schema = SchemaJson.Read(Json(body.GetProperty("schema"))),
        PartitionSpec = Find(body, "partition-spec") is { } spec ? ReadSpec(spec) : PartitionSpec.Unpartitioned,
        SortOrder = Find(body, "write-order") is { } order ? SortOrderJson.Read(Json(order)) : SortOrder.Unsorted,
        Location = Find(body, "location")?.GetString(),
        Properties = ReadMap(body, "properties"),
    };

    public static TableIdentifier ReadIdentifier(JsonElement json) => new(ReadNamespace(json.GetProperty("namespace")), json.GetProperty("name").GetString()!);

    public static Namespace ReadNamespace(JsonElement json) => new(json.EnumerateArray().Select(l => l.GetString()!));

    public static IReadOnlyDictionary<string, string> ReadMap(JsonElement json, string name) =>
        Find(json, name)?.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!) ?? [];

    public static IReadOnlyList<string> ReadTexts(JsonElement json, string name) => Find(json, name)?.EnumerateArray().Select(t => t.GetString()!).ToList() ?? [];

    private static TableRequirement ReadRequirement(JsonElement json) => json.GetProperty("type").GetString() switch
    {
        "assert-create" => new TableRequirement.AssertCreate(),
        "assert-table-uuid" => new TableRequirement.AssertTableUuid(json.GetProperty("uuid").GetGuid()),
        "assert-ref-snapshot-id" => new TableRequirement.AssertRefSnapshotId(json.GetProperty("ref").GetString()!, Find(json, "snapshot-id")?.GetInt64()),
        "assert-last-assigned-field-id" => new TableRequirement.AssertLastAssignedFieldId(json.GetProperty("last-assigned-field-id").GetInt32()),
        "assert-current-schema-id" => new TableRequirement.AssertCurrentSchemaId(json.GetProperty("current-schema-id").GetInt32()),
        "assert-last-assigned-partition-id" => new TableRequirement.AssertLastAssignedPartitionId(json.GetProperty("last-assigned-partition-id").GetInt32()),
        "assert-default-spec-id" => new TableRequirement.AssertDefaultSpecId(json.GetProperty("default-spec-id").GetInt32()),
        "assert-default-sort-order-id" => new TableRequirement.AssertDefaultSortOrderId(json.GetProperty("default-sort-order-id").GetInt32()),
        var other => throw new JsonException($"Unknown requirement '{other}'."),
    };

    private static TableUpdate ReadUpdate(JsonElement json) => json.GetProperty("action").GetString() switch
    {
        "assign-uuid" => new TableUpdate.AssignUuid(json.GetProperty("uuid").GetGuid()),
        "upgrade-format-version" => new TableUpdate.UpgradeFormatVersion(json.GetProperty("format-version").GetInt32()),
        "add-schema" => new TableUpdate.AddSchema(SchemaJson.Read(Json(json.GetProperty("schema")))),
        "set-current-schema" => new TableUpdate.SetCurrentSchema(json.GetProperty("schema-id").GetInt32()),
        "add-spec" => new TableUpdate.AddSpec(ReadSpec(json.GetProperty("spec"))),
        "set-default-spec" => new TableUpdate.SetDefaultSpec(json.GetProperty("spec-id").GetInt32()),
        "add-sort-order" => new TableUpdate.AddSortOrder(SortOrderJson.Read(Json(json.GetProperty("sort-order")))),
        "set-default-sort-order" => new TableUpdate.SetDefaultSortOrder(json.GetProperty("sort-order-id").GetInt32()),
        "add-snapshot" => new TableUpdate.AddSnapshot(SnapshotJson.Read(Json(json.GetProperty("snapshot")), 3)),
        "set-snapshot-ref" => new TableUpdate.SetSnapshotRef(json.GetProperty("ref-name").GetString()!, SnapshotJson.ReadRef(Json(json))),
        "remove-snapshots" => new TableUpdate.RemoveSnapshots(json.GetProperty("snapshot-ids").EnumerateArray().Select(i => i.GetInt64()).ToEquatableList()),
        "remove-snapshot-ref" => new TableUpdate.RemoveSnapshotRef(json.GetProperty("ref-name").GetString()!),
        "set-location" => new TableUpdate.SetLocation(json.GetProperty("location").GetString()!),
        "set-properties" => new TableUpdate.SetProperties(ReadMap(json, "updates")),
        "remove-properties" => new TableUpdate.RemoveProperties(ReadTexts(json, "removals").ToEquatableList()),
        "set-statistics" => new TableUpdate.SetStatistics(StatisticsJson.Read(Json(json.GetProperty("statistics")))),
        "remove-statistics" => new TableUpdate.RemoveStatistics(json.GetProperty("snapshot-id").GetInt64()),
        "set-partition-statistics" => new TableUpdate.SetPartitionStatistics(StatisticsJson.ReadPartitionStatistics(Json(json.GetProperty("partition-statistics")))),
        "remove-partition-statistics" => new TableUpdate.RemovePartitionStatistics(json.GetProperty("snapshot-id").GetInt64()),
        "remove-partition-specs" => new TableUpdate.RemovePartitionSpecs(json.GetProperty("spec-ids").EnumerateArray().Select(i => i.GetInt32()).ToEquatableList()),
        "remove-schemas" => new TableUpdate.RemoveSchemas(json.GetProperty("schema-ids").EnumerateArray().Select(i => i.GetInt32()).ToEquatableList()),
        "add-encryption-key" => new TableUpdate.AddEncryptionKey(ReadKey(json.GetProperty("encryption-key"))),
        "remove-encryption-key" => new TableUpdate.RemoveEncryptionKey(json.GetProperty("key-id").GetString()!),
        var other => throw new JsonException($"Unknown update '{other}'."),
    };

    // Without a spec id: the server gives one.
    private static PartitionSpec ReadSpec(JsonElement json) => new PartitionSpec(
        Find(json, "spec-id")?.GetInt32() ?? 0, PartitionSpecJson.ReadFieldList(0, json.GetProperty("fields").EnumerateArray().Select(f => Json(f))).Fields);

    private static EncryptionKey ReadKey(JsonElement json) => new(json.GetProperty("key-id").GetString()!, json.GetProperty("encrypted-key-metadata").GetString()!)
    {
        EncryptedById = Find(json, "encrypted-by-id")?.GetString(),
        Properties = Find(json, "properties") is null ? null : ReadMap(json, "properties"),
    };

    private static JsonElement? Find(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static MetadataJson Json(JsonElement json) => new(json, "request", "");
}

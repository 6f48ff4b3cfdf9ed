using System.Text.Json;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Snapshots and references from and to JSON.</summary>
internal static class SnapshotJson
{
    public static Snapshot Read(MetadataJson json, int formatVersion)
    {
        var manifestList = json.FindText("manifest-list");
        var manifests = json.FindTexts("manifests")?.ToEquatableList();
        if (manifestList is null && (manifests is null || formatVersion > 1))
        {
            throw json.Corrupt($"'{json.PathOf("manifest-list")}' is missing");
        }

        // Some writers say "no parent" with -1.
        var parent = json.FindLong("parent-snapshot-id");
        return new Snapshot
        {
            SnapshotId = json.RequiredLong("snapshot-id"),
            ParentSnapshotId = parent == -1 ? null : parent,
            SequenceNumber = json.FindLong("sequence-number") ?? 0,
            TimestampMs = json.RequiredLong("timestamp-ms"),
            ManifestList = manifestList,
            Manifests = manifestList is null ? manifests : null,
            Summary = json.FindTextMap("summary") ?? new Dictionary<string, string>(),
            SchemaId = json.FindInt("schema-id"),
            FirstRowId = json.FindLong("first-row-id"),
            AddedRows = json.FindLong("added-rows"),
            KeyId = json.FindText("key-id"),
        };
    }

    public static void Write(Utf8JsonWriter writer, Snapshot snapshot, int formatVersion)
    {
        writer.WriteStartObject();
        if (formatVersion > 1)
        {
            writer.WriteNumber("sequence-number", snapshot.SequenceNumber);
        }

        writer.WriteNumber("snapshot-id", snapshot.SnapshotId);
        WriteNumber(writer, "parent-snapshot-id", snapshot.ParentSnapshotId);
        writer.WriteNumber("timestamp-ms", snapshot.TimestampMs);
        if (snapshot.Summary.Count > 0)
        {
            writer.WritePropertyName("summary");
            WriteTextMap(writer, snapshot.Summary);
        }

        if (snapshot.ManifestList is { } list)
        {
            writer.WriteString("manifest-list", list);
        }
        else
        {
            writer.WriteStartArray("manifests");
            foreach (var manifest in snapshot.Manifests ?? [])
            {
                writer.WriteStringValue(manifest);
            }

            writer.WriteEndArray();
        }

        WriteNumber(writer, "schema-id", snapshot.SchemaId);
        if (formatVersion > 2)
        {
            WriteNumber(writer, "first-row-id", snapshot.FirstRowId);
            WriteNumber(writer, "added-rows", snapshot.AddedRows);
            if (snapshot.KeyId is { } keyId)
            {
                writer.WriteString("key-id", keyId);
            }
        }

        writer.WriteEndObject();
    }

    public static SnapshotRef ReadRef(MetadataJson json) => new(
        json.RequiredLong("snapshot-id"),
        json.RequiredText("type").ToLowerInvariant() switch
        {
            "branch" => SnapshotRefType.Branch,
            "tag" => SnapshotRefType.Tag,
            var other => throw json.Corrupt($"'{other}' is neither a branch nor a tag"),
        })
    {
        MinSnapshotsToKeep = json.FindInt("min-snapshots-to-keep"),
        MaxSnapshotAgeMs = json.FindLong("max-snapshot-age-ms"),
        MaxRefAgeMs = json.FindLong("max-ref-age-ms"),
    };

    public static void WriteRef(Utf8JsonWriter writer, SnapshotRef reference)
    {
        writer.WriteStartObject();
        WriteRefMembers(writer, reference);
        writer.WriteEndObject();
    }

    /// <summary>Writes the members of a reference into the object that is open.</summary>
    public static void WriteRefMembers(Utf8JsonWriter writer, SnapshotRef reference)
    {
        writer.WriteNumber("snapshot-id", reference.SnapshotId);
        writer.WriteString("type", reference.Type == SnapshotRefType.Branch ? "branch" : "tag");
        WriteNumber(writer, "min-snapshots-to-keep", reference.MinSnapshotsToKeep);
        WriteNumber(writer, "max-snapshot-age-ms", reference.MaxSnapshotAgeMs);
        WriteNumber(writer, "max-ref-age-ms", reference.MaxRefAgeMs);
    }

    internal static void WriteTextMap(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> map)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in map)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    internal static void WriteNumber(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}

using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Partition specs from and to JSON.</summary>
internal static class PartitionSpecJson
{
    /// <summary>Reads <c>{"spec-id":…, "fields":[…]}</c>.</summary>
    public static PartitionSpec Read(MetadataJson json) => new(json.RequiredInt("spec-id"), ReadFields(json.RequiredObjects("fields")));

    /// <summary>Reads the bare field list of v1 metadata; fields without an id get 1000, 1001, … in order.</summary>
    public static PartitionSpec ReadFieldList(int specId, IEnumerable<MetadataJson> fields) => new(specId, ReadFields(fields));

    /// <summary>Reads a manifest's <c>partition-spec</c>: a list of fields, or the object that some writers put there.</summary>
    public static PartitionSpec ParseManifestSpec(string text, int specId, string file) => JsonText.Read(text, file, root =>
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return ReadFieldList(specId, root.EnumerateArray().Select(f => new MetadataJson(f, file, "partition-spec")));
        }

        var json = new MetadataJson(root, file, "partition-spec");
        return ReadFieldList(json.FindInt("spec-id") ?? specId, json.RequiredObjects("fields"));
    });

    /// <summary>The bare field list, as manifests and v1 metadata hold it.</summary>
    public static string ToFieldListText(PartitionSpec spec) => JsonText.Of(writer => WriteFieldList(writer, spec));

    /// <summary>Writes <c>{"spec-id":…, "fields":[…]}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, PartitionSpec spec)
    {
        writer.WriteStartObject();
        writer.WriteNumber("spec-id", spec.SpecId);
        writer.WritePropertyName("fields");
        WriteFieldList(writer, spec);
        writer.WriteEndObject();
    }

    /// <summary>Writes the bare field list.</summary>
    public static void WriteFieldList(Utf8JsonWriter writer, PartitionSpec spec)
    {
        writer.WriteStartArray();
        foreach (var field in spec.Fields)
        {
            writer.WriteStartObject();
            writer.WriteString("name", field.Name);
            writer.WriteString("transform", field.Transform.Text);
            WriteSources(writer, field.SourceIds);
            writer.WriteNumber("field-id", field.FieldId);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes <c>source-id</c>, or <c>source-ids</c> for several.</summary>
    internal static void WriteSources(Utf8JsonWriter writer, EquatableList<int> sources)
    {
        if (sources.Count == 1)
        {
            writer.WriteNumber("source-id", sources[0]);
            return;
        }

        writer.WriteStartArray("source-ids");
        foreach (var source in sources)
        {
            writer.WriteNumberValue(source);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads <c>source-id</c> or <c>source-ids</c>.</summary>
    internal static EquatableList<int> ReadSources(MetadataJson json) =>
        json.FindInt("source-id") is { } one ? [one]
        : json.FindInts("source-ids") is { Count: > 0 } several ? several.ToEquatableList()
        : throw json.Corrupt($"'{json.PathOf("source-id")}' is missing");

    private static EquatableList<PartitionField> ReadFields(IEnumerable<MetadataJson> fields) =>
        fields.Select((f, i) => new PartitionField(
            ReadSources(f), f.FindInt("field-id") ?? PartitionSpec.FirstFieldId + i, f.RequiredText("name"), Transform.Parse(f.RequiredText("transform")))).ToEquatableList();
}

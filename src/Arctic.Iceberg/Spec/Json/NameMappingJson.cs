using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>Name mappings from and to JSON (Iceberg spec, "Name Mapping Serialization").</summary>
internal static class NameMappingJson
{
    /// <summary>The table property with the mapping.</summary>
    public const string Property = "schema.name-mapping.default";

    private const int DepthMax = 100;

    /// <summary>Reads a mapping.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>.</exception>
    public static EquatableList<MappedField> Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = DepthMax });
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"The table property '{Property}' is not a name mapping: {e.Message}", e);
        }
    }

    /// <summary>The text of a mapping.</summary>
    public static string ToText(EquatableList<MappedField> mapping) => JsonText.Of(writer => Write(writer, mapping));

    private static EquatableList<MappedField> Read(JsonElement fields) => fields.EnumerateArray().Select(f => new MappedField(
        f.TryGetProperty("field-id", out var id) && id.ValueKind != JsonValueKind.Null ? id.GetInt32() : null,
        f.TryGetProperty("names", out var names) ? names.EnumerateArray().Select(n => n.GetString() ?? "").ToEquatableList() : [],
        f.TryGetProperty("fields", out var nested) && nested.ValueKind != JsonValueKind.Null ? Read(nested) : [])).ToEquatableList();

    private static void Write(Utf8JsonWriter writer, EquatableList<MappedField> fields)
    {
        writer.WriteStartArray();
        foreach (var field in fields)
        {
            writer.WriteStartObject();
            if (field.FieldId is { } id)
            {
                writer.WriteNumber("field-id", id);
            }

            writer.WriteStartArray("names");
            foreach (var name in field.Names)
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
            if (field.Fields.Count > 0)
            {
                writer.WritePropertyName("fields");
                Write(writer, field.Fields);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}

using System.Text.Json;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>Answers as JSON, read strictly.</summary>
internal static class RestJson
{
    /// <summary>Reads the object that an answer holds.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: it is not JSON, or lacks something.</exception>
    /// <exception cref="CommitOutcomeUnknownException">The same of the answer to a commit, which most likely took place.</exception>
    public static T Read<T>(RestRequest request, RestAnswer answer, Func<MetadataJson, T> read)
    {
        var file = $"{request.Method} {request.Address}";
        try
        {
            return JsonText.Read(answer.Body, file, json => read(new MetadataJson(json, file, "")));
        }
        catch (ArcticException e) when (request.Effect == RestEffect.Commit)
        {
            throw new CommitOutcomeUnknownException($"The catalog server accepted to {request.Purpose}, and its answer cannot be read: {e.Message} Nothing was deleted; load the table and look.", e);
        }
    }

    /// <summary>The levels of a namespace.</summary>
    public static Namespace ReadLevels(MetadataJson json, string name) => new(json.FindTexts(name) ?? throw json.Corrupt($"'{json.PathOf(name)}' is missing"));

    public static TableIdentifier ReadIdentifier(MetadataJson json) => new(ReadLevels(json, "namespace"), json.RequiredText("name"));

    public static void WriteIdentifier(Utf8JsonWriter writer, string name, TableIdentifier identifier)
    {
        writer.WriteStartObject(name);
        WriteLevels(writer, "namespace", identifier.Namespace);
        writer.WriteString("name", identifier.Name);
        writer.WriteEndObject();
    }

    public static void WriteLevels(Utf8JsonWriter writer, string name, Namespace ns) => WriteTexts(writer, name, ns.Levels);

    public static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }

    public static void WriteMap(Utf8JsonWriter writer, string name, IReadOnlyDictionary<string, string> map)
    {
        writer.WritePropertyName(name);
        SnapshotJson.WriteTextMap(writer, map);
    }
}

using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Spec.Json;

/// <summary>A JSON object of a metadata file whose members are read strictly: what is missing or of the wrong kind is <c>TABLE_CORRUPT</c> with file and path.</summary>
internal readonly struct MetadataJson
{
    private readonly JsonElement _element;
    private readonly string _file;
    private readonly string _path;

    /// <param name="path">Where the object stands in the file; empty for the root.</param>
    public MetadataJson(JsonElement element, string file, string path)
    {
        _element = element;
        _file = file;
        _path = path;
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Corrupt($"'{(path.Length == 0 ? "the file" : path)}' is {Describe(element)} where an object belongs");
        }
    }

    /// <summary>The object itself.</summary>
    public JsonElement Element => _element;

    /// <summary>The file, for messages.</summary>
    public string File => _file;

    /// <summary>Whether the member is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    public int RequiredInt(string name) => FindInt(name) ?? throw Missing(name);

    public long RequiredLong(string name) => FindLong(name) ?? throw Missing(name);

    public string RequiredText(string name) => FindText(name) ?? throw Missing(name);

    public bool RequiredFlag(string name) => FindFlag(name) ?? throw Missing(name);

    public MetadataJson RequiredObject(string name) => FindObject(name) ?? throw Missing(name);

    public IEnumerable<MetadataJson> RequiredObjects(string name) => FindObjects(name) ?? throw Missing(name);

    public int? FindInt(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Wrong(name, value, "a 32-bit number")
        : null;

    public long? FindLong(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : throw Wrong(name, value, "a 64-bit signed number")
        : null;

    public string? FindText(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(name, value, "a text")
        : null;

    public bool? FindFlag(string name) => Find(name) is { } value
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, value, "true or false")
        : null;

    public MetadataJson? FindObject(string name) => Find(name) is { } value ? new MetadataJson(value, _file, PathOf(name)) : null;

    /// <summary>The objects of a list; null when the member is absent.</summary>
    public IReadOnlyList<MetadataJson>? FindObjects(string name)
    {
        if (FindList(name) is not { } list)
        {
            return null;
        }

        var objects = new List<MetadataJson>(list.GetArrayLength());
        foreach (var item in list.EnumerateArray())
        {
            objects.Add(new MetadataJson(item, _file, $"{PathOf(name)}[{objects.Count}]"));
        }

        return objects;
    }

    /// <summary>The numbers of a list; null when the member is absent.</summary>
    public IReadOnlyList<int>? FindInts(string name)
    {
        var (file, path) = (_file, PathOf(name));
        return FindList(name)?.EnumerateArray()
            .Select(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out var number) ? number : throw Corrupt(file, $"'{path}' holds {Describe(v)} where 32-bit numbers belong"))
            .ToList();
    }

    /// <summary>The texts of a list; null when the member is absent.</summary>
    public IReadOnlyList<string>? FindTexts(string name)
    {
        var (file, path) = (_file, PathOf(name));
        return FindList(name)?.EnumerateArray()
            .Select(v => v.ValueKind == JsonValueKind.String ? v.GetString()! : throw Corrupt(file, $"'{path}' holds {Describe(v)} where texts belong"))
            .ToList();
    }

    /// <summary>An object whose members are texts; numbers and flags, which some writers put there, are taken as written. Null when the member is absent.</summary>
    public IReadOnlyDictionary<string, string>? FindTextMap(string name)
    {
        if (FindObject(name) is not { } map)
        {
            return null;
        }

        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in map._element.EnumerateObject())
        {
            texts[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
        }

        return texts;
    }

    /// <summary>An error about this object.</summary>
    public ArcticException Corrupt(string what, Exception? cause = null) => Corrupt(_file, what, cause);

    /// <summary>The place of a member.</summary>
    public string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private static ArcticException Corrupt(string file, string what, Exception? cause = null) => new(ErrorCodes.TableCorrupt, $"Cannot read '{file}': {what}.", cause);

    private JsonElement? Find(string name) => _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private JsonElement? FindList(string name) => Find(name) is { } value
        ? value.ValueKind == JsonValueKind.Array ? value : throw Wrong(name, value, "a list")
        : null;

    private ArcticException Missing(string name) => Corrupt($"'{PathOf(name)}' is missing");

    private ArcticException Wrong(string name, JsonElement value, string expected) => Corrupt($"'{PathOf(name)}' is {Describe(value)} where {expected} belongs");

    private static string Describe(JsonElement value)
    {
        var text = value.GetRawText();
        return value.ValueKind is JsonValueKind.Object ? "an object" : value.ValueKind is JsonValueKind.Array ? "a list" : text.Length > 60 ? text[..60] + "…" : text;
    }
}

using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.Formats;

namespace Arctic.Iceberg.Scanning;

/// <summary>Field ids by name for files without ids (table property <c>schema.name-mapping.default</c>).</summary>
internal sealed class NameMapping
{
    private readonly Dictionary<string, Entry> _entries;

    private NameMapping(Dictionary<string, Entry> entries) => _entries = entries;

    /// <summary>The mapping of a table; null when it has none.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TABLE_CORRUPT</c>: the property is no mapping.</exception>
    public static NameMapping? Of(IReadOnlyDictionary<string, string> properties) =>
        properties.TryGetValue(NameMappingJson.Property, out var text) ? new NameMapping(EntriesOf(NameMappingJson.Parse(text))) : null;

    /// <summary>The fields of a file with the ids that the mapping gives them; fields without an entry have none.</summary>
    public IReadOnlyList<FileField> Apply(IReadOnlyList<FileField> fields) => Apply(fields, _entries);

    /// <summary>The fields of a file with ids by their place, 1 to n: what a table without a mapping reads files without ids by.</summary>
    public static IReadOnlyList<FileField> ApplyPositions(IReadOnlyList<FileField> fields) => fields.Select((f, i) => f with { FieldId = i + 1 }).ToArray();

    private static FileField[] Apply(IReadOnlyList<FileField> fields, Dictionary<string, Entry> entries) => fields.Select(f =>
    {
        if (!entries.TryGetValue(f.Name, out var entry))
        {
            return f with { FieldId = null };
        }

        return f with { FieldId = entry.FieldId, Children = new EquatableList<FileField>(Apply(Named(f), entry.Members)) };
    }).ToArray();

    // Files name the parts of lists and maps as they like; a mapping calls them element, key and value.
    private static IReadOnlyList<FileField> Named(FileField field) => field.Type switch
    {
        DataType.Array => [field.Children[0] with { Name = "element" }],
        DataType.Map => [field.Children[0] with { Name = "key" }, field.Children[1] with { Name = "value" }],
        _ => field.Children,
    };

    private static Dictionary<string, Entry> EntriesOf(IEnumerable<MappedField> fields)
    {
        var entries = new Dictionary<string, Entry>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            var entry = new Entry(field.FieldId, EntriesOf(field.Fields));
            foreach (var name in field.Names)
            {
                entries[name] = entry;
            }
        }

        return entries;
    }

    private sealed record Entry(int? FieldId, Dictionary<string, Entry> Members);
}

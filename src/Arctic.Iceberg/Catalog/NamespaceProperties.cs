using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Catalog;

/// <summary>Changes of a namespace's properties, for catalogs that keep them themselves.</summary>
internal static class NamespaceProperties
{
    /// <summary>The properties after a change.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: a property is both set and removed.</exception>
    public static IReadOnlyDictionary<string, string> Apply(
        Namespace ns, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals)
    {
        CheckDisjoint(ns, updates, removals);
        var after = before.Where(p => !removals.Contains(p.Key)).ToDictionary(p => p.Key, p => p.Value);
        foreach (var (key, value) in updates)
        {
            after[key] = value;
        }

        return after;
    }

    /// <summary>Refuses a change that says two things of one property.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>.</exception>
    public static void CheckDisjoint(Namespace ns, IReadOnlyDictionary<string, string> updates, IReadOnlyCollection<string> removals)
    {
        if (removals.FirstOrDefault(updates.ContainsKey) is { } both)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot change the database '{ns}': its property '{both}' is both set and removed.");
        }
    }

    /// <summary>The content of the file that stands for a namespace.</summary>
    public static ReadOnlyMemory<byte> ToJson(IReadOnlyDictionary<string, string> properties) => JsonText.BytesOf(writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("properties");
        SnapshotJson.WriteTextMap(writer, properties);
        writer.WriteEndObject();
    });
}

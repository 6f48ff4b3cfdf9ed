using Arctic.Columnar.Types;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Json;

namespace Arctic.Iceberg.Transactions;

/// <summary>Table properties that name columns: they follow when the schema changes.</summary>
internal static class SchemaProperties
{
    private static readonly string[] ColumnPrefixes =
        ["write.metadata.metrics.column.", "write.parquet.bloom-filter-enabled.column.", "write.parquet.bloom-filter-fpp.column.", "write.parquet.stats-enabled.column."];

    /// <summary>Adds the updates of the properties to the attempt.</summary>
    public static void Follow(CommitAttempt attempt, Schema before, Schema after)
    {
        var properties = attempt.Metadata.Properties;
        var updates = new Dictionary<string, string>(StringComparer.Ordinal);
        var removals = new List<string>();
        foreach (var (key, value) in properties)
        {
            if (ColumnPrefixes.FirstOrDefault(p => key.StartsWith(p, StringComparison.Ordinal)) is { } prefix
                && before.FindField(key[prefix.Length..]) is { } field && after.FindFullName(field.Id) is var name && name != key[prefix.Length..])
            {
                removals.Add(key);
                if (name is not null)
                {
                    updates[prefix + name] = value;
                }
            }
        }

        if (properties.TryGetValue(NameMappingJson.Property, out var mapping))
        {
            updates[NameMappingJson.Property] = NameMappingJson.ToText(MappedFields.Follow(NameMappingJson.Parse(mapping), before, after));
        }

        // One column's new name can be another's old one.
        removals.RemoveAll(updates.ContainsKey);
        if (updates.Any(u => properties.GetValueOrDefault(u.Key) != u.Value))
        {
            attempt.Add(new TableUpdate.SetProperties(updates));
        }

        if (removals.Count > 0)
        {
            attempt.Add(new TableUpdate.RemoveProperties(removals.ToEquatableList()));
        }
    }
}

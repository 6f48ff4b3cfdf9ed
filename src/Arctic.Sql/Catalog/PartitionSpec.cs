using Arctic.Columnar.Types;

namespace Arctic.Sql.Catalog;

/// <summary>One partition of a table: its keys with their values as text, null for NULL, in the order of PARTITIONED BY.</summary>
internal sealed record PartitionSpec(EquatableList<KeyValuePair<string, string?>> Values)
{
    /// <summary><c>k=v/k=v</c>.</summary>
    public override string ToString() => string.Join('/', Values.Select(v => $"{v.Key}={v.Value ?? "null"}"));

    /// <summary>Whether the partition has all values that another one names.</summary>
    public bool Matches(PartitionSpec other) => other.Values.All(v => Values.Contains(v));
}

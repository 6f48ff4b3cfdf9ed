using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Arctic.Sql.Catalog;

/// <summary>The options of a WITH clause or hint; immutable, in the order of their keys, compared by value. Keys are case-sensitive.</summary>
internal sealed class TableOptions : IReadOnlyDictionary<string, string>, IEquatable<TableOptions>
{
    /// <summary>No options.</summary>
    public static readonly TableOptions Empty = new([]);

    private readonly SortedDictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Copies the pairs; of a repeated key the last one counts.</summary>
    public TableOptions(IEnumerable<KeyValuePair<string, string>> pairs)
    {
        foreach (var (key, value) in pairs)
        {
            _values[key] = value;
        }
    }

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _values.Keys;

    /// <inheritdoc/>
    public IEnumerable<string> Values => _values.Values;

    /// <inheritdoc/>
    public string this[string key] => _values[key];

    /// <summary>These options with the others over them.</summary>
    public TableOptions Overlaid(IReadOnlyCollection<KeyValuePair<string, string>> others) => others.Count == 0 ? this : new(_values.Concat(others));

    /// <summary>The value of a key; null when it is not there.</summary>
    public string? Find(string key) => _values.GetValueOrDefault(key);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value) => _values.TryGetValue(key, out value);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _values.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(TableOptions? other) => other is not null && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TableOptions);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (key, value) in _values)
        {
            hash.Add(key);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _values.Select(p => $"'{p.Key}'='{p.Value}'"));
}

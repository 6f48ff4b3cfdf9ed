namespace Arctic.Iceberg.Writing;

/// <summary>How a <see cref="RowDeltaWriter"/> tells rows apart. Every property has a default.</summary>
public sealed record RowDeltaOptions
{
    /// <summary>The key: columns by name, members of structs with dots (<c>address.city</c>). Null for the table's identifier fields. Not <c>float</c> or <c>double</c>.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>The most memory for the keys that are waiting for their commit, about 90 bytes and the key's own for each. 512 MiB.</summary>
    public long MemoryBytesMax { get; init; } = 512L << 20;
}

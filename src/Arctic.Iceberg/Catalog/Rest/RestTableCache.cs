namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>
/// The tables that were loaded last, each with the version tag that the server gave it: asked for again with the tag, a table that did not change costs no
/// metadata. Nothing is taken from here without asking. Thread-safe.
/// </summary>
internal sealed class RestTableCache(int entriesMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TableIdentifier, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>What is known of a table; null when it is not remembered.</summary>
    public Entry? Find(TableIdentifier identifier)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(identifier, out var node))
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    public void Put(Entry entry)
    {
        lock (_lock)
        {
            Remove(entry.Identifier);
            _entries[entry.Identifier] = _byUse.AddFirst(entry);
            if (_byUse.Count > entriesMax)
            {
                Remove(_byUse.Last!.Value.Identifier);
            }
        }
    }

    public void Forget(TableIdentifier identifier)
    {
        lock (_lock)
        {
            Remove(identifier);
        }
    }

    private void Remove(TableIdentifier identifier)
    {
        if (_entries.Remove(identifier, out var node))
        {
            _byUse.Remove(node);
        }
    }

    internal sealed class Entry(TableIdentifier identifier, string? etag, IcebergTable table, string? token)
    {
        public TableIdentifier Identifier { get; } = identifier;

        /// <summary>Of the metadata with all snapshots; null when the server gave none.</summary>
        public string? ETag { get; } = etag;

        public IcebergTable Table { get; } = table;

        /// <summary>A secret.</summary>
        public string? Token { get; } = token;
    }
}

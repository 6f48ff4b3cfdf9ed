namespace Arctic.Streams;

/// <summary>Values a key, in the order in which they were added.</summary>
public sealed class ListState<TValue> : ItemState<TValue>
{
    private List<TValue>?[] _lists = [];
    private long _count;

    internal ListState(string name, CurrentKey current)
        : base(name, current)
    {
    }

    /// <summary>The current key's values; empty when there are none. Valid until the state is written.</summary>
    public IReadOnlyList<TValue> Values => Has(KeyId) ? _lists[KeyId]! : []; // has one

    /// <summary>Adds a value behind the current key's others.</summary>
    public void Add(TValue value) => AddItem(KeyId, value);

    private protected override long ItemCount => _count;

    internal override bool Has(int keyId) => keyId < _lists.Length && _lists[keyId] is not null;

    internal override void Forget(int keyId)
    {
        if (Has(keyId))
        {
            _count -= _lists[keyId]!.Count; // has one
            _lists[keyId] = null;
        }
    }

    private protected override void CopyItems(int keyId, List<TValue> target) => target.AddRange(_lists[keyId]!); // only of keys that have one

    private protected override void AddItem(int keyId, TValue item)
    {
        if (keyId >= _lists.Length)
        {
            Array.Resize(ref _lists, Math.Max(16, keyId * 2));
        }

        (_lists[keyId] ??= []).Add(item);
        _count++;
    }
}

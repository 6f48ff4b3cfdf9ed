using System.Diagnostics.CodeAnalysis;

namespace Arctic.Streams;

/// <summary>Values by name within each key; names that are equal in .NET are one.</summary>
public sealed class MapState<TName, TValue> : ItemState<MapStateEntry<TName, TValue>>
    where TName : notnull
{
    private Dictionary<TName, TValue>?[] _maps = [];
    private long _count;

    internal MapState(string name, CurrentKey current)
        : base(name, current)
    {
    }

    /// <summary>The current key's values; empty when there are none. Valid until the state is written.</summary>
    public IReadOnlyDictionary<TName, TValue> Values => Find(KeyId) ?? [];

    /// <summary>Finds a value of the current key.</summary>
    public bool TryGet(TName name, [MaybeNullWhen(false)] out TValue value)
    {
        value = default;
        return Find(KeyId)?.TryGetValue(name, out value) ?? false;
    }

    /// <summary>Sets a value of the current key.</summary>
    public void Set(TName name, TValue value) => AddItem(KeyId, new(name, value));

    /// <summary>Takes a value of the current key out.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(TName name)
    {
        if (Find(KeyId) is not { } map || !map.Remove(name))
        {
            return false;
        }

        _count--;
        if (map.Count == 0)
        {
            _maps[KeyId] = null;
        }

        return true;
    }

    private protected override long ItemCount => _count;

    internal override bool Has(int keyId) => Find(keyId) is not null;

    internal override void Forget(int keyId)
    {
        if (Find(keyId) is { } map)
        {
            _count -= map.Count;
            _maps[keyId] = null;
        }
    }

    private protected override void CopyItems(int keyId, List<MapStateEntry<TName, TValue>> target)
    {
        foreach (var (name, value) in Find(keyId) ?? [])
        {
            target.Add(new(name, value));
        }
    }

    private protected override void AddItem(int keyId, MapStateEntry<TName, TValue> item)
    {
        if (keyId >= _maps.Length)
        {
            Array.Resize(ref _maps, Math.Max(16, keyId * 2));
        }

        var map = _maps[keyId] ??= [];
        _count += map.TryAdd(item.Name, item.Value) ? 1 : 0;
        map[item.Name] = item.Value;
    }

    private Dictionary<TName, TValue>? Find(int keyId) => keyId < _maps.Length ? _maps[keyId] : null;
}

/// <summary>A value of a <see cref="MapState{TName, TValue}"/> as checkpoints have it.</summary>
public readonly record struct MapStateEntry<TName, TValue>(TName Name, TValue Value);

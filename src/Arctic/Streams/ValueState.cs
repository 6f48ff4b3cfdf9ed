using System.Diagnostics.CodeAnalysis;

namespace Arctic.Streams;

/// <summary>One value a key.</summary>
public sealed class ValueState<TValue> : ItemState<TValue>
{
    private TValue?[] _values = [];
    private bool[] _has = [];
    private long _count;

    internal ValueState(string name, CurrentKey current)
        : base(name, current)
    {
    }

    /// <summary>The current key's value; the type's default when there is none. Setting it to null clears it.</summary>
    [MaybeNull]
    public TValue Value
    {
        get => KeyId < _values.Length ? _values[KeyId] : default;
        set
        {
            if (value is null)
            {
                Forget(KeyId);
            }
            else
            {
                AddItem(KeyId, value);
            }
        }
    }

    /// <summary>Whether the current key has a value.</summary>
    public bool HasValue => Has(KeyId);

    private protected override long ItemCount => _count;

    internal override bool Has(int keyId) => keyId < _has.Length && _has[keyId];

    internal override void Forget(int keyId)
    {
        if (Has(keyId))
        {
            (_values[keyId], _has[keyId]) = (default, false);
            _count--;
        }
    }

    private protected override void CopyItems(int keyId, List<TValue> target) => target.Add(_values[keyId]!); // only of keys that have one

    private protected override void AddItem(int keyId, TValue item)
    {
        if (keyId >= _values.Length)
        {
            var size = Math.Max(16, keyId * 2);
            Array.Resize(ref _values, size);
            Array.Resize(ref _has, size);
        }

        _count += _has[keyId] ? 0 : 1;
        (_values[keyId], _has[keyId]) = (item, true);
    }
}

using Arctic.Columnar.Errors;

namespace Arctic.Columnar.Memory;

/// <summary>A bound on the bytes that one consumer, or a tree of consumers, may hold. Thread-safe.</summary>
public sealed class MemoryBudget
{
    private readonly MemoryBudget? _parent;
    private readonly string _name;
    private long _used;

    /// <summary>Makes a budget.</summary>
    /// <param name="name">What it bounds, for messages.</param>
    /// <param name="bytesMax">The most bytes that may be reserved at a time; positive.</param>
    /// <param name="parent">A budget that every reservation counts against too; null for none.</param>
    public MemoryBudget(string name, long bytesMax, MemoryBudget? parent = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytesMax);
        _name = name;
        BytesMax = bytesMax;
        _parent = parent;
    }

    /// <summary>The most bytes that may be reserved at a time.</summary>
    public long BytesMax { get; }

    /// <summary>What to try when it is used up, for the error; null when there is nothing to say.</summary>
    public string? Hint { get; init; }

    /// <summary>The bytes reserved now.</summary>
    public long BytesUsed => Volatile.Read(ref _used);

    /// <summary>Reserves bytes when they fit here and in every parent; reserves nothing otherwise.</summary>
    public bool TryReserve(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (Interlocked.Add(ref _used, bytes) > BytesMax || (_parent is not null && !_parent.TryReserve(bytes)))
        {
            Interlocked.Add(ref _used, -bytes);
            return false;
        }

        return true;
    }

    /// <summary>Reserves bytes.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.ResourcesExhausted"/>: they do not fit.</exception>
    public void Reserve(long bytes)
    {
        if (!TryReserve(bytes))
        {
            throw new ArcticException(
                ErrorCodes.ResourcesExhausted,
                $"Cannot reserve {bytes:N0} bytes for {_name}: {BytesUsed:N0} of {BytesMax:N0} bytes are in use.")
            {
                Hint = Hint,
            };
        }
    }

    /// <summary>Gives reserved bytes back.</summary>
    public void Release(long bytes)
    {
        var left = Interlocked.Add(ref _used, -bytes);
        System.Diagnostics.Debug.Assert(left >= 0, "More bytes were released than reserved.");
        _parent?.Release(bytes);
    }
}

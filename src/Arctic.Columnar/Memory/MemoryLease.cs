namespace Arctic.Columnar.Memory;

/// <summary>
/// A counted claim on memory that a batch's columns point into. Every holder owns one count and gives it back exactly once; the memory is
/// released with the last. Thread-safe.
/// </summary>
public sealed class MemoryLease
{
    /// <summary>The lease on memory that the garbage collector owns: counting it costs nothing and releases nothing.</summary>
    public static readonly MemoryLease Managed = new([]);

    private readonly IDisposable[] _owners;
    private int _count = 1;

    private MemoryLease(IDisposable[] owners) => _owners = owners;

    /// <summary>The number of holders; 0 once released. For tests and assertions.</summary>
    internal int HolderCount => Volatile.Read(ref _count);

    /// <summary>A lease with one holder that disposes <paramref name="owner"/> when the last holder is gone.</summary>
    public static MemoryLease Of(IDisposable owner) => new([owner]);

    /// <summary>A lease with one holder that takes over one count of each given lease.</summary>
    public static MemoryLease Combine(params ReadOnlySpan<MemoryLease> leases)
    {
        MemoryLease? only = null;
        List<IDisposable>? owners = null;
        foreach (var lease in leases)
        {
            if (ReferenceEquals(lease, Managed))
            {
                continue;
            }

            if (only is null)
            {
                only = lease;
            }
            else
            {
                owners ??= [new Holder(only)];
                owners.Add(new Holder(lease));
            }
        }

        return owners is null ? only ?? Managed : new MemoryLease([.. owners]);
    }

    /// <summary>Adds a holder.</summary>
    /// <exception cref="ObjectDisposedException">The memory has been released.</exception>
    public MemoryLease Retain()
    {
        if (ReferenceEquals(this, Managed))
        {
            return this;
        }

        if (Interlocked.Increment(ref _count) <= 1)
        {
            throw new ObjectDisposedException(nameof(MemoryLease), "The batch's memory has been released; retain it before disposing it.");
        }

        return this;
    }

    /// <summary>Gives one holder's count back; the last one releases the memory.</summary>
    public void Release()
    {
        if (ReferenceEquals(this, Managed))
        {
            return;
        }

        var left = Interlocked.Decrement(ref _count);
        System.Diagnostics.Debug.Assert(left >= 0, "A lease was released more often than it was held.");
        if (left == 0)
        {
            foreach (var owner in _owners)
            {
                owner.Dispose();
            }
        }
    }

    private sealed class Holder(MemoryLease lease) : IDisposable
    {
        public void Dispose() => lease.Release();
    }
}

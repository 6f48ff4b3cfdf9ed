using System.Diagnostics.Metrics;

namespace Arctic.Columnar.Memory;

/// <summary>
/// A counted claim on memory that a batch's columns point into. Every holder owns one count and gives it back exactly once; the memory is
/// released with the last. Thread-safe.
/// </summary>
/// <remarks>
/// A lease that is forgotten is counted (<see cref="ForgottenCount"/>, and the counter <c>arctic.memory.leases.forgotten</c>), but its memory is not released by that: a column
/// may outlive its batch's lease. Native memory is therefore owned by a <see cref="System.Buffers.MemoryManager{T}"/> with a finalizer, which columns keep alive
/// (docs/decisions/0006-leases.md).
/// </remarks>
public sealed class MemoryLease
{
    /// <summary>The lease on memory that the garbage collector owns: counting it costs nothing and releases nothing.</summary>
    public static readonly MemoryLease Managed = new([]);

    private static readonly Meter Meter = new("Arctic.Columnar");
    private static readonly Counter<long> Forgotten = Meter.CreateCounter<long>("arctic.memory.leases.forgotten", "{lease}", "Leases collected while somebody held them: batches that nobody disposed.");
    private static long _forgottenCount;

    private readonly IDisposable[] _owners;
    private int _count = 1;

    private MemoryLease(IDisposable[] owners)
    {
        _owners = owners;
        if (owners.Length == 0)
        {
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Counts a lease that was forgotten; releases nothing, since columns may still point into the memory.</summary>
    ~MemoryLease()
    {
        Interlocked.Increment(ref _forgottenCount);
        Forgotten.Add(1);
    }

    /// <summary>The leases of this process that were collected while somebody held them: batches that nobody disposed.</summary>
    internal static long ForgottenCount => Interlocked.Read(ref _forgottenCount);

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

        // Not a plain increment: a try that fails must leave 0, or the next one would succeed.
        for (var count = Volatile.Read(ref _count); ;)
        {
            if (count <= 0)
            {
                throw new ObjectDisposedException(nameof(MemoryLease), "The batch's memory has been released; retain it before disposing it.");
            }

            var seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count)
            {
                return this;
            }

            count = seen;
        }
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
            GC.SuppressFinalize(this);
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

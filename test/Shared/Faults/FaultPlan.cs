using Arctic.Columnar.Errors;

namespace Arctic.Testing.Faults;

/// <summary>What a store is asked to do, as fault plans see it.</summary>
internal enum StoreOperation
{
    Find,
    OpenRead,
    Read,
    Create,
    Write,
    Complete,
    CreateIfAbsent,
    Put,
    List,
    ListNext,
    Delete,
}

/// <summary>What goes wrong with an operation.</summary>
internal enum FaultKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It fails and has had no effect.</summary>
    FailBefore,

    /// <summary>It takes effect, but its answer is lost.</summary>
    FailAfter,

    /// <summary>It waits, then goes on.</summary>
    StallBefore,

    /// <summary>It takes effect, and its answer is late.</summary>
    StallAfter,

    /// <summary>
    /// Half of the content is written, read or listed before it fails; what has no halves takes effect. A write torn like this is a disk that breaks its promise: our stores
    /// never show one.
    /// </summary>
    Tear,

    /// <summary>A create takes effect and is told that the object existed, as when a PUT is repeated on the way; of any other operation nothing.</summary>
    SayExisted,
}

/// <summary>What goes wrong, and how long a stall lasts.</summary>
internal readonly record struct Fault(FaultKind Kind, TimeSpan Stall = default)
{
    public static Fault None => default;

    /// <summary>The error of a failure; null for <c>STORAGE_FAILED</c>.</summary>
    public ErrorCode? Code { get; init; }
}

/// <summary>Decides what goes wrong.</summary>
internal interface IFaultPlan
{
    /// <summary>The fault of the next operation.</summary>
    Fault Next(StoreOperation operation, string location);
}

/// <summary>Faults by chance; the same seed and the same order of operations give the same faults. Thread-safe.</summary>
/// <param name="random">Seeded.</param>
/// <param name="rates">How often each kind of fault happens.</param>
internal sealed class SeededFaults(Random random, FaultRates rates) : IFaultPlan
{
    private readonly Lock _lock = new();

    public Fault Next(StoreOperation operation, string location)
    {
        lock (_lock)
        {
            var dice = random.NextDouble();
            return (dice -= rates.FailBefore) < 0 ? new Fault(FaultKind.FailBefore)
                : (dice -= rates.FailAfter) < 0 ? new Fault(FaultKind.FailAfter)
                : (dice -= rates.StallBefore) < 0 ? new Fault(FaultKind.StallBefore, rates.StallMax * random.NextDouble())
                : (dice -= rates.StallAfter) < 0 ? new Fault(FaultKind.StallAfter, rates.StallMax * random.NextDouble())
                : (dice -= rates.Tear) < 0 ? new Fault(FaultKind.Tear)
                : dice - rates.SayExisted < 0 ? new Fault(FaultKind.SayExisted)
                : Fault.None;
        }
    }
}

/// <summary>The chance of each fault an operation, 0 to 1, in all at most 1.</summary>
internal sealed record FaultRates
{
    public double FailBefore { get; init; }

    public double FailAfter { get; init; }

    public double StallBefore { get; init; }

    public double StallAfter { get; init; }

    public double Tear { get; init; }

    public double SayExisted { get; init; }

    /// <summary>Stalls last from nothing to this.</summary>
    public TimeSpan StallMax { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>The faults that a test wants, and no others.</summary>
internal sealed class ScriptedFaults : FaultScript<StoreOperation, Fault>, IFaultPlan;

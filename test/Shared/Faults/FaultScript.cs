namespace Arctic.Testing.Faults;

/// <summary>Faults that are wanted: each is used up by the first operation that it matches. Thread-safe.</summary>
/// <typeparam name="TOperation">The kinds of operations.</typeparam>
/// <typeparam name="TFault">What goes wrong; its default is nothing.</typeparam>
internal abstract class FaultScript<TOperation, TFault>
    where TOperation : struct, Enum
    where TFault : struct
{
    private readonly Lock _lock = new();
    private readonly List<(TOperation Operation, string NamePart, TFault Fault)> _faults = [];

    /// <summary>The faults that no operation has met yet.</summary>
    public int Pending
    {
        get
        {
            lock (_lock)
            {
                return _faults.Count;
            }
        }
    }

    /// <summary>Adds a fault for the next operation of the kind on something whose name contains the given text.</summary>
    public void Add(TOperation operation, string namePart, TFault fault)
    {
        lock (_lock)
        {
            _faults.Add((operation, namePart, fault));
        }
    }

    /// <summary>The fault of an operation.</summary>
    public TFault Next(TOperation operation, string name)
    {
        lock (_lock)
        {
            var index = _faults.FindIndex(f => EqualityComparer<TOperation>.Default.Equals(f.Operation, operation) && name.Contains(f.NamePart, StringComparison.Ordinal));
            if (index < 0)
            {
                return default;
            }

            var fault = _faults[index].Fault;
            _faults.RemoveAt(index);
            return fault;
        }
    }
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;

namespace Arctic.Dataflow.Operators.Keyed;

/// <summary>What one operator's state counts against a job's budget.</summary>
/// <param name="budget">The job's; null for no bound.</param>
internal sealed class StateBudget(MemoryBudget? budget) : IDisposable
{
    private long _reserved;

    /// <summary>Tells how many bytes the state holds now.</summary>
    /// <param name="bytes">All of them, not the difference.</param>
    /// <param name="name">Whose state it is, for the message.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.ResourcesExhausted"/>: more than the budget.</exception>
    public void Update(long bytes, string name)
    {
        if (budget is null || bytes == _reserved)
        {
            return;
        }

        if (bytes < _reserved)
        {
            budget.Release(_reserved - bytes);
        }
        else if (!budget.TryReserve(bytes - _reserved))
        {
            throw new ArcticException(
                ErrorCodes.ResourcesExhausted,
                $"The state of '{name}' needs {bytes:N0} bytes; {budget.BytesUsed - _reserved:N0} of the {budget.BytesMax:N0} bytes for all state of the job are in use elsewhere.")
            {
                Hint = "Raise 'arctic.state.memory-limit', or keep less state: filter earlier, project fewer columns.",
            };
        }

        _reserved = bytes;
    }

    public void Dispose()
    {
        budget?.Release(_reserved);
        _reserved = 0;
    }
}

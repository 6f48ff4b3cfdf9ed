using Arctic.Columnar.Errors;
using Arctic.Columnar.Memory;

namespace Arctic.KeyedTables;

/// <summary>What one structure has taken of a budget; 0 gives all of it back. Not thread-safe.</summary>
internal sealed class Reservation(MemoryBudget budget)
{
    private long _bytes;

    /// <summary>Takes or gives back the difference.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.ResourcesExhausted"/>: it does not fit.</exception>
    public void GrowTo(long bytes)
    {
        if (bytes > _bytes)
        {
            budget.Reserve(bytes - _bytes);
        }
        else
        {
            budget.Release(_bytes - bytes);
        }

        _bytes = bytes;
    }

    /// <summary>Takes or gives back the difference; takes nothing when it does not fit.</summary>
    public bool TryGrowTo(long bytes)
    {
        if (bytes > _bytes && !budget.TryReserve(bytes - _bytes))
        {
            return false;
        }

        budget.Release(Math.Max(0, _bytes - bytes));
        _bytes = bytes;
        return true;
    }
}

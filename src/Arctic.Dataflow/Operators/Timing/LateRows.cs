namespace Arctic.Dataflow.Operators.Timing;

/// <summary>Counts the rows that one operator dropped because they were late, and logs them when it closes.</summary>
internal sealed class LateRows
{
    private long _count;

    /// <summary>Counts a row that was dropped.</summary>
    public void Add() => _count++;

    /// <summary>Logs the count, if there is one.</summary>
    /// <param name="context">Of the operator; it has been opened when it has dropped a row.</param>
    public void Log(Func<OperatorContext> context)
    {
        if (_count > 0)
        {
            Dataflow.Log.LateRowsDropped(context().Logger, context().Name, _count);
            _count = 0;
        }
    }
}

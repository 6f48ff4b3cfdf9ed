namespace Arctic.Dataflow.Runtime;

/// <summary>The sending end of the connection between two subtasks: in process (<see cref="InputGate"/>), later over a network. One sender at a time; elements arrive in order.</summary>
internal interface IExchange
{
    /// <summary>Hands an element over, and its batch with it, whatever happens. Waits while the receiver is behind.</summary>
    /// <exception cref="OperationCanceledException">The job is ending.</exception>
    ValueTask SendAsync(StreamElement element);
}

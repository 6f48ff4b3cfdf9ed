using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;

namespace Arctic.Streams;

/// <summary>Processes the rows of a keyed stream one after the other, with state and timers of each key. One subtask uses an instance and calls one method at a time.</summary>
public abstract class KeyedProcessFunction<TKey, T, TResult>
{
    /// <summary>The kinds of the rows that are emitted; only inserts unless overridden.</summary>
    public virtual ChangelogMode ResultMode => ChangelogMode.Insert;

    /// <summary>Names the state that the function keeps; called once, before the first row. The same names find it in a checkpoint.</summary>
    public virtual void Open(StateBinder state)
    {
    }

    /// <summary>Processes a row.</summary>
    public abstract void Process(T row, KeyedContext<TKey, TResult> context);

    /// <summary>Called when a timer of a key is due, once for each time and key, in the order of their times.</summary>
    /// <param name="time">The time that was asked for.</param>
    public virtual void OnTimer(DateTimeOffset time, KeyedContext<TKey, TResult> context)
    {
    }
}

/// <summary>Gives a function its state.</summary>
public sealed class StateBinder
{
    private readonly CurrentKey _current;
    private readonly Dictionary<string, KeyedState> _states = new(StringComparer.Ordinal);

    internal StateBinder(CurrentKey current) => _current = current;

    internal IReadOnlyCollection<KeyedState> States => _states.Values;

    /// <summary>One value a key.</summary>
    /// <param name="name">Unique within the function.</param>
    public ValueState<TValue> Value<TValue>(string name) => Add(name, new ValueState<TValue>(name, _current));

    /// <summary>A list of values a key.</summary>
    /// <param name="name">Unique within the function.</param>
    public ListState<TValue> List<TValue>(string name) => Add(name, new ListState<TValue>(name, _current));

    /// <summary>Named values within each key.</summary>
    /// <param name="name">Unique within the function.</param>
    public MapState<TName, TValue> Map<TName, TValue>(string name)
        where TName : notnull => Add(name, new MapState<TName, TValue>(name, _current));

    private TState Add<TState>(string name, TState state)
        where TState : KeyedState => _states.TryAdd(name, state)
            ? state
            : throw new ArcticException(ErrorCodes.AlreadyExists, $"The function has a state '{name}' already.");
}

/// <summary>What a function is told of the row or timer that it processes, and where its results go. Valid within the call alone.</summary>
public sealed class KeyedContext<TKey, TResult>
{
    private readonly ChangelogMode _mode;
    private readonly KeyTimers _timers;
    private readonly CurrentKey _current;

    internal KeyedContext(ChangelogMode mode, KeyTimers timers, CurrentKey current) => (_mode, _timers, _current) = (mode, timers, current);

    /// <summary>The key.</summary>
    public TKey Key { get; internal set; } = default!; // set before each call

    /// <summary>The kind of the row; <see cref="RowKind.Insert"/> for a timer.</summary>
    public RowKind Kind { get; internal set; }

    /// <summary>The clock's time at which the batch of the row came, or timers were looked at.</summary>
    public DateTimeOffset Now { get; internal set; }

    /// <summary>How far event time has come; null before the first watermark.</summary>
    public DateTimeOffset? Watermark => _timers.Watermark;

    internal RowBuffer<TResult> Results { get; } = new();

    /// <summary>Emits a row.</summary>
    public void Emit(TResult row) => Emit(RowKind.Insert, row);

    /// <summary>Emits a change.</summary>
    /// <exception cref="ArcticException"><c>EVALUATION_FAILED</c>: the function's <see cref="KeyedProcessFunction{TKey, T, TResult}.ResultMode"/> does not have the kind.</exception>
    public void Emit(RowKind kind, TResult row)
    {
        if (((int)_mode & 1 << (int)kind) == 0)
        {
            throw new ArcticException(ErrorCodes.EvaluationFailed, $"A function emits {kind.ToShortText()}, but its ResultMode is {_mode}.") { Hint = "Override ResultMode." };
        }

        Results.Add(kind, row);
    }

    /// <summary>Asks for a call of <c>OnTimer</c> for this key once the clock has reached a time.</summary>
    public void RegisterTimer(DateTimeOffset time) => _timers.Add(TimerDomain.Clock, time, _current.Id);

    /// <summary>Asks for a call of <c>OnTimer</c> for this key once the watermark has reached a time, at the latest when all inputs have ended.</summary>
    public void RegisterEventTimer(DateTimeOffset time) => _timers.Add(TimerDomain.Event, time, _current.Id);

    /// <summary>Takes a timer of the clock back.</summary>
    public void DeleteTimer(DateTimeOffset time) => _timers.Remove(TimerDomain.Clock, time, _current.Id);

    /// <summary>Takes a timer of event time back.</summary>
    public void DeleteEventTimer(DateTimeOffset time) => _timers.Remove(TimerDomain.Event, time, _current.Id);
}

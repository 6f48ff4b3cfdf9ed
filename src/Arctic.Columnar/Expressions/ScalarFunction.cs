using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>
/// A function of scalar arguments: how it types a call and which kernel computes it. One instance a function, compared by reference.
/// </summary>
public abstract class ScalarFunction(string name)
{
    /// <summary>The name in upper case, as SQL calls it; operators have their word (<c>PLUS</c>, <c>EQUALS</c>).</summary>
    public string Name { get; } = name;

    /// <summary>Whether equal arguments always give equal results; FALSE for RAND, UUID and the clock.</summary>
    public virtual bool IsDeterministic => true;

    /// <summary>Types a call and inserts the casts that it needs.</summary>
    /// <param name="arguments">Typed arguments as written.</param>
    /// <returns>The call, whose arguments may be wrapped in casts.</returns>
    /// <exception cref="Errors.ArcticException"><see cref="Errors.ErrorCodes.TypeMismatch"/> or <see cref="Errors.ErrorCodes.InvalidStatement"/>: wrong number or types of arguments.</exception>
    public abstract Expression.Call Bind(IReadOnlyList<Expression> arguments);

    /// <summary>Makes the kernel of a bound call. Called once a plan.</summary>
    /// <param name="call">What <see cref="Bind"/> returned.</param>
    /// <param name="arguments">The compiled arguments, in order.</param>
    /// <param name="settings">What evaluation depends on beside its input.</param>
    public abstract IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings);

    /// <summary>
    /// Whether evaluating a call may end in an error, its arguments left aside; conditions before it then narrow the rows it sees. TRUE unless said otherwise.
    /// </summary>
    public virtual bool CanFail(Expression.Call call) => true;

    /// <summary>The call as a plan prints it.</summary>
    public virtual string Print(IReadOnlyList<Expression> arguments) => $"{Name}({string.Join(", ", arguments)})";
}

/// <summary>What evaluation depends on beside its input.</summary>
public sealed record EvaluationSettings
{
    /// <summary>UTC; a clock that the system keeps.</summary>
    public static readonly EvaluationSettings Default = new();

    /// <summary>The session's time zone (<c>table.local-time-zone</c>).</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>The clock of CURRENT_TIMESTAMP and its kin.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The instant that CURRENT_TIMESTAMP and its kin give for the whole query (batch); null when each row has its own (streaming).</summary>
    public DateTimeOffset? QueryStart { get; init; }

    /// <summary>The source of RAND and UUID; null makes one from the system's entropy.</summary>
    public Random? Random { get; init; }

    /// <summary>How far event time has come where expressions are evaluated: what CURRENT_WATERMARK tells. Null where there is none (batch).</summary>
    internal EventTimeClock? EventTime { get; init; }
}

/// <summary>The event time of one operator, which sets it.</summary>
internal sealed class EventTimeClock
{
    /// <summary>Milliseconds since 1970; null before the first watermark.</summary>
    public long? EpochMillis { get; set; }
}

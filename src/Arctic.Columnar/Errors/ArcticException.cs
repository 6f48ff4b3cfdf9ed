namespace Arctic.Columnar.Errors;

/// <summary>
/// A caller's mistake or the outside world's failure; bugs are failed assertions instead. The message says what was being done, to which
/// thing, what was found and what to try.
/// </summary>
public class ArcticException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="code">One of <see cref="ErrorCodes"/>; says who is at fault and whether a retry can help.</param>
    /// <param name="message">Whole sentences; names in single quotes; no secrets.</param>
    /// <param name="inner">The cause, when there is one.</param>
    public ArcticException(ErrorCode code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
    }

    /// <summary>The kind of error.</summary>
    public ErrorCode Code { get; }

    /// <summary>What to try, when that is not part of the message; null when there is nothing to say.</summary>
    public string? Hint { get; init; }

    /// <summary>Where in the SQL text; null when the error has no place there.</summary>
    public SourcePosition? Position { get; init; }

    /// <summary>The text of an exception, then the code and the hint, so that logs have them.</summary>
    public override string ToString() => $"{base.ToString()}\n  code: {Code.Name}{(Hint is null ? "" : $"\n  hint: {Hint}")}";

    /// <summary>The message, then the position, then the hint: what a user is shown.</summary>
    public string ToUserText()
    {
        var position = Position is { } p ? $" (line {p.Line}, column {p.Column})" : "";
        var hint = Hint is null ? "" : $"\n  hint: {Hint}";
        return $"error {Code.Name}: {Message}{position}{hint}";
    }
}

/// <summary>A place in a text.</summary>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based, in UTF-16 units.</param>
public readonly record struct SourcePosition(int Line, int Column);

/// <summary>The kind of an error: a stable name, whose fault it is, and whether the same call may succeed later.</summary>
/// <param name="Name">Upper snake case, stable over releases.</param>
/// <param name="Owner">Who has to act.</param>
/// <param name="IsTransient">Whether a retry without a change can help.</param>
/// <param name="Meaning">One sentence for the reference page.</param>
public sealed record ErrorCode(string Name, ErrorOwner Owner, bool IsTransient, string Meaning);

/// <summary>Who has to act on an error.</summary>
public enum ErrorOwner
{
    /// <summary>The caller: a statement, an option, an input.</summary>
    User,

    /// <summary>The outside world: a disk, a network, another writer.</summary>
    External,

    /// <summary>Arctic itself: a bug.</summary>
    Internal,
}

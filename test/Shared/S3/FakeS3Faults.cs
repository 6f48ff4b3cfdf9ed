using Arctic.Testing.Faults;

namespace Arctic.Testing.S3;

/// <summary>The requests that the server knows.</summary>
internal enum S3Operation
{
    Head,
    Get,
    Put,

    /// <summary>A PUT with <c>If-None-Match: *</c>.</summary>
    PutIfAbsent,
    Delete,
    List,
    BeginUpload,
    UploadPart,
    CompleteUpload,
    AbortUpload,
}

/// <summary>What goes wrong with a request.</summary>
internal enum S3Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>503 SlowDown; no effect.</summary>
    SlowDown,

    /// <summary>409 ConditionalRequestConflict; no effect.</summary>
    Conflict,

    /// <summary>403 AccessDenied; no effect.</summary>
    Denied,

    /// <summary>The connection is cut; no effect.</summary>
    DropBefore,

    /// <summary>It takes effect, then the connection is cut.</summary>
    DropAfter,

    /// <summary>It takes effect, and the answer is 500 InternalError.</summary>
    ErrorAfter,

    /// <summary>It takes effect, and the answer breaks off in the middle of its body.</summary>
    TornBody,

    /// <summary>No answer until the client gives up; no effect.</summary>
    StallBefore,

    /// <summary>It takes effect, and no answer comes until the client gives up.</summary>
    StallAfter,

    /// <summary>The answer is 200 with an error in its body, as completions of uploads may be; no effect.</summary>
    ErrorInBody,
}

/// <summary>Decides what goes wrong.</summary>
internal interface IS3Faults
{
    /// <summary>The fault of the next request.</summary>
    S3Fault Next(S3Operation operation, string key);
}

/// <summary>The faults that a test wants, and no others; a name is a key, of a listing its prefix.</summary>
internal sealed class ScriptedS3Faults : FaultScript<S3Operation, S3Fault>, IS3Faults;

/// <summary>Faults by chance; the same seed and the same order of requests give the same ones. Thread-safe.</summary>
/// <param name="rate">The chance that a request has a fault, 0 to 1.</param>
internal sealed class SeededS3Faults(Random random, double rate) : IS3Faults
{
    private static readonly S3Fault[] Kinds = [S3Fault.SlowDown, S3Fault.Conflict, S3Fault.DropBefore, S3Fault.DropAfter, S3Fault.ErrorAfter, S3Fault.TornBody];
    private readonly Lock _lock = new();

    /// <summary>The faults so far.</summary>
    public int Count { get; private set; }

    public S3Fault Next(S3Operation operation, string key)
    {
        lock (_lock)
        {
            if (random.NextDouble() >= rate)
            {
                return S3Fault.None;
            }

            Count++;
            return Kinds[random.Next(Kinds.Length)];
        }
    }
}

/// <summary>Answers no part, and tells when the first has come.</summary>
internal sealed class StalledParts : IS3Faults
{
    public TaskCompletionSource Came { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public S3Fault Next(S3Operation operation, string key)
    {
        if (operation != S3Operation.UploadPart)
        {
            return S3Fault.None;
        }

        Came.TrySetResult();
        return S3Fault.StallBefore;
    }
}

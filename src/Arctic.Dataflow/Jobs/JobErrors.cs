using System.Net.Sockets;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints.Protocol;
using Arctic.Dataflow.Connectors;

namespace Arctic.Dataflow.Jobs;

/// <summary>The errors that end a job by itself, with what to try.</summary>
internal static class JobErrors
{
    /// <summary>What kind of error it is; those of libraries are known by their types.</summary>
    public static ErrorCode CodeOf(Exception error) => error switch
    {
        ArcticException known => known.Code,
        IOException => ErrorCodes.StorageFailed,
        TimeoutException or SocketException or HttpRequestException => ErrorCodes.ConnectionFailed,
        _ => ErrorCodes.Internal,
    };

    public static ArcticException Fenced(JobContext job, Incarnation by) => new(
        ErrorCodes.JobFenced,
        $"Job '{job.Name}' (incarnation {job.Incarnation.Value}) stops: incarnation {by.Value} of the same job has started and goes on in its place.");

    public static ArcticException Damaged(JobContext job, string folder, RecoveryDecision.StopDamaged stop)
    {
        var found = stop.Usable is { } usable ? $"the newest readable checkpoint is {usable.Value}" : "no checkpoint can be read";
        var damage = stop.Damage is { } text ? $" ({text})" : " (it is not there)";
        return new ArcticException(
            ErrorCodes.CheckpointDamaged,
            $"Job '{job.Name}' cannot go on: sink '{stop.SinkId}' holds the rows of checkpoint {stop.Newest.Value}, which cannot be read{damage}; {found}, and going back to it would repeat rows.")
        {
            Hint = $"Restore the files of '{folder}' from a backup. To start over on purpose, empty the table and remove the folder, or give the job another name.",
        };
    }

    public static ArcticException PlanChanged(JobContext job, CheckpointId checkpoint, string planThen)
    {
        var then = planThen.Split('\n');
        var now = job.Plan.Split('\n');
        var difference = then.Except(now).Select(l => "  - " + l).Concat(now.Except(then).Select(l => "  + " + l));
        return new ArcticException(
            ErrorCodes.PlanChanged,
            $"Job '{job.Name}' cannot go on from checkpoint {checkpoint.Value}, which belongs to another plan (- then, + now):\n{string.Join('\n', difference)}")
        {
            Hint = "Run the statement as it was, or give the changed one another job name ('pipeline.name') to start it anew.",
        };
    }
}

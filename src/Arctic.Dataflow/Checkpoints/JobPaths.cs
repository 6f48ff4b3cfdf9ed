using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>
/// Where a job's files lie below the checkpoint folder: <c>jobs/NAME/incarnation-N</c> (claims), <c>jobs/NAME/checkpoint-N</c> (metadata), <c>jobs/NAME/finished-N</c>
/// (checkpoints up to N are over), <c>jobs/NAME/state/…</c>. The one place that knows.
/// </summary>
internal sealed class JobPaths
{
    private const string ClaimPrefix = "incarnation-";
    private const string CheckpointPrefix = "checkpoint-";
    private const string FinishedPrefix = "finished-";
    private const int FolderNameCharsMax = 180;

    public JobPaths(string checkpointDir, string job)
    {
        Folder = ObjectLocation.Combine(ObjectLocation.Combine(checkpointDir, "jobs"), FolderNameOf(job));
    }

    /// <summary>The job's folder.</summary>
    public string Folder { get; }

    public string Claim(Incarnation incarnation) => ObjectLocation.Combine(Folder, ClaimPrefix + incarnation.Value.ToString(CultureInfo.InvariantCulture));

    public string Checkpoint(CheckpointId checkpoint) => ObjectLocation.Combine(Folder, CheckpointPrefix + checkpoint.Value.ToString(CultureInfo.InvariantCulture));

    public string Finished(CheckpointId checkpoint) => ObjectLocation.Combine(Folder, FinishedPrefix + checkpoint.Value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The location of a path that metadata holds.</summary>
    public string Below(string path) => ObjectLocation.Combine(Folder, path);

    /// <summary>The path, below the folder, of a state file: unique by run and try.</summary>
    public static string StatePath(Incarnation incarnation, long tryNumber, int vertex, int subtask) =>
        string.Create(CultureInfo.InvariantCulture, $"state/{incarnation.Value}-{tryNumber}/v{vertex}-s{subtask}");

    public static Incarnation? ParseClaim(string name) => ParseNumber(name, ClaimPrefix) is { } n ? new Incarnation(n) : null;

    public static CheckpointId? ParseCheckpoint(string name) => ParseNumber(name, CheckpointPrefix) is { } n ? new CheckpointId(n) : null;

    public static CheckpointId? ParseFinished(string name) => ParseNumber(name, FinishedPrefix) is { } n ? new CheckpointId(n) : null;

    /// <summary>The run and the try of a folder of <see cref="StatePath"/>.</summary>
    public static (long Incarnation, long Try)? ParseStateFolder(string name)
    {
        var dash = name.IndexOf('-', StringComparison.Ordinal);
        return dash > 0 && ParseNumber(name[..dash], "") is { } incarnation && ParseNumber(name[(dash + 1)..], "") is { } tryNumber ? (incarnation, tryNumber) : null;
    }

    private static long? ParseNumber(string name, string prefix) =>
        name.StartsWith(prefix, StringComparison.Ordinal) && long.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // Names may be paths of scripts: letters, digits, '-', '_' and '.' stay, other bytes become %XX, and what gets too long for a file name ends in a hash of the whole.
    private static string FolderNameOf(string job)
    {
        var text = new StringBuilder(job.Length);
        foreach (var b in Encoding.UTF8.GetBytes(job))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && text.Length > 0))
            {
                text.Append(c);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return text.Length <= FolderNameCharsMax
            ? text.ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{text.ToString(0, FolderNameCharsMax - 17)}-{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(job)):x16}");
    }
}

using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Checkpoints.Protocol;

namespace Arctic.Dataflow.Checkpoints;

/// <summary>
/// What a checkpoint consists of: the one file that makes it exist, written last. Its form is a line <c>arctic-checkpoint 1 HASH</c> (XxHash3 of the rest, 16 hex digits)
/// and then this record as JSON, bytes in base64.
/// </summary>
internal sealed record CheckpointMetadata
{
    private const string Magic = "arctic-checkpoint";
    private const int Version = 1;

    public required string Job { get; init; }

    public required long Checkpoint { get; init; }

    /// <summary>The run that took it.</summary>
    public required long Incarnation { get; init; }

    /// <summary>The numbers that its history does not contain, because runs went back past them.</summary>
    public required IReadOnlyList<PassedOver> PassedOver { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The plan that the state belongs to, a step a line.</summary>
    public required string Plan { get; init; }

    /// <summary>Whether every source had ended before it: when it is committed, the job is done.</summary>
    public required bool IsFinal { get; init; }

    public required IReadOnlyList<SourceEntry> Sources { get; init; }

    public required IReadOnlyList<StateFileEntry> StateFiles { get; init; }

    /// <summary>What each sink with something to commit must commit.</summary>
    public required IReadOnlyList<SinkEntry> Sinks { get; init; }

    /// <summary>The file's bytes.</summary>
    public byte[] ToBytes()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, CheckpointJson.Default.CheckpointMetadata);
        var head = $"{Magic} {Version} {XxHash3.HashToUInt64(json):x16}\n";
        return [.. Encoding.ASCII.GetBytes(head), .. json];
    }

    /// <summary>Reads a file back.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>; the message says how.</exception>
    public static CheckpointMetadata Parse(ReadOnlyMemory<byte> file, string location)
    {
        var lineEnd = file.Span.IndexOf((byte)'\n');
        var head = lineEnd < 0 ? [] : Encoding.ASCII.GetString(file.Span[..lineEnd]).Split(' ');
        if (head.Length != 3 || head[0] != Magic)
        {
            throw Damaged(location, "it does not start as a checkpoint does");
        }

        if (head[1] != Version.ToString(CultureInfo.InvariantCulture))
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Checkpoint '{location}' has version {head[1]}; this release reads version {Version}.");
        }

        var json = file.Span[(lineEnd + 1)..];
        if (!ulong.TryParse(head[2], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash) || hash != XxHash3.HashToUInt64(json))
        {
            throw Damaged(location, "its checksum does not match");
        }

        try
        {
            return JsonSerializer.Deserialize(json, CheckpointJson.Default.CheckpointMetadata) ?? throw Damaged(location, "it is empty");
        }
        catch (JsonException error)
        {
            throw Damaged(location, error.Message);
        }
    }

    private static ArcticException Damaged(string location, string reason) => new(ErrorCodes.CheckpointDamaged, $"Checkpoint '{location}' cannot be read: {reason}.");
}

/// <summary>Where a source stood.</summary>
internal sealed record SourceEntry
{
    /// <summary>The source's 0-based vertex.</summary>
    public required int Vertex { get; init; }

    /// <summary>The number of its readers.</summary>
    public required int Parallelism { get; init; }

    /// <summary>Whether its readers had ended their streams before the barrier.</summary>
    public required bool IsFinished { get; init; }

    /// <summary>The enumerator's state.</summary>
    public required ReadOnlyMemory<byte> Enumerator { get; init; }

    /// <summary>The splits that were open.</summary>
    public required IReadOnlyList<SplitEntry> Splits { get; init; }
}

/// <summary>An open split, the reader it was with, and the position in it.</summary>
internal sealed record SplitEntry(int Subtask, string Id, ReadOnlyMemory<byte> State);

/// <summary>The state of one subtask's operators.</summary>
/// <param name="Vertex">0-based.</param>
/// <param name="Subtask">0-based.</param>
/// <param name="Path">Below the job's folder.</param>
/// <param name="Size">In bytes.</param>
/// <param name="Hash">XxHash3, 16 hex digits.</param>
internal sealed record StateFileEntry(int Vertex, int Subtask, string Path, long Size, string Hash);

/// <summary>What a sink must commit.</summary>
internal sealed record SinkEntry(string SinkId, IReadOnlyList<ReadOnlyMemory<byte>> Committables);

[JsonSerializable(typeof(CheckpointMetadata))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class CheckpointJson : JsonSerializerContext;

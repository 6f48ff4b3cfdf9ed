using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Puffin;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables.Stores;

namespace Arctic.KeyedTables.Optimizing;

/// <summary>
/// What a base store remembers of its change store: the sequence number that each partition is merged up to, and when (spec/arctic.md, A.7.2). Lives in a Puffin file
/// of the snapshot that set it; snapshots without one keep that of their parent.
/// </summary>
/// <param name="Sequences">By the text of the partition; changes above the number are not merged. Partitions that are not there are not merged at all.</param>
/// <param name="Times">When each partition was last rewritten, in epoch milliseconds.</param>
/// <param name="SetBy">The snapshot that set it; null when none did.</param>
internal sealed record OptimizedMarker(IReadOnlyDictionary<string, long> Sequences, IReadOnlyDictionary<string, long> Times, long? SetBy)
{
    private const string SequenceBlob = "optimized-sequence";
    private const string TimeBlob = "base-optimized-time";

    private static readonly Dictionary<string, long> Nothing = [];

    /// <summary>The greatest sequence number that any partition is merged up to; 0 when nothing is merged.</summary>
    public long MaxSequence => Sequences.Count == 0 ? 0 : Sequences.Values.Max();

    /// <summary>The snapshot that set the marker of a state of a base store; null when none did.</summary>
    public static Snapshot? FindSetter(TableMetadata metadata) =>
        metadata.AncestorsOf(metadata.CurrentSnapshotId).FirstOrDefault(IsSetBy);

    /// <summary>Whether a snapshot sets the marker.</summary>
    public static bool IsSetBy(Snapshot snapshot) => IsTrue(snapshot, MixedFormatProperties.OptimizedSequenceExists);

    /// <summary>The marker of a base store at its current snapshot.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.TableCorrupt"/>: a snapshot says that it has one, and it cannot be read.</exception>
    public static async ValueTask<OptimizedMarker> ReadAsync(IcebergTable baseStore, CancellationToken cancellationToken)
    {
        var metadata = baseStore.Metadata;
        if (FindSetter(metadata) is not { } setter)
        {
            var legacy = metadata.Properties.TryGetValue(MixedFormatProperties.PartitionProperties, out var text) ? MarkerJson.ReadPartitionProperties(text) : Nothing;
            return new OptimizedMarker(legacy, Nothing, null);
        }

        // Two snapshots of one commit share a file whose blobs name the first: the entry's own snapshot counts.
        var file = metadata.Statistics.FirstOrDefault(s => s.SnapshotId == setter.SnapshotId)
            ?? throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Cannot read the marker of '{baseStore.Identifier}': snapshot {setter.SnapshotId} says that it has one, and there is no statistics file of it.");
        var puffin = await PuffinReader.OpenAsync(baseStore.Store, file.StatisticsPath, cancellationToken).ConfigureAwait(false);
        await using var ownedPuffin = puffin.ConfigureAwait(false);
        var sequences = await ReadBlobAsync(puffin, file, SequenceBlob, cancellationToken).ConfigureAwait(false);
        var times = IsTrue(setter, MixedFormatProperties.BaseOptimizedTimeExists) ? await ReadBlobAsync(puffin, file, TimeBlob, cancellationToken).ConfigureAwait(false) : Nothing;
        return new OptimizedMarker(sequences, times, setter.SnapshotId);
    }

    /// <summary>The marker with some partitions merged further; the others stay.</summary>
    public OptimizedMarker With(IReadOnlyDictionary<string, long> merged, long nowMs)
    {
        var (sequences, times) = (new Dictionary<string, long>(Sequences), new Dictionary<string, long>(Times));
        foreach (var (partition, sequence) in merged)
        {
            sequences[partition] = Math.Max(sequence, sequences.GetValueOrDefault(partition));
            times[partition] = nowMs;
        }

        return new OptimizedMarker(sequences, times, null);
    }

    /// <summary>Writes the marker's file for a snapshot under way.</summary>
    /// <param name="unique">Keeps files of several attempts apart.</param>
    public async ValueTask<StatisticsFile> WriteAsync(IcebergTable baseStore, Snapshot snapshot, Guid unique, CancellationToken cancellationToken)
    {
        var location = StoreLayout.MarkerFile(baseStore.Metadata.Location, snapshot.SnapshotId, unique);
        PuffinBlob[] blobs =
        [
            new(SequenceBlob, [], snapshot.SnapshotId, snapshot.SequenceNumber, MarkerJson.Write(Sequences)),
            new(TimeBlob, [], snapshot.SnapshotId, snapshot.SequenceNumber, MarkerJson.Write(Times)),
        ];
        return await PuffinWriter.WriteStatisticsAsync(
            baseStore.Store, location, snapshot.SnapshotId, blobs, new Dictionary<string, string> { [PuffinFooter.CreatedBy] = "Arctic for .NET" }, cancellationToken).ConfigureAwait(false);
    }

    private static Dictionary<string, long> Parse(ReadOnlyMemory<byte> blob, StatisticsFile file) => MarkerJson.Read(blob, $"statistics file '{file.StatisticsPath}'");

    private static async ValueTask<Dictionary<string, long>> ReadBlobAsync(PuffinReader puffin, StatisticsFile file, string type, CancellationToken cancellationToken)
    {
        var blob = puffin.Footer.Blobs.FirstOrDefault(b => b.Type == type)
            ?? throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read the marker: statistics file '{file.StatisticsPath}' has no blob of type '{type}'.");
        return Parse(await puffin.ReadBlobAsync(blob, cancellationToken).ConfigureAwait(false), file);
    }

    private static bool IsTrue(Snapshot snapshot, string key) => bool.TryParse(snapshot.Summary.GetValueOrDefault(key), out var flag) && flag;
}

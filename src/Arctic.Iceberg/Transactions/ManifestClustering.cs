using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>
/// Writes the live entries of manifests of one content and spec to new manifests, sorted by partition. Of the files only their number in each partition is held:
/// the manifests are read once to count, and once more for every <see cref="OpenMax"/> new ones.
/// </summary>
internal sealed class ManifestClustering(IObjectStore store, TableMetadata metadata, ManifestFolder folder, IReadOnlyList<ManifestFile> sources, long targetBytes)
{
    /// <summary>The new manifests that are written at once.</summary>
    public const int OpenMax = 16;

    private static readonly ManifestReadOptions Counted = new() { LiveOnly = true, WithMetrics = false };
    private static readonly ManifestReadOptions Whole = new() { LiveOnly = true };
    private readonly PartitionSpec _spec = metadata.FindSpec(sources[0].SpecId)!; // manifests are read by it

    /// <summary>The entries that were written.</summary>
    public long Entries { get; private set; }

    /// <summary>Writes all.</summary>
    public async ValueTask<List<ManifestFile>> WriteAsync(CancellationToken cancellationToken)
    {
        var bins = Pack(await CountAsync(cancellationToken).ConfigureAwait(false));
        var result = new List<ManifestFile>();
        for (var first = 0; first < bins.Count; first += OpenMax)
        {
            await WriteAsync(bins.GetRange(first, Math.Min(OpenMax, bins.Count - first)), result, cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private async ValueTask<Dictionary<PartitionTuple, long>> CountAsync(CancellationToken cancellationToken)
    {
        var counts = new Dictionary<PartitionTuple, long>();
        foreach (var manifest in sources)
        {
            await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, Counted, cancellationToken).ConfigureAwait(false))
            {
                counts[entry.File.Partition] = counts.GetValueOrDefault(entry.File.Partition) + 1;
            }
        }

        return counts;
    }

    /// <summary>Runs of partitions of about the target size; a partition that is larger has a bin of its own.</summary>
    private List<List<PartitionTuple>> Pack(Dictionary<PartitionTuple, long> counts)
    {
        var bytes = (double)sources.Sum(m => m.Length);
        var entriesMax = Math.Max(1, (long)(counts.Values.Sum() * (targetBytes / Math.Max(bytes, 1))));
        var bins = new List<List<PartitionTuple>>();
        var room = 0L;
        foreach (var (partition, count) in counts.OrderBy(c => c.Key, Comparer<PartitionTuple>.Create(Compare)))
        {
            if (count > room)
            {
                bins.Add([]);
                room = entriesMax;
            }

            bins[^1].Add(partition);
            room -= count;
        }

        return bins;
    }

    private async ValueTask WriteAsync(List<List<PartitionTuple>> bins, List<ManifestFile> result, CancellationToken cancellationToken)
    {
        var outputs = bins.ConvertAll(_ => new Output());
        var byPartition = bins.SelectMany((bin, i) => bin.Select(p => (Partition: p, Output: outputs[i]))).ToDictionary(p => p.Partition, p => p.Output);
        var type = metadata.PartitionTypeOf(_spec);
        try
        {
            foreach (var manifest in sources.Where(m => byPartition.Keys.Any(p => FileRemovals.MayContain(m, type, p))))
            {
                await foreach (var entry in ManifestReader.ReadAsync(store, manifest, metadata, Whole, cancellationToken).ConfigureAwait(false))
                {
                    if (byPartition.TryGetValue(entry.File.Partition, out var output))
                    {
                        await AddAsync(output, entry, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            foreach (var output in outputs)
            {
                await CloseAsync(output, cancellationToken).ConfigureAwait(false);
                result.AddRange(output.Finished);
            }
        }
        finally
        {
            foreach (var output in outputs)
            {
                if (output.Writer is { } writer)
                {
                    await writer.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private async ValueTask AddAsync(Output output, ManifestEntry entry, CancellationToken cancellationToken)
    {
        output.Writer ??= await folder.CreateManifestAsync(store, metadata, _spec, sources[0].Content, cancellationToken).ConfigureAwait(false);
        output.Writer.AddExisting(entry);
        Entries++;
        if (output.Writer.BytesWritten >= targetBytes)
        {
            await CloseAsync(output, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask CloseAsync(Output output, CancellationToken cancellationToken)
    {
        if (output.Writer is { } writer)
        {
            output.Finished.Add(await writer.CompleteAsync(cancellationToken).ConfigureAwait(false));
            output.Writer = null;
            await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static int Compare(PartitionTuple left, PartitionTuple right)
    {
        for (var i = 0; i < left.Count; i++)
        {
            var order = (left[i], right[i]) switch
            {
                (null, null) => 0,
                (null, _) => -1,
                (_, null) => 1,
                var (a, b) => ValueOrder.Compare(a, b),
            };
            if (order != 0)
            {
                return order;
            }
        }

        return 0;
    }

    private sealed class Output
    {
        public ManifestWriter? Writer { get; set; }

        public List<ManifestFile> Finished { get; } = [];
    }
}

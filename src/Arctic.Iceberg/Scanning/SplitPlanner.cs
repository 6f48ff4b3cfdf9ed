using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>How a scan is cut into pieces of about equal work; the keys are Iceberg's table properties.</summary>
internal sealed record SplitOptions
{
    /// <summary>The weight that a group of files comes near to (<c>read.split.target-size</c>).</summary>
    public long TargetBytes { get; init; } = 128L << 20;

    /// <summary>How many groups stay open for smaller files (<c>read.split.planning-lookback</c>).</summary>
    public int Lookback { get; init; } = 10;

    /// <summary>What opening a file weighs at least (<c>read.split.open-file-cost</c>).</summary>
    public long OpenFileBytes { get; init; } = 4L << 20;

    /// <summary>The options that a table's properties set.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>.</exception>
    public static SplitOptions Of(IReadOnlyDictionary<string, string> properties)
    {
        var defaults = new SplitOptions();
        return new SplitOptions
        {
            TargetBytes = Positive(properties, TableProperties.SplitTargetSize, defaults.TargetBytes),
            Lookback = (int)Math.Min(Positive(properties, TableProperties.SplitLookback, defaults.Lookback), 10_000),
            OpenFileBytes = Positive(properties, TableProperties.SplitOpenFileCost, defaults.OpenFileBytes),
        };
    }

    private static long Positive(IReadOnlyDictionary<string, string> properties, string key, long fallback) =>
        TableProperties.ReadLong(properties, key, fallback) is > 0 and var value
            ? value
            : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{properties[key]}' as the value of the table property '{key}': a number greater than 0 is expected.");
}

/// <summary>Files, or parts of files, that one reader reads.</summary>
/// <param name="Tasks">In no particular order.</param>
/// <param name="Weight">About the bytes to read, with the cost of opening files.</param>
public sealed record ScanTaskGroup(IReadOnlyList<FileScanTask> Tasks, long Weight);

/// <summary>Cuts large files at their row groups and gathers small ones.</summary>
internal static class SplitPlanner
{
    /// <summary>
    /// The parts of a task of about <paramref name="targetBytes"/> each. Parts begin where row groups do; together they cover the file whatever its split offsets are, so that no row is lost or read twice.
    /// </summary>
    public static IEnumerable<FileScanTask> Split(FileScanTask task, long targetBytes)
    {
        // A file without offsets could be cut only by guessing; other formats than Parquet are read whole.
        if (task.Range is not null || task.File.Format != FileFormat.Parquet || task.File.SplitOffsets is not { Length: > 1 } offsets || task.File.FileSizeBytes <= targetBytes)
        {
            return [task];
        }

        return Cut(task, offsets, targetBytes);
    }

    /// <summary>Packs tasks into groups near the target; a group is given as soon as it is full or too many are open.</summary>
    public static async IAsyncEnumerable<ScanTaskGroup> GroupAsync(
        IAsyncEnumerable<FileScanTask> tasks, SplitOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var open = new List<OpenGroup>();
        await foreach (var task in tasks.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var part in Split(task, options.TargetBytes))
            {
                var weight = WeightOf(part, options);
                if (open.Find(g => g.Weight + weight <= options.TargetBytes) is { } group)
                {
                    group.Add(part, weight);
                    continue;
                }

                open.Add(new OpenGroup(part, weight));
                if (open.Count > options.Lookback)
                {
                    // The heaviest has the least room left.
                    var heaviest = open.MaxBy(g => g.Weight)!; // there are groups
                    open.Remove(heaviest);
                    yield return heaviest.Close();
                }
            }
        }

        foreach (var group in open)
        {
            yield return group.Close();
        }
    }

    /// <summary>The bytes to read, deletes included, and at least the cost of opening the files.</summary>
    public static long WeightOf(FileScanTask task, SplitOptions options)
    {
        var bytes = task.Length;
        foreach (var delete in task.Deletes)
        {
            bytes += delete.File.ContentSizeBytes ?? delete.File.FileSizeBytes;
        }

        return Math.Max(bytes, (1L + task.Deletes.Count) * options.OpenFileBytes);
    }

    /// <summary>The parts of all tasks, in their order; as the other overload.</summary>
    public static async IAsyncEnumerable<FileScanTask> SplitAsync(IAsyncEnumerable<FileScanTask> tasks, long targetBytes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var task in tasks.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            foreach (var part in Split(task, targetBytes))
            {
                yield return part;
            }
        }
    }

    private static IEnumerable<FileScanTask> Cut(FileScanTask task, long[] offsets, long targetBytes)
    {
        long start = 0;
        foreach (var (offset, next) in offsets.Zip(offsets.Skip(1).Append(task.File.FileSizeBytes)))
        {
            // The part ends before this row group when that would take it past the target.
            if (offset > start && next - start > targetBytes && offset > offsets[0])
            {
                yield return task with { Range = new ByteRange(start, offset) };
                start = offset;
            }
        }

        yield return task with { Range = start == 0 ? null : new ByteRange(start, long.MaxValue) };
    }

    private sealed class OpenGroup(FileScanTask first, long weight)
    {
        private readonly List<FileScanTask> _tasks = [first];

        public long Weight { get; private set; } = weight;

        public void Add(FileScanTask task, long weight)
        {
            _tasks.Add(task);
            Weight += weight;
        }

        public ScanTaskGroup Close() => new(_tasks, Weight);
    }
}

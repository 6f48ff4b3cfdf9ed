using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Iceberg.Writing;

namespace Arctic.Iceberg.Maintenance;

/// <summary>Chooses the data files of a partition that are worth rewriting, and packs them into groups (bin packing).</summary>
internal sealed class RewritePlanner
{
    private readonly DataFileRewriteOptions _options;
    private readonly long _target;
    private readonly long _small;
    private readonly long _large;

    public RewritePlanner(TableMetadata metadata, DataFileRewriteOptions options)
    {
        _options = options;
        _target = options.TargetFileBytes ?? DataWriteOptions.Of(metadata.Properties).FileBytesTarget;
        (_small, _large) = ((long)(_target * options.SmallBelow), (long)(_target * options.LargeAbove));
    }

    /// <summary>The groups; files that are well as they are do not even stay in memory.</summary>
    public async ValueTask<List<IReadOnlyList<FileScanTask>>> PlanAsync(TableScan scan, CancellationToken cancellationToken)
    {
        var partitions = new Dictionary<(int SpecId, PartitionTuple Partition), List<FileScanTask>>();
        await foreach (var task in scan.PlanTasksAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_options.RewriteAll || task.File.FileSizeBytes < _small || task.File.FileSizeBytes > _large || HasManyDeletes(task))
            {
                var key = (task.File.SpecId, task.File.Partition);
                if (!partitions.TryGetValue(key, out var list))
                {
                    partitions.Add(key, list = []);
                }

                list.Add(task);
            }
        }

        return partitions.Values.SelectMany(Pack).Where(IsWorthIt).ToList();
    }

    private List<IReadOnlyList<FileScanTask>> Pack(List<FileScanTask> tasks)
    {
        var groups = new List<IReadOnlyList<FileScanTask>>();
        var group = new List<FileScanTask>();
        var bytes = 0L;
        foreach (var task in tasks)
        {
            if (group.Count > 0 && bytes + task.Length > _options.GroupBytesMax)
            {
                groups.Add(group);
                (group, bytes) = ([], 0);
            }

            group.Add(task);
            bytes += task.Length;
        }

        groups.Add(group);
        return groups;
    }

    private bool IsWorthIt(IReadOnlyList<FileScanTask> group) =>
        _options.RewriteAll
        || (group.Count > 1 && (group.Count >= _options.InputFilesMin || group.Sum(t => t.Length) > _target))
        || group.Any(t => t.Length > _large || HasManyDeletes(t));

    private bool HasManyDeletes(FileScanTask task)
    {
        // A file of deletes for several data files does not say how many are for this one.
        var own = task.Deletes.Where(d => d.File.Content == FileContent.PositionDeletes && DeleteScope.OnlyTargetOf(d.File) is not null).Sum(d => d.File.RecordCount);
        return task.Deletes.Count >= _options.DeleteFilesMin || (own > 0 && own >= task.File.RecordCount * _options.DeletedPartMin);
    }
}

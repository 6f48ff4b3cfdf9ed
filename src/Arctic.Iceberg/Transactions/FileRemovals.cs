using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>The identity of a file: its path, and for the deletion vectors of one Puffin file their place in it.</summary>
internal readonly record struct FileKey(string Path, long? ContentOffset)
{
    public static FileKey Of(DataFile file) => new(file.FilePath, file.IsDeletionVector ? file.ContentOffset : null);
}

/// <summary>Which files of the current snapshot a commit removes.</summary>
internal sealed class FileRemovals
{
    private readonly Dictionary<FileKey, DataFile> _files = [];
    private readonly HashSet<(int SpecId, PartitionTuple Partition)> _partitions = [];

    /// <summary>Every file goes.</summary>
    public bool Everything { get; set; }

    public bool IsEmpty => _files.Count == 0 && _partitions.Count == 0 && !Everything;

    /// <summary>The files that were named one by one.</summary>
    public IReadOnlyCollection<DataFile> Files => _files.Values;

    /// <summary>The partitions that were named.</summary>
    public IReadOnlyCollection<(int SpecId, PartitionTuple Partition)> Partitions => _partitions;

    public void Add(DataFile file) => _files[FileKey.Of(file)] = file;

    public void AddPartition(int specId, PartitionTuple partition) => _partitions.Add((specId, partition));

    /// <summary>Whether the file goes.</summary>
    public bool Matches(DataFile file) =>
        Everything || _files.ContainsKey(FileKey.Of(file)) || (_partitions.Count > 0 && _partitions.Contains((file.SpecId, file.Partition)));

    /// <summary>Whether a manifest can hold a file that goes, by its partition spec and ranges.</summary>
    public bool MayMatch(ManifestFile manifest, IcebergType.Struct partitionType) =>
        Everything
        || _files.Values.Any(f => f.SpecId == manifest.SpecId && (f.Content == FileContent.Data) == (manifest.Content == ManifestContent.Data)
            && MayContain(manifest, partitionType, f.Partition))
        || _partitions.Any(p => p.SpecId == manifest.SpecId && MayContain(manifest, partitionType, p.Partition));

    private static bool MayContain(ManifestFile manifest, IcebergType.Struct partitionType, PartitionTuple partition)
    {
        if (manifest.Partitions is not { } summaries || summaries.Count != partition.Count)
        {
            return true;
        }

        for (var i = 0; i < summaries.Count; i++)
        {
            if (!MayContain(summaries[i], partitionType.Fields[i].Type, partition[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool MayContain(FieldSummary summary, IcebergType type, object? value)
    {
        if (value is null)
        {
            return summary.ContainsNull;
        }

        if (ValueOrder.IsNan(value))
        {
            return summary.ContainsNan ?? true;
        }

        if (summary.LowerBound is null || summary.UpperBound is null)
        {
            return false;
        }

        return BoundCodec.Decode(type, summary.LowerBound) is not { } lower || BoundCodec.Decode(type, summary.UpperBound) is not { } upper
            || lower.GetType() != value.GetType()
            || (ValueOrder.Compare(value, lower) >= 0 && ValueOrder.Compare(value, upper) <= 0);
    }
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
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
    private readonly HashSet<(bool IsData, int SpecId, PartitionTuple Partition)> _partitionsOfFiles = [];
    private readonly HashSet<(int SpecId, PartitionTuple Partition)> _partitions = [];

    /// <summary>Every file goes.</summary>
    public bool Everything { get; set; }

    /// <summary>Data files all of whose rows fulfil this go; null for none.</summary>
    public FileFilter? Filter { get; set; }

    public bool IsEmpty => _files.Count == 0 && _partitions.Count == 0 && !Everything && Filter is null;

    /// <summary>The files that were named one by one.</summary>
    public IReadOnlyCollection<DataFile> Files => _files.Values;

    /// <summary>The partitions that were named.</summary>
    public IReadOnlyCollection<(int SpecId, PartitionTuple Partition)> Partitions => _partitions;

    public void Add(DataFile file)
    {
        _files[FileKey.Of(file)] = file;
        _partitionsOfFiles.Add((file.Content == FileContent.Data, file.SpecId, file.Partition));
    }

    public void AddPartition(int specId, PartitionTuple partition) => _partitions.Add((specId, partition));

    /// <summary>Whether the file goes.</summary>
    /// <exception cref="ArcticException"><c>INVALID_STATEMENT</c>: some rows of the file may fulfil the filter, and others not.</exception>
    public bool Matches(DataFile file, TableMetadata metadata) =>
        Everything || _files.ContainsKey(FileKey.Of(file)) || (_partitions.Count > 0 && _partitions.Contains((file.SpecId, file.Partition))) || MatchesFilter(file, metadata);

    /// <summary>Whether a manifest can hold a file that goes, by its partition spec and ranges.</summary>
    public bool MayMatch(ManifestFile manifest, IcebergType.Struct partitionType, TableMetadata metadata) =>
        Everything
        || _partitionsOfFiles.Any(f => f.SpecId == manifest.SpecId && f.IsData == (manifest.Content == ManifestContent.Data) && MayContain(manifest, partitionType, f.Partition))
        || _partitions.Any(p => p.SpecId == manifest.SpecId && MayContain(manifest, partitionType, p.Partition))
        || (Filter is { } filter && manifest.Content == ManifestContent.Data && filter.MightMatch(manifest, metadata));

    private bool MatchesFilter(DataFile file, TableMetadata metadata)
    {
        if (Filter is not { } filter || file.Content != FileContent.Data || !filter.MightMatch(file, metadata))
        {
            return false;
        }

        return filter.MatchesAll(file, metadata)
            ? true
            : throw new ArcticException(ErrorCodes.InvalidStatement, $"Cannot remove the files with {filter.Expression}: of '{file.FilePath}' some rows may fulfil it and others not.")
            {
                Hint = "Delete rows instead of files, or choose a filter along partitions.",
            };
    }

    /// <summary>Whether a manifest can hold files of a partition, by its ranges.</summary>
    public static bool MayContain(ManifestFile manifest, IcebergType.Struct partitionType, PartitionTuple partition)
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

using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Scanning;

/// <summary>A delete file with the number that says which data it applies to.</summary>
/// <param name="File">Position deletes, equality deletes or a deletion vector.</param>
/// <param name="SequenceNumber">Its data sequence number.</param>
public sealed record DeleteFile(DataFile File, long SequenceNumber);

/// <summary>Finds the delete files of a data file (Iceberg spec, "Scan Planning").</summary>
internal sealed class DeleteIndex
{
    private readonly Dictionary<string, List<DeleteFile>> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<(int SpecId, PartitionTuple Partition), List<DeleteFile>> _positionsByPartition = [];
    private readonly Dictionary<(int SpecId, PartitionTuple Partition), List<DeleteFile>> _equalityByPartition = [];
    private readonly List<DeleteFile> _globalEquality = [];

    /// <summary>Indexes live delete files.</summary>
    /// <param name="deletes">In any order.</param>
    /// <param name="specs">The table's specs: equality deletes of an unpartitioned one apply to all partitions.</param>
    public DeleteIndex(IEnumerable<DeleteFile> deletes, IReadOnlyList<PartitionSpec> specs)
    {
        foreach (var delete in deletes)
        {
            Add(delete, specs);
        }
    }

    /// <summary>Whether there are no delete files at all.</summary>
    public bool IsEmpty => _byPath.Count + _positionsByPartition.Count + _equalityByPartition.Count + _globalEquality.Count == 0;

    /// <summary>The delete files that may have deletes for rows of a data file.</summary>
    public IReadOnlyList<DeleteFile> Find(DataFile file, long sequenceNumber)
    {
        if (IsEmpty)
        {
            return [];
        }

        var result = new List<DeleteFile>();
        var key = (file.SpecId, file.Partition);
        var forPath = _byPath.GetValueOrDefault(PathKey(file.FilePath), []).Where(d => d.SequenceNumber >= sequenceNumber && d.File.SpecId == file.SpecId).ToList();

        // A deletion vector holds everything that position delete files say of its data file.
        if (forPath.Where(d => d.File.IsDeletionVector).MaxBy(d => d.SequenceNumber) is { } vector)
        {
            result.Add(vector);
        }
        else
        {
            result.AddRange(forPath);
            result.AddRange(_positionsByPartition.GetValueOrDefault(key, []).Where(d => d.SequenceNumber >= sequenceNumber));
        }

        result.AddRange(_equalityByPartition.GetValueOrDefault(key, []).Where(d => d.SequenceNumber > sequenceNumber));
        result.AddRange(_globalEquality.Where(d => d.SequenceNumber > sequenceNumber));
        return result;
    }

    /// <summary>The form in which paths of delete files and of manifests are compared.</summary>
    public static string PathKey(string location) => ObjectLocation.IdentityOf(location);

    private void Add(DeleteFile delete, IReadOnlyList<PartitionSpec> specs)
    {
        var file = delete.File;
        if (file.Content == FileContent.EqualityDeletes)
        {
            (DeleteScope.IsGlobal(file, specs.FirstOrDefault(s => s.SpecId == file.SpecId)) ? _globalEquality : ListOf(_equalityByPartition, (file.SpecId, file.Partition))).Add(delete);
        }
        else if (DeleteScope.OnlyTargetOf(file) is { } target)
        {
            ListOf(_byPath, PathKey(target)).Add(delete);
        }
        else
        {
            ListOf(_positionsByPartition, (file.SpecId, file.Partition)).Add(delete);
        }
    }

    private static List<DeleteFile> ListOf<TKey>(Dictionary<TKey, List<DeleteFile>> lists, TKey key)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out var list))
        {
            lists.Add(key, list = []);
        }

        return list;
    }
}

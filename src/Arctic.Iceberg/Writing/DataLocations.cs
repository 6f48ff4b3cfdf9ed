using System.Globalization;
using System.Text;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Where the new data and delete files of one change of a table go, as its properties say: <c>write.data.path</c>, or <c>data/</c> in its folder; with
/// <c>write.object-storage.enabled</c> under folders that a hash spreads, so that an object store has no hot prefix. Not thread-safe.
/// </summary>
internal sealed class DataLocations
{
    public const string ObjectStorage = "write.object-storage.enabled";
    private const string ObjectStoragePath = "write.object-storage.path";
    private const string FolderStoragePath = "write.folder-storage.path";
    public const string PartitionedPaths = "write.object-storage.partitioned-paths";
    private const int HashBits = 20;
    private readonly Schema _schema;
    private readonly PartitionSpec _spec;
    private readonly string _root;
    private readonly bool _isHashed;
    private readonly bool _hasPartitionFolders;
    private readonly string? _context;
    private readonly string _prefix;
    private int _files;

    /// <param name="operation">Names this change: no other may have it.</param>
    /// <param name="task">Tells the writers of one change apart.</param>
    public DataLocations(TableMetadata metadata, Guid operation, int task = 0)
        : this(metadata, metadata.DefaultSpec, operation, task)
    {
    }

    /// <summary>Of files of another spec than the default.</summary>
    public DataLocations(TableMetadata metadata, PartitionSpec spec, Guid operation, int task = 0)
    {
        (_schema, _spec) = (metadata.CurrentSchema, spec);
        var properties = metadata.Properties;
        _isHashed = TableProperties.ReadFlag(properties, ObjectStorage, false);
        _hasPartitionFolders = !_isHashed || TableProperties.ReadFlag(properties, PartitionedPaths, true);
        _root = properties.GetValueOrDefault(TableProperties.DataPath)
            ?? (_isHashed ? properties.GetValueOrDefault(ObjectStoragePath) : null)
            ?? properties.GetValueOrDefault(FolderStoragePath)
            ?? ObjectLocation.Combine(metadata.Location, "data");
        _context = _isHashed && !_root.StartsWith(metadata.Location, StringComparison.Ordinal) ? ContextOf(metadata.Location) : null;
        _prefix = string.Create(CultureInfo.InvariantCulture, $"{task:D5}-{task}-{operation:D}");
    }

    /// <summary>The location of the next Parquet file of a partition.</summary>
    public string Next(PartitionTuple partition) => Next(partition, "parquet");

    /// <summary>The location of the next file of a partition.</summary>
    /// <param name="extension">Without a dot.</param>
    public string Next(PartitionTuple partition, string extension) =>
        Of(partition, string.Create(CultureInfo.InvariantCulture, $"{_prefix}-{++_files:D5}.{extension}"));

    /// <summary>The location of a file of a partition.</summary>
    internal string Of(PartitionTuple partition, string fileName)
    {
        var name = _hasPartitionFolders && _spec.Fields.Count > 0 ? $"{PartitionPath.Of(_spec, _schema, partition)}/{fileName}" : fileName;
        if (!_isHashed)
        {
            return ObjectLocation.Combine(_root, name);
        }

        // Several tables may share the path: the table's own folders come after the hash.
        var hash = HashFolders(name);
        return _context is not null ? ObjectLocation.Combine(_root, $"{hash}/{_context}/{name}")
            : ObjectLocation.Combine(_root, _hasPartitionFolders ? $"{hash}/{name}" : $"{hash}-{name}");
    }

    // The last 20 bits of the hash, as three folders of 4 and one of 8: 0101/0110/1001/10110010.
    private static string HashFolders(string name)
    {
        var bits = Convert.ToString(Murmur3.Hash(Encoding.UTF8.GetBytes(name)) | int.MinValue, 2)[^HashBits..];
        return $"{bits[..4]}/{bits[4..8]}/{bits[8..12]}/{bits[12..]}";
    }

    private static string ContextOf(string location)
    {
        var path = location.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return string.Join('/', path[Math.Max(0, path.Length - 2)..]);
    }
}

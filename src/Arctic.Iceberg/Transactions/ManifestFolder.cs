using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Spec.Manifests;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Transactions;

/// <summary>Names and writes the manifests and manifest lists of one snapshot, and remembers them for cleaning up.</summary>
internal sealed class ManifestFolder(CommitEnvironment environment, long snapshotId)
{
    private readonly string _commitId = environment.NewUuid().ToString("D");
    private readonly List<string> _written = [];
    private int _manifests;

    /// <summary>Starts the next manifest: <c>(commit)-mN.avro</c>.</summary>
    public ValueTask<ManifestWriter> CreateManifestAsync(
        IObjectStore store, TableMetadata metadata, PartitionSpec spec, ManifestContent content, CancellationToken cancellationToken)
    {
        var path = PathOf(metadata, string.Create(CultureInfo.InvariantCulture, $"{_commitId}-m{_manifests++}.avro"));
        _written.Add(path);
        var request = new ManifestWriteRequest
        {
            Path = path,
            Metadata = metadata,
            Spec = spec,
            Content = content,
            SnapshotId = snapshotId,
            Codec = CodecOf(metadata),
            Random = environment.NewRandom(),
        };
        return ManifestWriter.CreateAsync(store, request, cancellationToken);
    }

    /// <summary>Writes the manifest list of an attempt: <c>snap-(id)-(attempt)-(commit).avro</c>.</summary>
    /// <returns>Its location, and the table's next row id after it.</returns>
    public async ValueTask<(string Path, long NextRowId)> WriteListAsync(
        IObjectStore store, TableMetadata metadata, Snapshot? parent, long sequenceNumber, int attempt, IEnumerable<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var path = PathOf(metadata, string.Create(CultureInfo.InvariantCulture, $"snap-{snapshotId}-{attempt}-{_commitId}.avro"));
        _written.Add(path);
        var request = new ManifestListWriteRequest
        {
            Path = path,
            FormatVersion = metadata.FormatVersion,
            SnapshotId = snapshotId,
            ParentSnapshotId = parent?.SnapshotId,
            SequenceNumber = sequenceNumber,
            NextRowId = metadata.NextRowId,
            Codec = CodecOf(metadata),
            Random = environment.NewRandom(),
        };
        return (path, await ManifestListWriter.WriteAsync(store, request, manifests, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Deletes everything that was written but for what is kept.</summary>
    public ValueTask DeleteAllButAsync(IObjectStore store, IReadOnlySet<string> kept) => store.DeleteLeftoversAsync(_written.Where(p => !kept.Contains(p)));

    private static string PathOf(TableMetadata metadata, string name) =>
        ObjectLocation.Combine(TableFolder.MetadataFolderOf(metadata), name);

    /// <summary>The codecs of manifests, for messages.</summary>
    public const string CodecNames = "gzip, snappy, zstd or uncompressed";

    /// <summary>The codec of a name; null when there is none.</summary>
    public static AvroCodec? FindCodec(string name) => name.ToLowerInvariant() switch
    {
        "gzip" or "deflate" => AvroCodec.Deflate,
        "uncompressed" or "none" => AvroCodec.Null,
        "snappy" => AvroCodec.Snappy,
        "zstd" or "zstandard" => AvroCodec.Zstandard,
        _ => null,
    };

    private static AvroCodec CodecOf(TableMetadata metadata) => metadata.Properties.GetValueOrDefault(TableProperties.AvroCompression, "gzip") is var name && FindCodec(name) is { } codec
        ? codec
        : throw new ArcticException(ErrorCodes.InvalidOption, $"Cannot read '{name}' as the value of the table property '{TableProperties.AvroCompression}': {CodecNames} is expected.");
}

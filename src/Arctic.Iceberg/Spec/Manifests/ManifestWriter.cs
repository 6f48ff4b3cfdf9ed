using System.Globalization;
using Arctic.Iceberg.Spec.Json;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>What a new manifest is made for.</summary>
internal sealed record ManifestWriteRequest
{
    public required string Path { get; init; }

    public required TableMetadata Metadata { get; init; }

    public required PartitionSpec Spec { get; init; }

    public required ManifestContent Content { get; init; }

    /// <summary>The snapshot that adds the manifest.</summary>
    public required long SnapshotId { get; init; }

    public AvroCodec Codec { get; init; } = AvroCodec.Deflate;

    /// <summary>Gives the sync marker.</summary>
    public required Random Random { get; init; }
}

/// <summary>Writes one manifest: data files or delete files of one partition spec. Disposing it without completion leaves nothing behind.</summary>
internal sealed class ManifestWriter : IAsyncDisposable
{
    private readonly ManifestWriteRequest _request;
    private readonly ObjectWriter _object;
    private readonly AvroFileWriter _avro;
    private readonly ManifestEntryEncoder _encoder;
    private readonly PartitionSummary _summary;
    private readonly int[] _files = new int[3];
    private readonly long[] _rows = new long[3];
    private long? _minSequence;

    private ManifestWriter(ManifestWriteRequest request, ObjectWriter writer)
    {
        _request = request;
        _object = writer;
        var version = request.Metadata.FormatVersion;
        var partition = request.Metadata.PartitionTypeOf(request.Spec);
        _avro = new AvroFileWriter(writer.Stream, ManifestSchemas.EntryOf(version, partition), request.Codec, HeaderOf(request), request.Random);
        _encoder = new ManifestEntryEncoder(_avro.Encoder, version, partition);
        _summary = new PartitionSummary(partition);
    }

    /// <summary>The bytes written so far, but for the block under way.</summary>
    public long BytesWritten => _avro.BytesWritten;

    /// <summary>Starts a manifest.</summary>
    public static async ValueTask<ManifestWriter> CreateAsync(IObjectStore store, ManifestWriteRequest request, CancellationToken cancellationToken)
    {
        var writer = await store.CreateAsync(request.Path, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ManifestWriter(request, writer);
        }
        catch
        {
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a file.</summary>
    /// <param name="sequenceNumber">The file's data sequence number; null for that of the commit.</param>
    public void AddNew(DataFile file, long? sequenceNumber) => Add(new ManifestEntry(EntryStatus.Added, _request.SnapshotId, sequenceNumber, null, file));

    /// <summary>Keeps a file of an older manifest.</summary>
    public void AddExisting(ManifestEntry entry) => Add(entry with { Status = EntryStatus.Existing });

    /// <summary>Deletes a file of an older manifest.</summary>
    public void AddDeleted(ManifestEntry entry) => Add(entry with { Status = EntryStatus.Deleted, SnapshotId = _request.SnapshotId });

    /// <summary>Adds an entry as it is. All but ADDED entries need their sequence numbers.</summary>
    public void Add(ManifestEntry entry)
    {
        if ((entry.File.Content == FileContent.Data) != (_request.Content == ManifestContent.Data))
        {
            throw new ArgumentException($"A manifest of {_request.Content} cannot list the file '{entry.File.FilePath}' of content {entry.File.Content}.", nameof(entry));
        }

        if (entry.Status != EntryStatus.Added && entry.SequenceNumber is null)
        {
            throw new ArgumentException($"The {entry.Status} entry of '{entry.File.FilePath}' has no sequence number.", nameof(entry));
        }

        _encoder.Write(entry, _request.SnapshotId);
        _avro.EndRecord();
        _summary.Add(entry.File.Partition);
        _files[(int)entry.Status]++;
        _rows[(int)entry.Status] += entry.File.RecordCount;
        if (entry.IsLive)
        {
            _minSequence = entry.SequenceNumber is { } number && (_minSequence is null || number < _minSequence) ? number : _minSequence;
        }
    }

    /// <summary>Makes the manifest durable.</summary>
    /// <returns>The manifest with its sequence number still to be assigned by the manifest list.</returns>
    public async ValueTask<ManifestFile> CompleteAsync(CancellationToken cancellationToken)
    {
        _avro.Complete();
        await _object.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return new ManifestFile
        {
            Path = _request.Path,
            Length = _avro.BytesWritten,
            SpecId = _request.Spec.SpecId,
            Content = _request.Content,
            SequenceNumber = ManifestFile.UnassignedSequence,

            // A manifest that only deletes has no live files; the commit's own number stands for "none".
            MinSequenceNumber = _minSequence ?? ManifestFile.UnassignedSequence,
            AddedSnapshotId = _request.SnapshotId,
            AddedFilesCount = _files[(int)EntryStatus.Added],
            ExistingFilesCount = _files[(int)EntryStatus.Existing],
            DeletedFilesCount = _files[(int)EntryStatus.Deleted],
            AddedRowsCount = _rows[(int)EntryStatus.Added],
            ExistingRowsCount = _rows[(int)EntryStatus.Existing],
            DeletedRowsCount = _rows[(int)EntryStatus.Deleted],
            Partitions = _summary.ToSummaries(),
        };
    }

    public ValueTask DisposeAsync() => _object.DisposeAsync();

    private static List<KeyValuePair<string, string>> HeaderOf(ManifestWriteRequest request)
    {
        var version = request.Metadata.FormatVersion;
        List<KeyValuePair<string, string>> header =
        [
            new("schema", SchemaJson.ToText(request.Metadata.CurrentSchema)),
            new("schema-id", request.Metadata.CurrentSchemaId.ToString(CultureInfo.InvariantCulture)),
            new("partition-spec", PartitionSpecJson.ToFieldListText(request.Spec)),
            new("partition-spec-id", request.Spec.SpecId.ToString(CultureInfo.InvariantCulture)),
            new("format-version", version.ToString(CultureInfo.InvariantCulture)),
        ];
        if (version > 1)
        {
            header.Add(new("content", request.Content == ManifestContent.Data ? "data" : "deletes"));
        }

        return header;
    }
}

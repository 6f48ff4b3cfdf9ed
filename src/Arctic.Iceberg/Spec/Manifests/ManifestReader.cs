using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>What to read of a manifest's entries.</summary>
internal sealed record ManifestReadOptions
{
    /// <summary>Everything.</summary>
    public static readonly ManifestReadOptions All = new();

    /// <summary>Files and partitions without column metrics.</summary>
    public static readonly ManifestReadOptions WithoutMetrics = new() { WithMetrics = false };

    /// <summary>Whether column sizes, counts and bounds are read.</summary>
    public bool WithMetrics { get; init; } = true;

    /// <summary>The columns whose metrics are read; null for all.</summary>
    public IReadOnlySet<int>? MetricFieldIds { get; init; }

    /// <summary>Whether entries of deleted files are left out.</summary>
    public bool LiveOnly { get; init; }
}

/// <summary>Streams the entries of a manifest.</summary>
internal static class ManifestReader
{
    /// <summary>Reads the entries in file order, block by block; what an entry inherits from the manifest list is filled in.</summary>
    /// <param name="metadata">Where the manifest's partition spec is found.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>, <c>FORMAT_UNSUPPORTED</c> for encrypted manifests.</exception>
    public static async IAsyncEnumerable<ManifestEntry> ReadAsync(
        IObjectStore store, ManifestFile manifest, TableMetadata metadata, ManifestReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (manifest.KeyMetadata is { Length: > 0 })
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read the manifest '{manifest.Path}': it is encrypted.");
        }

        var reader = await store.OpenReadAsync(manifest.Path, cancellationToken).ConfigureAwait(false);
        var file = await AvroFileReader.OpenAsync(reader, manifest.Path, cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var decoder = new ManifestEntryDecoder(file.Schema, PartitionTypeOf(file, manifest, metadata), manifest, options);
        var entries = new List<ManifestEntry>();
        while (await file.ReadBlockAsync(cancellationToken).ConfigureAwait(false))
        {
            ReadBlock(file, decoder, options, entries);
            foreach (var entry in entries)
            {
                yield return entry;
            }

            entries.Clear();
        }
    }

    /// <summary>Reads all entries at once.</summary>
    public static async ValueTask<List<ManifestEntry>> ReadAllAsync(
        IObjectStore store, ManifestFile manifest, TableMetadata metadata, ManifestReadOptions options, CancellationToken cancellationToken)
    {
        var entries = new List<ManifestEntry>();
        await foreach (var entry in ReadAsync(store, manifest, metadata, options, cancellationToken).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        return entries;
    }

    /// <summary>What the manifest list of an old v1 snapshot would say of a manifest that only the snapshot names.</summary>
    public static async ValueTask<ManifestFile> DescribeAsync(IObjectStore store, string path, Snapshot snapshot, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
        var length = reader.Size;
        var file = await AvroFileReader.OpenAsync(reader, path, cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        return new ManifestFile
        {
            Path = path,
            Length = length,
            SpecId = int.TryParse(file.FindMetadata("partition-spec-id"), out var specId) ? specId : 0,
            AddedSnapshotId = snapshot.SnapshotId,
        };
    }

    private static void ReadBlock(AvroFileReader file, ManifestEntryDecoder decoder, ManifestReadOptions options, List<ManifestEntry> entries)
    {
        var block = file.Block;
        var avro = new AvroDecoder(block);
        for (var i = 0L; i < file.BlockRecordCount; i++)
        {
            var entry = decoder.Read(ref avro, block);
            if (entry.IsLive || !options.LiveOnly)
            {
                entries.Add(entry);
            }
        }
    }

    private static IcebergType.Struct PartitionTypeOf(AvroFileReader file, ManifestFile manifest, TableMetadata metadata)
    {
        if (metadata.FindSpec(manifest.SpecId) is { } spec)
        {
            return metadata.PartitionTypeOf(spec);
        }

        // The spec may have been removed from the metadata; the manifest keeps its own copy.
        return file.FindMetadata("partition-spec") is { } text && file.FindMetadata("schema") is { } schema
            ? Json.PartitionSpecJson.ParseManifestSpec(text, manifest.SpecId, manifest.Path).PartitionType(Json.SchemaJson.Parse(schema, manifest.Path))
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read the manifest '{manifest.Path}': the table has no partition spec {manifest.SpecId}.");
    }
}

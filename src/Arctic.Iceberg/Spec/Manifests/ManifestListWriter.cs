using System.Globalization;
using Arctic.Columnar.Types;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>What a new manifest list is made for.</summary>
internal sealed record ManifestListWriteRequest
{
    public required string Path { get; init; }

    public required int FormatVersion { get; init; }

    public required long SnapshotId { get; init; }

    public required long? ParentSnapshotId { get; init; }

    /// <summary>The commit's sequence number; manifests that have none get it.</summary>
    public required long SequenceNumber { get; init; }

    /// <summary>The table's next row id (v3); data manifests that have no first row id get theirs from here on.</summary>
    public required long NextRowId { get; init; }

    public AvroCodec Codec { get; init; } = AvroCodec.Deflate;

    /// <summary>Gives the sync marker.</summary>
    public required Random Random { get; init; }
}

/// <summary>Writes manifest lists.</summary>
internal static class ManifestListWriter
{
    /// <summary>Writes a list, giving numbers and row ids to the manifests that lack them.</summary>
    /// <returns>The next row id after the commit.</returns>
    public static async ValueTask<long> WriteAsync(IObjectStore store, ManifestListWriteRequest request, IEnumerable<ManifestFile> manifests, CancellationToken cancellationToken)
    {
        var target = await store.CreateAsync(request.Path, cancellationToken).ConfigureAwait(false);
        await using var _ = target.ConfigureAwait(false);
        var avro = new AvroFileWriter(target.Stream, ManifestSchemas.ListOf(request.FormatVersion), request.Codec, HeaderOf(request), request.Random);
        var nextRowId = request.NextRowId;
        foreach (var manifest in manifests)
        {
            var assigned = WithSequence(manifest, request.SequenceNumber);
            if (request.FormatVersion > 2 && manifest.Content == ManifestContent.Data && manifest.FirstRowId is null)
            {
                assigned = assigned with { FirstRowId = nextRowId };
                nextRowId += (manifest.AddedRowsCount ?? 0) + (manifest.ExistingRowsCount ?? 0);
            }

            Write(avro.Encoder, assigned, request.FormatVersion);
            avro.EndRecord();
        }

        avro.Complete();
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        return nextRowId;
    }

    /// <summary>The manifest with the commit's sequence number where it has none.</summary>
    public static ManifestFile WithSequence(ManifestFile manifest, long sequenceNumber) => manifest.SequenceNumber != ManifestFile.UnassignedSequence
        ? manifest
        : manifest with
        {
            SequenceNumber = sequenceNumber,
            MinSequenceNumber = manifest.MinSequenceNumber == ManifestFile.UnassignedSequence ? sequenceNumber : manifest.MinSequenceNumber,
        };

    private static List<KeyValuePair<string, string>> HeaderOf(ManifestListWriteRequest request)
    {
        List<KeyValuePair<string, string>> header =
        [
            new("snapshot-id", Text(request.SnapshotId)),
            new("parent-snapshot-id", request.ParentSnapshotId is { } parent ? Text(parent) : "null"),
            new("format-version", Text(request.FormatVersion)),
        ];
        if (request.FormatVersion > 1)
        {
            header.Add(new("sequence-number", Text(request.SequenceNumber)));
        }

        if (request.FormatVersion > 2)
        {
            header.Add(new("first-row-id", Text(request.NextRowId)));
        }

        return header;
    }

    private static void Write(AvroEncoder encoder, ManifestFile manifest, int formatVersion)
    {
        encoder.WriteString(manifest.Path);
        encoder.WriteLong(manifest.Length);
        encoder.WriteLong(manifest.SpecId);
        if (formatVersion > 1)
        {
            encoder.WriteLong((int)manifest.Content);
            encoder.WriteLong(manifest.SequenceNumber);
            encoder.WriteLong(manifest.MinSequenceNumber);
        }

        encoder.WriteLong(manifest.AddedSnapshotId);
        foreach (var count in (ReadOnlySpan<long?>)
        [
            manifest.AddedFilesCount, manifest.ExistingFilesCount, manifest.DeletedFilesCount,
            manifest.AddedRowsCount, manifest.ExistingRowsCount, manifest.DeletedRowsCount,
        ])
        {
            WriteCount(encoder, count, formatVersion);
        }

        WriteSummaries(encoder, manifest.Partitions);
        WriteOptional(encoder, manifest.KeyMetadata);
        if (formatVersion > 2)
        {
            encoder.WriteLong(manifest.FirstRowId is null ? 0 : 1);
            if (manifest.FirstRowId is { } firstRowId)
            {
                encoder.WriteLong(firstRowId);
            }
        }
    }

    // Required from v2 on; a v1 list that did not say is carried over as 0, and the transactions count such manifests first.
    private static void WriteCount(AvroEncoder encoder, long? count, int formatVersion)
    {
        if (formatVersion == 1)
        {
            encoder.WriteLong(count is null ? 0 : 1);
        }

        if (formatVersion > 1 || count is not null)
        {
            encoder.WriteLong(count ?? 0);
        }
    }

    private static void WriteSummaries(AvroEncoder encoder, EquatableList<FieldSummary>? summaries)
    {
        encoder.WriteLong(summaries is null ? 0 : 1);
        if (summaries is null)
        {
            return;
        }

        if (summaries.Count > 0)
        {
            encoder.WriteLong(summaries.Count);
            foreach (var summary in summaries)
            {
                encoder.WriteBoolean(summary.ContainsNull);
                encoder.WriteLong(summary.ContainsNan is null ? 0 : 1);
                if (summary.ContainsNan is { } nan)
                {
                    encoder.WriteBoolean(nan);
                }

                WriteOptional(encoder, summary.LowerBound);
                WriteOptional(encoder, summary.UpperBound);
            }
        }

        encoder.WriteLong(0);
    }

    private static void WriteOptional(AvroEncoder encoder, byte[]? bytes)
    {
        encoder.WriteLong(bytes is null ? 0 : 1);
        if (bytes is not null)
        {
            encoder.WriteBytes(bytes);
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Avro;
using Arctic.Storage.ObjectStores;
using Ids = Arctic.Iceberg.Spec.Manifests.ManifestFieldIds;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Reads the manifests of a snapshot.</summary>
internal static class ManifestListReader
{
    /// <summary>Reads the manifests of a snapshot, in the order of its list.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>, <c>OBJECT_NOT_FOUND</c>, <c>FORMAT_UNSUPPORTED</c> for encrypted lists.</exception>
    public static async ValueTask<IReadOnlyList<ManifestFile>> ReadAsync(IObjectStore store, Snapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.KeyId is not null)
        {
            throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read the manifests of snapshot {snapshot.SnapshotId}: its manifest list is encrypted.");
        }

        if (snapshot.ManifestList is { } list)
        {
            return await ReadListAsync(store, list, cancellationToken).ConfigureAwait(false);
        }

        var manifests = new List<ManifestFile>();
        foreach (var path in snapshot.Manifests ?? [])
        {
            manifests.Add(await ManifestReader.DescribeAsync(store, path, snapshot, cancellationToken).ConfigureAwait(false));
        }

        return manifests;
    }

    /// <summary>Reads one manifest list file.</summary>
    public static async ValueTask<IReadOnlyList<ManifestFile>> ReadListAsync(IObjectStore store, string location, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        var file = await AvroFileReader.OpenAsync(reader, location, cancellationToken).ConfigureAwait(false);
        await using var _ = file.ConfigureAwait(false);
        var plan = RecordPlan.Of(file.Schema, Ids.ManifestNames, location);
        var manifests = new List<ManifestFile>();
        while (await file.ReadBlockAsync(cancellationToken).ConfigureAwait(false))
        {
            ReadBlock(file, plan, location, manifests);
        }

        return manifests;
    }

    private static void ReadBlock(AvroFileReader file, RecordPlan plan, string location, List<ManifestFile> manifests)
    {
        var decoder = new AvroDecoder(file.Block);
        for (var i = 0L; i < file.BlockRecordCount; i++)
        {
            manifests.Add(ReadManifest(ref decoder, plan, location));
        }
    }

    private static ManifestFile ReadManifest(ref AvroDecoder decoder, RecordPlan plan, string location)
    {
        string? path = null;
        long? length = null, sequence = null, minSequence = null, snapshotId = null, addedRows = null, existingRows = null, deletedRows = null, firstRowId = null;
        int? specId = null, content = null, added = null, existing = null, deleted = null;
        EquatableList<FieldSummary>? partitions = null;
        byte[]? key = null;
        for (var i = 0; i < plan.Ids.Length; i++)
        {
            var type = plan.Types[i];
            switch (plan.Ids[i])
            {
                case Ids.ManifestPath:
                    path = ManifestValues.ReadText(ref decoder, type);
                    break;
                case Ids.ManifestLength:
                    length = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.ManifestSpecId:
                    specId = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.ManifestContent:
                    content = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.ManifestSequenceNumber:
                    sequence = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.MinSequenceNumber:
                    minSequence = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.AddedSnapshotId:
                    snapshotId = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.AddedFiles:
                    added = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.ExistingFiles:
                    existing = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.DeletedFiles:
                    deleted = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.AddedRows:
                    addedRows = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.ExistingRows:
                    existingRows = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.DeletedRows:
                    deletedRows = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.Partitions:
                    partitions = ReadSummaries(ref decoder, type, location);
                    break;
                case Ids.ManifestKeyMetadata:
                    key = ManifestValues.ReadBytes(ref decoder, type);
                    break;
                case Ids.ManifestFirstRowId:
                    firstRowId = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                default:
                    decoder.Skip(type);
                    break;
            }
        }

        return new ManifestFile
        {
            Path = path ?? throw Corrupt(location, "a manifest has no path"),
            Length = length ?? throw Corrupt(location, $"the manifest '{path}' has no length"),
            SpecId = specId ?? throw Corrupt(location, $"the manifest '{path}' has no partition spec"),
            Content = content switch
            {
                null or 0 => ManifestContent.Data,
                1 => ManifestContent.Deletes,
                _ => throw Corrupt(location, $"the manifest '{path}' has the content {content}"),
            },
            SequenceNumber = sequence ?? 0,
            MinSequenceNumber = minSequence ?? 0,
            AddedSnapshotId = snapshotId ?? throw Corrupt(location, $"the manifest '{path}' has no snapshot"),
            AddedFilesCount = added,
            ExistingFilesCount = existing,
            DeletedFilesCount = deleted,
            AddedRowsCount = addedRows,
            ExistingRowsCount = existingRows,
            DeletedRowsCount = deletedRows,
            Partitions = partitions,
            KeyMetadata = key,
            FirstRowId = firstRowId,
        };
    }

    private static EquatableList<FieldSummary>? ReadSummaries(ref AvroDecoder decoder, AvroSchema type, string location)
    {
        if (!ManifestValues.TryEnter(ref decoder, ref type))
        {
            return null;
        }

        if (type is not AvroSchema.Array { Items: var items })
        {
            throw ManifestValues.Unexpected("a list of summaries");
        }

        var plan = RecordPlan.Of(items, Ids.SummaryNames, location);
        var summaries = new List<FieldSummary>();
        for (var count = decoder.ReadItemCount(); count > 0; count = decoder.ReadItemCount())
        {
            for (; count > 0; count--)
            {
                summaries.Add(ReadSummary(ref decoder, plan));
            }
        }

        return summaries.ToEquatableList();
    }

    private static FieldSummary ReadSummary(ref AvroDecoder decoder, RecordPlan plan)
    {
        bool? containsNull = null, containsNan = null;
        byte[]? lower = null, upper = null;
        for (var i = 0; i < plan.Ids.Length; i++)
        {
            var type = plan.Types[i];
            switch (plan.Ids[i])
            {
                case Ids.ContainsNull:
                    containsNull = ManifestValues.ReadFlag(ref decoder, type);
                    break;
                case Ids.ContainsNan:
                    containsNan = ManifestValues.ReadFlag(ref decoder, type);
                    break;
                case Ids.SummaryLowerBound:
                    lower = ManifestValues.ReadBytes(ref decoder, type);
                    break;
                case Ids.SummaryUpperBound:
                    upper = ManifestValues.ReadBytes(ref decoder, type);
                    break;
                default:
                    decoder.Skip(type);
                    break;
            }
        }

        // Without the flag a null cannot be ruled out.
        return new FieldSummary(containsNull ?? true, containsNan, lower, upper);
    }

    private static ArcticException Corrupt(string location, string what) => new(ErrorCodes.TableCorrupt, $"Cannot read the manifest list '{location}': {what}.");
}

using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;
using Ids = Arctic.Iceberg.Spec.Manifests.ManifestFieldIds;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Reads manifest entries from blocks and gives them what they inherit from the manifest list (Iceberg spec, "Sequence Number Inheritance").</summary>
internal sealed class ManifestEntryDecoder
{
    private readonly ManifestFile _manifest;
    private readonly ManifestReadOptions _options;
    private readonly RecordPlan _entry;
    private readonly RecordPlan _file;
    private readonly PartitionDecoder? _partition;
    private readonly MetricsDecoder _metrics;
    private readonly bool _hasNoNumbers;
    private long? _nextRowId;

    /// <param name="schema">The Avro schema of the entries.</param>
    /// <param name="partition">The partition type of the manifest's spec.</param>
    public ManifestEntryDecoder(AvroSchema schema, IcebergType.Struct partition, ManifestFile manifest, ManifestReadOptions options)
    {
        _manifest = manifest;
        _options = options;
        _entry = RecordPlan.Of(schema, Ids.EntryNames, manifest.Path);
        _file = RecordPlan.Of(_entry.FindType(Ids.DataFile) ?? throw Corrupt("its entries have no data file"), Ids.DataFileNames, manifest.Path);
        _partition = _file.FindType(Ids.Partition) is { } type ? new PartitionDecoder(type, partition, manifest.Path) : null;
        _metrics = new MetricsDecoder(options.MetricFieldIds);
        _hasNoNumbers = manifest.SequenceNumber == 0 || !_entry.Ids.Contains(Ids.SequenceNumber);
        _nextRowId = manifest.FirstRowId;
    }

    /// <summary>Reads one entry.</summary>
    /// <param name="block">The bytes that the decoder reads from.</param>
    public ManifestEntry Read(ref AvroDecoder decoder, ReadOnlySpan<byte> block)
    {
        var status = EntryStatus.Existing;
        long? snapshotId = null, sequence = null, fileSequence = null;
        DataFile? file = null;
        for (var i = 0; i < _entry.Ids.Length; i++)
        {
            var type = _entry.Types[i];
            switch (_entry.Ids[i])
            {
                case Ids.Status:
                    status = ReadStatus(ref decoder, type);
                    break;
                case Ids.SnapshotId:
                    snapshotId = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.SequenceNumber:
                    sequence = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.FileSequenceNumber:
                    fileSequence = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.DataFile:
                    file = ReadFile(ref decoder, block);
                    break;
                default:
                    decoder.Skip(type);
                    break;
            }
        }

        if (file is null)
        {
            throw Corrupt("an entry has no data file");
        }

        return new ManifestEntry(
            status, snapshotId ?? _manifest.AddedSnapshotId, Inherited(sequence, status), InheritedFileSequence(fileSequence, status), WithRowId(file, status));
    }

    // v1 manifests have no numbers at all: everything in them is 0. A manifest whose commit is under way has nothing to give yet.
    private long? Inherited(long? sequence, EntryStatus status) =>
        sequence
        ?? (_hasNoNumbers ? 0
            : status == EntryStatus.Added ? InheritedNumber
            : throw Corrupt("an entry that was not added by its snapshot has no sequence number"));

    // Some writers leave the file's own number out of entries that were not added; nothing depends on it there.
    private long? InheritedFileSequence(long? sequence, EntryStatus status) =>
        sequence ?? (_hasNoNumbers ? 0 : status == EntryStatus.Added ? InheritedNumber : null);

    private long? InheritedNumber => _manifest.SequenceNumber == ManifestFile.UnassignedSequence ? null : _manifest.SequenceNumber;

    // Iceberg spec, "First Row ID Inheritance": in file order, also for existing files; a manifest without a first id has none.
    private DataFile WithRowId(DataFile file, EntryStatus status)
    {
        if (_manifest.Content != ManifestContent.Data || _manifest.SequenceNumber == ManifestFile.UnassignedSequence)
        {
            return file;
        }

        if (_nextRowId is not { } next)
        {
            return file.FirstRowId is null ? file : file with { FirstRowId = null };
        }

        if (file.FirstRowId is not null || status == EntryStatus.Deleted)
        {
            return file;
        }

        _nextRowId = next + file.RecordCount;
        return file with { FirstRowId = next };
    }

    private DataFile ReadFile(ref AvroDecoder decoder, ReadOnlySpan<byte> block)
    {
        string? path = null, referenced = null;
        FileFormat? format = null;
        var content = FileContent.Data;
        var partition = PartitionTuple.Empty;
        long? records = null, size = null, firstRowId = null, contentOffset = null, contentSize = null;
        FieldIdMap<long>? columnSizes = null, values = null, nulls = null, nans = null;
        FieldIdMap<ReadOnlyMemory<byte>>? lower = null, upper = null;
        byte[]? key = null;
        long[]? splits = null;
        int[]? equality = null;
        int? order = null;
        for (var i = 0; i < _file.Ids.Length; i++)
        {
            var type = _file.Types[i];
            var id = _file.Ids[i];
            if (IsLeftOut(id))
            {
                decoder.Skip(type);
                continue;
            }

            switch (id)
            {
                case Ids.Content:
                    content = ReadContent(ref decoder, type);
                    break;
                case Ids.FilePath:
                    path = ManifestValues.ReadText(ref decoder, type);
                    break;
                case Ids.FileFormat:
                    format = ReadFormat(ref decoder, type);
                    break;
                case Ids.Partition:
                    partition = _partition!.Read(ref decoder);
                    break;
                case Ids.RecordCount:
                    records = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.FileSize:
                    size = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.ColumnSizes:
                    columnSizes = _metrics.ReadNumbers(ref decoder, type);
                    break;
                case Ids.ValueCounts:
                    values = _metrics.ReadNumbers(ref decoder, type);
                    break;
                case Ids.NullValueCounts:
                    nulls = _metrics.ReadNumbers(ref decoder, type);
                    break;
                case Ids.NanValueCounts:
                    nans = _metrics.ReadNumbers(ref decoder, type);
                    break;
                case Ids.LowerBounds:
                    lower = _metrics.ReadBytes(ref decoder, type, block);
                    break;
                case Ids.UpperBounds:
                    upper = _metrics.ReadBytes(ref decoder, type, block);
                    break;
                case Ids.KeyMetadata:
                    key = ManifestValues.ReadBytes(ref decoder, type);
                    break;
                case Ids.SplitOffsets:
                    splits = ReadList(ref decoder, type);
                    break;
                case Ids.EqualityIds:
                    equality = ReadList(ref decoder, type) is { } ids ? Array.ConvertAll(ids, ToFieldId) : null;
                    break;
                case Ids.SortOrderId:
                    order = ManifestValues.ReadInt(ref decoder, type);
                    break;
                case Ids.FirstRowId:
                    firstRowId = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.ReferencedDataFile:
                    referenced = ManifestValues.ReadText(ref decoder, type);
                    break;
                case Ids.ContentOffset:
                    contentOffset = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                case Ids.ContentSize:
                    contentSize = ManifestValues.ReadNumber(ref decoder, type);
                    break;
                default:
                    decoder.Skip(type);
                    break;
            }
        }

        return new DataFile
        {
            Content = content,
            FilePath = path ?? throw Corrupt("an entry has no file path"),
            Format = format ?? throw Corrupt($"the entry of '{path}' has no file format"),
            SpecId = _manifest.SpecId,
            Partition = partition,
            RecordCount = records ?? throw Corrupt($"the entry of '{path}' has no record count"),
            FileSizeBytes = size ?? throw Corrupt($"the entry of '{path}' has no file size"),
            ColumnSizes = columnSizes,
            ValueCounts = values,
            NullValueCounts = nulls,
            NanValueCounts = nans,
            LowerBounds = lower,
            UpperBounds = upper,
            KeyMetadata = key,
            SplitOffsets = splits,
            EqualityIds = equality,
            SortOrderId = order,
            FirstRowId = firstRowId,
            ReferencedDataFile = referenced,
            ContentOffset = contentOffset,
            ContentSizeBytes = contentSize,
        };
    }

    private bool IsLeftOut(int id) => !_options.WithMetrics
        && id is (Ids.ColumnSizes or Ids.ValueCounts or Ids.NullValueCounts or Ids.NanValueCounts or Ids.LowerBounds or Ids.UpperBounds);

    private EntryStatus ReadStatus(ref AvroDecoder decoder, AvroSchema type) => ManifestValues.ReadInt(ref decoder, type) switch
    {
        0 => EntryStatus.Existing,
        1 => EntryStatus.Added,
        2 => EntryStatus.Deleted,
        var other => throw Corrupt($"an entry has the status {other}"),
    };

    private FileContent ReadContent(ref AvroDecoder decoder, AvroSchema type) => ManifestValues.ReadInt(ref decoder, type) switch
    {
        null or 0 => FileContent.Data,
        1 => FileContent.PositionDeletes,
        2 => FileContent.EqualityDeletes,
        var other => throw Corrupt($"an entry has the content {other}"),
    };

    private FileFormat ReadFormat(ref AvroDecoder decoder, AvroSchema type)
    {
        var text = ManifestValues.ReadText(ref decoder, type);
        return text?.ToUpperInvariant() switch
        {
            "PARQUET" => FileFormat.Parquet,
            "AVRO" => FileFormat.Avro,
            "ORC" => FileFormat.Orc,
            "PUFFIN" => FileFormat.Puffin,
            _ => throw new ArcticException(ErrorCodes.FormatUnsupported, $"Cannot read '{_manifest.Path}': the file format '{text}' is not known."),
        };
    }

    // Java writes ints, others longs.
    private static int ToFieldId(long number) => number is >= int.MinValue and <= int.MaxValue ? (int)number : throw ManifestValues.Unexpected("a field id");

    private static long[]? ReadList(ref AvroDecoder decoder, AvroSchema type)
    {
        if (!ManifestValues.TryEnter(ref decoder, ref type))
        {
            return null;
        }

        if (type is not AvroSchema.Array { Items: var items })
        {
            throw ManifestValues.Unexpected("a list");
        }

        var list = new List<long>();
        for (var count = decoder.ReadItemCount(); count > 0; count = decoder.ReadItemCount())
        {
            for (; count > 0; count--)
            {
                list.Add(ManifestValues.ReadNumber(ref decoder, items) ?? throw ManifestValues.Unexpected("a number"));
            }
        }

        return [.. list];
    }

    private ArcticException Corrupt(string what) => new(ErrorCodes.TableCorrupt, $"Cannot read the manifest '{_manifest.Path}': {what}.");
}

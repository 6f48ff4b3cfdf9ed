namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>The field ids of manifests and manifest lists, and the names by which files without ids are resolved.</summary>
internal static class ManifestFieldIds
{
    // manifest_entry
    public const int Status = 0;
    public const int SnapshotId = 1;
    public const int DataFile = 2;
    public const int SequenceNumber = 3;
    public const int FileSequenceNumber = 4;

    // data_file
    public const int FilePath = 100;
    public const int FileFormat = 101;
    public const int Partition = 102;
    public const int RecordCount = 103;
    public const int FileSize = 104;
    public const int BlockSize = 105;
    public const int ColumnSizes = 108;
    public const int ValueCounts = 109;
    public const int NullValueCounts = 110;
    public const int LowerBounds = 125;
    public const int UpperBounds = 128;
    public const int KeyMetadata = 131;
    public const int SplitOffsets = 132;
    public const int Content = 134;
    public const int EqualityIds = 135;
    public const int NanValueCounts = 137;
    public const int SortOrderId = 140;
    public const int FirstRowId = 142;
    public const int ReferencedDataFile = 143;
    public const int ContentOffset = 144;
    public const int ContentSize = 145;

    // manifest_file
    public const int ManifestPath = 500;
    public const int ManifestLength = 501;
    public const int ManifestSpecId = 502;
    public const int AddedSnapshotId = 503;
    public const int AddedFiles = 504;
    public const int ExistingFiles = 505;
    public const int DeletedFiles = 506;
    public const int Partitions = 507;
    public const int ContainsNull = 509;
    public const int SummaryLowerBound = 510;
    public const int SummaryUpperBound = 511;
    public const int AddedRows = 512;
    public const int ExistingRows = 513;
    public const int DeletedRows = 514;
    public const int ManifestSequenceNumber = 515;
    public const int MinSequenceNumber = 516;
    public const int ManifestContent = 517;
    public const int ContainsNan = 518;
    public const int ManifestKeyMetadata = 519;
    public const int ManifestFirstRowId = 520;

    /// <summary>Ids of entry fields by name.</summary>
    public static readonly IReadOnlyDictionary<string, int> EntryNames = new Dictionary<string, int>
    {
        ["status"] = Status,
        ["snapshot_id"] = SnapshotId,
        ["data_file"] = DataFile,
        ["sequence_number"] = SequenceNumber,
        ["file_sequence_number"] = FileSequenceNumber,
    };

    /// <summary>Ids of data file fields by name.</summary>
    public static readonly IReadOnlyDictionary<string, int> DataFileNames = new Dictionary<string, int>
    {
        ["content"] = Content,
        ["file_path"] = FilePath,
        ["file_format"] = FileFormat,
        ["partition"] = Partition,
        ["record_count"] = RecordCount,
        ["file_size_in_bytes"] = FileSize,
        ["block_size_in_bytes"] = BlockSize,
        ["column_sizes"] = ColumnSizes,
        ["value_counts"] = ValueCounts,
        ["null_value_counts"] = NullValueCounts,
        ["nan_value_counts"] = NanValueCounts,
        ["lower_bounds"] = LowerBounds,
        ["upper_bounds"] = UpperBounds,
        ["key_metadata"] = KeyMetadata,
        ["split_offsets"] = SplitOffsets,
        ["equality_ids"] = EqualityIds,
        ["sort_order_id"] = SortOrderId,
        ["first_row_id"] = FirstRowId,
        ["referenced_data_file"] = ReferencedDataFile,
        ["content_offset"] = ContentOffset,
        ["content_size_in_bytes"] = ContentSize,
    };

    /// <summary>Ids of manifest list fields by name; the counts under their old names too.</summary>
    public static readonly IReadOnlyDictionary<string, int> ManifestNames = new Dictionary<string, int>
    {
        ["manifest_path"] = ManifestPath,
        ["manifest_length"] = ManifestLength,
        ["partition_spec_id"] = ManifestSpecId,
        ["content"] = ManifestContent,
        ["sequence_number"] = ManifestSequenceNumber,
        ["min_sequence_number"] = MinSequenceNumber,
        ["added_snapshot_id"] = AddedSnapshotId,
        ["added_files_count"] = AddedFiles,
        ["existing_files_count"] = ExistingFiles,
        ["deleted_files_count"] = DeletedFiles,
        ["added_data_files_count"] = AddedFiles,
        ["existing_data_files_count"] = ExistingFiles,
        ["deleted_data_files_count"] = DeletedFiles,
        ["added_rows_count"] = AddedRows,
        ["existing_rows_count"] = ExistingRows,
        ["deleted_rows_count"] = DeletedRows,
        ["partitions"] = Partitions,
        ["key_metadata"] = ManifestKeyMetadata,
        ["first_row_id"] = ManifestFirstRowId,
    };

    /// <summary>Ids of partition summary fields by name.</summary>
    public static readonly IReadOnlyDictionary<string, int> SummaryNames = new Dictionary<string, int>
    {
        ["contains_null"] = ContainsNull,
        ["contains_nan"] = ContainsNan,
        ["lower_bound"] = SummaryLowerBound,
        ["upper_bound"] = SummaryUpperBound,
    };
}

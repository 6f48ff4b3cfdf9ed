using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using static Arctic.Iceberg.Inspecting.MetadataFields;

namespace Arctic.Iceberg.Inspecting;

/// <summary>Data and delete files as rows; <c>files</c> and <c>entries</c> share their columns.</summary>
internal sealed class FileRows
{
    private readonly TableMetadata _metadata;
    private readonly IcebergType.Struct _partition;

    public FileRows(TableMetadata metadata)
    {
        (_metadata, _partition) = (metadata, PartitionValues.TypeOf(metadata));
        Fields =
        [
            Optional("content", DataTypes.Int),
            Required("file_path", DataTypes.String),
            Required("file_format", DataTypes.String),
            Optional("spec_id", DataTypes.Int),
            .. IsPartitioned ? [Required("partition", TypeMapping.ToDataType(_partition))] : Array.Empty<Field>(),
            Required("record_count", DataTypes.BigInt),
            Required("file_size_in_bytes", DataTypes.BigInt),
            Optional("column_sizes", ById(DataTypes.BigInt)),
            Optional("value_counts", ById(DataTypes.BigInt)),
            Optional("null_value_counts", ById(DataTypes.BigInt)),
            Optional("nan_value_counts", ById(DataTypes.BigInt)),
            Optional("lower_bounds", ById(DataTypes.Bytes)),
            Optional("upper_bounds", ById(DataTypes.Bytes)),
            Optional("key_metadata", DataTypes.Bytes),
            Optional("split_offsets", ListOf(DataTypes.BigInt)),
            Optional("equality_ids", ListOf(DataTypes.Int)),
            Optional("sort_order_id", DataTypes.Int),
            Optional("first_row_id", DataTypes.BigInt),
            Optional("referenced_data_file", DataTypes.String),
            Optional("content_offset", DataTypes.BigInt),
            Optional("content_size_in_bytes", DataTypes.BigInt),
        ];
    }

    /// <summary>The columns; without <c>partition</c> when the table never had any.</summary>
    public IReadOnlyList<Field> Fields { get; }

    private bool IsPartitioned => _partition.Fields.Count > 0;

    /// <summary>Writes the cells of a file.</summary>
    public void Write(CellWriter cells, DataFile file)
    {
        cells.Int((int)file.Content).Text(file.FilePath).Text(file.Format.ToString().ToUpperInvariant()).Int(file.SpecId);
        if (IsPartitioned)
        {
            var partition = PartitionValues.Unify(_partition, _metadata.FindSpec(file.SpecId) ?? PartitionSpec.Unpartitioned, file.Partition);
            PartitionValues.Append((RowColumnBuilder)cells.Take(), _partition, partition);
        }

        cells.Long(file.RecordCount).Long(file.FileSizeBytes)
            .Map(file.ColumnSizes).Map(file.ValueCounts).Map(file.NullValueCounts).Map(file.NanValueCounts).Map(file.LowerBounds).Map(file.UpperBounds)
            .Bytes(file.KeyMetadata).List(file.SplitOffsets).List(file.EqualityIds).Int(file.SortOrderId).Long(file.FirstRowId)
            .Text(file.ReferencedDataFile).Long(file.ContentOffset).Long(file.ContentSizeBytes);
    }
}

using System.Globalization;
using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;
using Ids = Arctic.Iceberg.Spec.Manifests.ManifestFieldIds;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>The Avro schemas of the manifests and manifest lists that we write, fields in Java's order.</summary>
internal static class ManifestSchemas
{
    /// <summary>The schema of manifest entries.</summary>
    public static AvroSchema.Record EntryOf(int formatVersion, IcebergType.Struct partition) => formatVersion == 1
        ? Record("manifest_entry", [Field("status", AvroSchemas.Int, Ids.Status), Field("snapshot_id", AvroSchemas.Long, Ids.SnapshotId), Field("data_file", DataFileOf(1, partition), Ids.DataFile)])
        : Record("manifest_entry",
        [
            Field("status", AvroSchemas.Int, Ids.Status),
            Optional("snapshot_id", AvroSchemas.Long, Ids.SnapshotId),
            Optional("sequence_number", AvroSchemas.Long, Ids.SequenceNumber),
            Optional("file_sequence_number", AvroSchemas.Long, Ids.FileSequenceNumber),
            Field("data_file", DataFileOf(formatVersion, partition), Ids.DataFile),
        ]);

    /// <summary>The schema of manifest lists.</summary>
    public static AvroSchema.Record ListOf(int formatVersion)
    {
        var summary = Record("r508",
        [
            Field("contains_null", AvroSchemas.Boolean, Ids.ContainsNull),
            Optional("contains_nan", AvroSchemas.Boolean, Ids.ContainsNan),
            Optional("lower_bound", AvroSchemas.Bytes, Ids.SummaryLowerBound),
            Optional("upper_bound", AvroSchemas.Bytes, Ids.SummaryUpperBound),
        ]);
        List<AvroField> fields =
        [
            Field("manifest_path", AvroSchemas.String, Ids.ManifestPath),
            Field("manifest_length", AvroSchemas.Long, Ids.ManifestLength),
            Field("partition_spec_id", AvroSchemas.Int, Ids.ManifestSpecId),
        ];
        if (formatVersion > 1)
        {
            fields.Add(Field("content", AvroSchemas.Int, Ids.ManifestContent));
            fields.Add(Field("sequence_number", AvroSchemas.Long, Ids.ManifestSequenceNumber));
            fields.Add(Field("min_sequence_number", AvroSchemas.Long, Ids.MinSequenceNumber));
        }

        fields.Add(Field("added_snapshot_id", AvroSchemas.Long, Ids.AddedSnapshotId));
        foreach (var (name, type, id) in (ReadOnlySpan<(string, AvroSchema, int)>)
        [
            ("added_files_count", AvroSchemas.Int, Ids.AddedFiles), ("existing_files_count", AvroSchemas.Int, Ids.ExistingFiles), ("deleted_files_count", AvroSchemas.Int, Ids.DeletedFiles),
            ("added_rows_count", AvroSchemas.Long, Ids.AddedRows), ("existing_rows_count", AvroSchemas.Long, Ids.ExistingRows), ("deleted_rows_count", AvroSchemas.Long, Ids.DeletedRows),
        ])
        {
            fields.Add(formatVersion > 1 ? Field(name, type, id) : Optional(name, type, id));
        }

        fields.Add(Optional("partitions", new AvroSchema.Array(summary) { ElementId = 508 }, Ids.Partitions));
        fields.Add(Optional("key_metadata", AvroSchemas.Bytes, Ids.ManifestKeyMetadata));
        if (formatVersion > 2)
        {
            fields.Add(Optional("first_row_id", AvroSchemas.Long, Ids.ManifestFirstRowId));
        }

        return Record("manifest_file", fields);
    }

    /// <summary>A name that Avro allows: the first character a letter or underscore, the rest also digits; others become <c>_xHH</c>.</summary>
    public static string SanitizedName(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            if (char.IsAsciiLetter(c) || c == '_' || (char.IsAsciiDigit(c) && result.Length > 0))
            {
                result.Append(c);
            }
            else if (char.IsAsciiDigit(c))
            {
                result.Append('_').Append(c);
            }
            else
            {
                result.Append("_x").Append(((int)c).ToString("X", CultureInfo.InvariantCulture));
            }
        }

        return result.Length == 0 ? "_" : result.ToString();
    }

    private static AvroSchema.Record DataFileOf(int formatVersion, IcebergType.Struct partition)
    {
        List<AvroField> fields = [];
        if (formatVersion > 1)
        {
            fields.Add(Field("content", AvroSchemas.Int, Ids.Content));
        }

        fields.AddRange(
        [
            Field("file_path", AvroSchemas.String, Ids.FilePath),
            Field("file_format", AvroSchemas.String, Ids.FileFormat),
            Field("partition", PartitionOf(partition), Ids.Partition),
            Field("record_count", AvroSchemas.Long, Ids.RecordCount),
            Field("file_size_in_bytes", AvroSchemas.Long, Ids.FileSize),
        ]);
        if (formatVersion == 1)
        {
            fields.Add(Field("block_size_in_bytes", AvroSchemas.Long, Ids.BlockSize));
        }

        fields.AddRange(
        [
            Optional("column_sizes", MapOf(117, 118, AvroSchemas.Long), Ids.ColumnSizes),
            Optional("value_counts", MapOf(119, 120, AvroSchemas.Long), Ids.ValueCounts),
            Optional("null_value_counts", MapOf(121, 122, AvroSchemas.Long), Ids.NullValueCounts),
            Optional("nan_value_counts", MapOf(138, 139, AvroSchemas.Long), Ids.NanValueCounts),
            Optional("lower_bounds", MapOf(126, 127, AvroSchemas.Bytes), Ids.LowerBounds),
            Optional("upper_bounds", MapOf(129, 130, AvroSchemas.Bytes), Ids.UpperBounds),
            Optional("key_metadata", AvroSchemas.Bytes, Ids.KeyMetadata),
            Optional("split_offsets", new AvroSchema.Array(AvroSchemas.Long) { ElementId = 133 }, Ids.SplitOffsets),
        ]);
        if (formatVersion > 1)
        {
            fields.Add(Optional("equality_ids", new AvroSchema.Array(AvroSchemas.Int) { ElementId = 136 }, Ids.EqualityIds));
        }

        fields.Add(Optional("sort_order_id", AvroSchemas.Int, Ids.SortOrderId));
        if (formatVersion > 2)
        {
            fields.Add(Optional("first_row_id", AvroSchemas.Long, Ids.FirstRowId));
        }

        if (formatVersion > 1)
        {
            fields.Add(Optional("referenced_data_file", AvroSchemas.String, Ids.ReferencedDataFile));
        }

        if (formatVersion > 2)
        {
            fields.Add(Optional("content_offset", AvroSchemas.Long, Ids.ContentOffset));
            fields.Add(Optional("content_size_in_bytes", AvroSchemas.Long, Ids.ContentSize));
        }

        return Record("r2", fields);
    }

    private static AvroSchema.Record PartitionOf(IcebergType.Struct partition) => Record("r102", partition.Fields.Select(f =>
    {
        var name = SanitizedName(f.Name);
        return Optional(name, PartitionValueOf(f), f.Id) with { IcebergName = name == f.Name ? null : f.Name };
    }));

    private static AvroSchema PartitionValueOf(NestedField field) => field.Type switch
    {
        IcebergType.Boolean => AvroSchemas.Boolean,
        IcebergType.Int => AvroSchemas.Int,
        IcebergType.Long => AvroSchemas.Long,
        IcebergType.Float => new AvroSchema.Primitive(AvroKind.Float),
        IcebergType.Double => new AvroSchema.Primitive(AvroKind.Double),
        IcebergType.Date => new AvroSchema.Primitive(AvroKind.Int) { LogicalType = "date" },
        IcebergType.Time => new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "time-micros" },
        IcebergType.Timestamp => new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-micros", AdjustToUtc = false },
        IcebergType.TimestampTz => new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-micros", AdjustToUtc = true },
        IcebergType.TimestampNs => new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-nanos", AdjustToUtc = false },
        IcebergType.TimestampTzNs => new AvroSchema.Primitive(AvroKind.Long) { LogicalType = "timestamp-nanos", AdjustToUtc = true },
        IcebergType.String => AvroSchemas.String,
        IcebergType.Uuid => new AvroSchema.Fixed("uuid_fixed", 16) { LogicalType = "uuid" },
        IcebergType.Fixed f => new AvroSchema.Fixed(string.Create(CultureInfo.InvariantCulture, $"fixed_{f.Length}"), f.Length),
        IcebergType.Binary => AvroSchemas.Bytes,
        IcebergType.Decimal d => new AvroSchema.Fixed(string.Create(CultureInfo.InvariantCulture, $"decimal_{d.Precision}_{d.Scale}"), DecimalBytes(d.Precision))
        {
            LogicalType = "decimal",
            Precision = d.Precision,
            Scale = d.Scale,
        },
        IcebergType.Unknown => AvroSchemas.String,
        _ => throw new ArcticException(ErrorCodes.FormatUnsupported, $"The partition field '{field.Name}' has type '{field.Type}', which cannot be written to a manifest."),
    };

    /// <summary>The fewest bytes that hold every unscaled value of so many digits.</summary>
    internal static int DecimalBytes(int precision)
    {
        var bytes = 1;
        var greatest = Int128.One;
        for (var i = 0; i < precision; i++)
        {
            greatest *= 10;
        }

        while (bytes < 16 && greatest - 1 > (Int128.One << ((8 * bytes) - 1)) - 1)
        {
            bytes++;
        }

        return bytes;
    }

    // A map with int keys: an array of pairs that says it is a map.
    private static AvroSchema.Array MapOf(int keyId, int valueId, AvroSchema value) =>
        new(Record(string.Create(CultureInfo.InvariantCulture, $"k{keyId}_v{valueId}"), [Field("key", AvroSchemas.Int, keyId), Field("value", value, valueId)])) { LogicalType = "map" };

    private static AvroSchema.Record Record(string name, IEnumerable<AvroField> fields) => new(name) { Fields = fields.ToList() };

    private static AvroField Field(string name, AvroSchema type, int id) => new(name, type, id);

    private static AvroField Optional(string name, AvroSchema type, int id) => new(name, AvroSchema.Optional(type), id);
}

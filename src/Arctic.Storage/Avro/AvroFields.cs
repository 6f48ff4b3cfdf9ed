using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;

namespace Arctic.Storage.Avro;

/// <summary>The columns of an Avro file: what its schema says of names, SQL types and Iceberg's ids.</summary>
internal static class AvroFields
{
    private const int DepthMax = 64;

    // Named types may be referred to many times, so that a short schema can spell out a huge tree.
    private const int CountMax = 100_000;

    /// <summary>The members of the file's record, in the order of their bytes.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: rows are not records, or the types refer to themselves.</exception>
    public static IReadOnlyList<FileField> Of(AvroSchema schema, string file) => schema is AvroSchema.Record record
        ? new Walk(file).MembersOf(record, 0)
        : throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}' as a data file: its Avro schema is not a record.");

    /// <summary>The schema of a value that is there: the branch beside null of an optional one.</summary>
    /// <returns>Null for a union of several types.</returns>
    public static AvroSchema? ValueOf(AvroSchema schema)
    {
        if (schema is not AvroSchema.Union union)
        {
            return schema;
        }

        return (union.Branches.Count, union.NullIndex) switch
        {
            (1, _) => union.Branches[0],
            (2, >= 0 and var nullIndex) => union.Branches[1 - nullIndex],
            _ => null,
        };
    }

    /// <summary>The key and value of an array that stands for a map, which Avro has with string keys alone.</summary>
    public static AvroSchema.Record? EntryOf(AvroSchema.Array array) =>
        array.LogicalType == "map" && array.Items is AvroSchema.Record { Fields.Count: 2 } entry ? entry : null;

    private sealed class Walk(string file)
    {
        private int _count;

        public FileField[] MembersOf(AvroSchema.Record record, int depth) =>
            record.Fields.Select(f => Of(f.IcebergName ?? f.Name, f.FieldId, f.Type, depth + 1)).ToArray();

        private FileField Of(string name, int? id, AvroSchema schema, int depth)
        {
            if (depth > DepthMax || ++_count > CountMax)
            {
                throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': its Avro types are nested deeper than {DepthMax}, or are more than {CountMax}.");
            }

            var isNullable = schema is AvroSchema.Union { NullIndex: >= 0 } or AvroSchema.Primitive { Kind: AvroKind.Null };
            var value = ValueOf(schema);
            var children = value is null ? [] : ChildrenOf(value, depth);
            return new FileField(name, TypeOf(value, children).WithNullability(isNullable), id) { Children = new(children), IsUuid = value?.LogicalType == "uuid" };
        }

        private FileField[] ChildrenOf(AvroSchema schema, int depth)
        {
            switch (schema)
            {
                case AvroSchema.Record record:
                    return MembersOf(record, depth);
                case AvroSchema.Array array when EntryOf(array) is { } entry:
                    var members = MembersOf(entry, depth);
                    return [members[0] with { Name = "key" }, members[1] with { Name = "value" }];
                case AvroSchema.Array array:
                    return [Of("element", array.ElementId, array.Items, depth + 1)];
                case AvroSchema.Map map:
                    return [Of("key", map.KeyId, AvroSchemas.String, depth + 1), Of("value", map.ValueId, map.Values, depth + 1)];
                default:
                    return [];
            }
        }

        private static DataType TypeOf(AvroSchema? schema, FileField[] children) => schema switch
        {
            AvroSchema.Record => new DataType.Row(new EquatableList<Field>(children.Select(c => new Field(c.Name, c.Type)))),
            AvroSchema.Array or AvroSchema.Map => children.Length == 2 ? new DataType.Map(children[0].Type, children[1].Type) : new DataType.Array(children[0].Type),
            AvroSchema.Fixed { LogicalType: "decimal" } or AvroSchema.Primitive { Kind: AvroKind.Bytes, LogicalType: "decimal" } => DecimalOf(schema),
            AvroSchema.Fixed f => new DataType.Binary(f.Size),
            AvroSchema.Enum => DataTypes.String,
            AvroSchema.Primitive primitive => TypeOf(primitive),
            _ => DataTypes.Null,
        };

        private static DataType TypeOf(AvroSchema.Primitive schema) => (schema.Kind, schema.LogicalType) switch
        {
            (AvroKind.Boolean, _) => DataTypes.Boolean,
            (AvroKind.Int, "date") => DataTypes.Date,
            (AvroKind.Int, "time-millis") or (AvroKind.Long, "time-micros") => DataTypes.Time(6),
            (AvroKind.Int, _) => DataTypes.Int,
            (AvroKind.Long, "timestamp-millis" or "timestamp-micros") => schema.AdjustToUtc is false ? DataTypes.Timestamp(6) : DataTypes.TimestampLtz(6),
            (AvroKind.Long, "timestamp-nanos") => schema.AdjustToUtc is false ? DataTypes.Timestamp(9) : DataTypes.TimestampLtz(9),
            (AvroKind.Long, "local-timestamp-millis" or "local-timestamp-micros") => DataTypes.Timestamp(6),
            (AvroKind.Long, "local-timestamp-nanos") => DataTypes.Timestamp(9),
            (AvroKind.Long, _) => DataTypes.BigInt,
            (AvroKind.Float, _) => DataTypes.Float,
            (AvroKind.Double, _) => DataTypes.Double,
            (AvroKind.String, "uuid") => new DataType.Binary(16),
            (AvroKind.String, _) => DataTypes.String,
            (AvroKind.Bytes, _) => DataTypes.Bytes,
            _ => DataTypes.Null,
        };

        // An annotation that is no decimal of ours is left aside, as Avro says of logical types that are not understood.
        private static DataType DecimalOf(AvroSchema schema) => schema is { Precision: >= 1 and <= DataType.Decimal.MaxPrecision and var precision, Scale: >= 0 and var scale } && scale <= precision
            ? DataTypes.Decimal(precision, scale)
            : schema is AvroSchema.Fixed f ? new DataType.Binary(f.Size) : DataTypes.Bytes;
    }
}

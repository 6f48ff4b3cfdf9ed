using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Reads the partition record of manifest entries into tuples in the order of the spec's fields.</summary>
internal sealed class PartitionDecoder
{
    private readonly int[] _targets;
    private readonly AvroSchema[] _types;
    private readonly IcebergType?[] _expected;
    private readonly int _count;
    private PartitionTuple _previous = PartitionTuple.Empty;

    /// <param name="type">The Avro type of field 102.</param>
    /// <param name="partition">The partition type of the spec.</param>
    public PartitionDecoder(AvroSchema type, IcebergType.Struct partition, string file)
    {
        if (type is not AvroSchema.Record record)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, $"Cannot read '{file}': the partition field of its Avro schema is not a record.");
        }

        _count = partition.Fields.Count;
        _types = record.Fields.Select(f => f.Type).ToArray();
        _targets = record.Fields.Select(f => TargetOf(f, partition)).ToArray();
        _expected = _targets.Select(t => t < 0 ? null : partition.Fields[t].Type).ToArray();
    }

    /// <summary>Reads one tuple; equal neighbours share one object.</summary>
    public PartitionTuple Read(ref AvroDecoder decoder)
    {
        var values = new object?[_count];
        for (var i = 0; i < _types.Length; i++)
        {
            if (_targets[i] < 0)
            {
                decoder.Skip(_types[i]);
            }
            else
            {
                values[_targets[i]] = ReadValue(ref decoder, _types[i], _expected[i]!);
            }
        }

        var tuple = new PartitionTuple(values);
        return _previous.Equals(tuple) ? _previous : _previous = tuple;
    }

    private static int TargetOf(AvroField field, IcebergType.Struct partition)
    {
        for (var i = 0; i < partition.Fields.Count; i++)
        {
            if (field.FieldId is { } id ? partition.Fields[i].Id == id : partition.Fields[i].Name == (field.IcebergName ?? field.Name))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Reads a value as the spec has it now: a column may have been promoted, and writers differ in their Avro types for dates, uuids and decimals.</summary>
    private static object? ReadValue(ref AvroDecoder decoder, AvroSchema type, IcebergType expected)
    {
        if (!ManifestValues.TryEnter(ref decoder, ref type))
        {
            return null;
        }

        switch (type)
        {
            case AvroSchema.Primitive { Kind: AvroKind.Int or AvroKind.Long }:
                return Narrowed(decoder.ReadLong(), type, expected);
            case AvroSchema.Primitive { Kind: AvroKind.Float }:
                var single = decoder.ReadFloat();
                return expected is IcebergType.Double ? (object)(double)single : single;
            case AvroSchema.Primitive { Kind: AvroKind.Double }:
                return decoder.ReadDouble();
            case AvroSchema.Primitive { Kind: AvroKind.Boolean }:
                return decoder.ReadBoolean();
            case AvroSchema.Primitive { Kind: AvroKind.String }:
                var text = decoder.ReadString();
                return expected is IcebergType.Uuid && Guid.TryParse(text, out var uuid) ? uuid.ToByteArray(bigEndian: true) : text;
            case AvroSchema.Primitive { Kind: AvroKind.Bytes }:
                return BytesValue(decoder.ReadBytes(), type, expected);
            case AvroSchema.Fixed f:
                return BytesValue(decoder.ReadFixed(f.Size), type, expected);
            default:
                throw ManifestValues.Unexpected("a primitive partition value");
        }
    }

    // The casts to object keep the arms from being widened to long.
    private static object Narrowed(long value, AvroSchema type, IcebergType expected) => expected switch
    {
        // Boxed here: the arms' common type would be long.
        IcebergType.Int or IcebergType.Date => value is >= int.MinValue and <= int.MaxValue
            ? (object)(int)value
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"A partition value {value} does not fit into the type '{expected}'."),
        IcebergType.Unknown when type is AvroSchema.Primitive { Kind: AvroKind.Int } => (object)(int)value,
        _ => value,
    };

    private static object BytesValue(ReadOnlySpan<byte> bytes, AvroSchema type, IcebergType expected) =>
        (expected is IcebergType.Decimal || (expected is IcebergType.Unknown && type.LogicalType == "decimal")) && bytes.Length is > 0 and <= 16
            ? BoundCodec.DecodeUnscaled(bytes)
            : bytes.ToArray();
}

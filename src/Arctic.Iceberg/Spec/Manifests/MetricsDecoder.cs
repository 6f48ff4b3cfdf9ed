using Arctic.Columnar.Errors;
using Arctic.Storage.Avro;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Reads the maps of manifest entries from field id to number or bytes. Keeps scratch arrays: one a reader, not thread-safe.</summary>
/// <param name="fieldIds">The fields whose metrics are wanted; null for all.</param>
internal sealed class MetricsDecoder(IReadOnlySet<int>? fieldIds)
{
    private int[] _ids = new int[64];
    private long[] _numbers = new long[64];
    private (int Start, int Length)[] _ranges = new (int, int)[64];

    /// <summary>Reads a map of numbers.</summary>
    public FieldIdMap<long>? ReadNumbers(ref AvroDecoder decoder, AvroSchema type)
    {
        if (!ManifestValues.TryEnter(ref decoder, ref type))
        {
            return null;
        }

        CheckPair(type, AvroKind.Int, AvroKind.Long);
        var count = 0;
        for (var items = decoder.ReadItemCount(); items > 0; items = decoder.ReadItemCount())
        {
            for (; items > 0; items--)
            {
                var id = decoder.ReadInt();
                var number = decoder.ReadLong();
                if (fieldIds is null || fieldIds.Contains(id))
                {
                    Reserve(count);
                    _ids[count] = id;
                    _numbers[count++] = number;
                }
            }
        }

        return new FieldIdMap<long>(_ids.AsSpan(0, count).ToArray(), _numbers.AsSpan(0, count).ToArray());
    }

    /// <summary>Reads a map of bytes; the values share one array.</summary>
    public FieldIdMap<ReadOnlyMemory<byte>>? ReadBytes(ref AvroDecoder decoder, AvroSchema type, ReadOnlySpan<byte> block)
    {
        if (!ManifestValues.TryEnter(ref decoder, ref type))
        {
            return null;
        }

        CheckPair(type, AvroKind.Bytes, AvroKind.String);
        var (count, length) = (0, 0);
        for (var items = decoder.ReadItemCount(); items > 0; items = decoder.ReadItemCount())
        {
            for (; items > 0; items--)
            {
                var id = decoder.ReadInt();
                var value = decoder.ReadBytes();
                if (fieldIds is null || fieldIds.Contains(id))
                {
                    Reserve(count);
                    _ids[count] = id;
                    _ranges[count++] = (decoder.Position - value.Length, value.Length);
                    length += value.Length;
                }
            }
        }

        var shared = new byte[length];
        var values = new ReadOnlyMemory<byte>[count];
        var filled = 0;
        for (var i = 0; i < count; i++)
        {
            var (start, size) = _ranges[i];
            block.Slice(start, size).CopyTo(shared.AsSpan(filled));
            values[i] = shared.AsMemory(filled, size);
            filled += size;
        }

        return new FieldIdMap<ReadOnlyMemory<byte>>(_ids.AsSpan(0, count).ToArray(), values);
    }

    private static void CheckPair(AvroSchema type, AvroKind one, AvroKind other)
    {
        // A map with int keys is an array of key-value records, key first.
        if (type is not AvroSchema.Array { Items: AvroSchema.Record { Fields: [{ Type: AvroSchema.Primitive { Kind: AvroKind.Int or AvroKind.Long } }, { Type: AvroSchema.Primitive value }] } }
            || (value.Kind != one && value.Kind != other))
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, "A manifest's Avro schema has another type where a map of metrics belongs.");
        }
    }

    private void Reserve(int index)
    {
        if (index == _ids.Length)
        {
            Array.Resize(ref _ids, index * 2);
            Array.Resize(ref _numbers, index * 2);
            Array.Resize(ref _ranges, index * 2);
        }
    }
}

using Arctic.Storage.Avro;

namespace Arctic.Iceberg.Spec.Manifests;

/// <summary>Writes manifest entries in the field order of <see cref="ManifestSchemas.EntryOf"/>.</summary>
internal sealed class ManifestEntryEncoder(AvroEncoder encoder, int formatVersion, IcebergType.Struct partition)
{
    private const long BlockSizeOfV1 = 64 * 1024 * 1024;

    private readonly int[] _decimalBytes = partition.Fields.Select(f => f.Type is IcebergType.Decimal d ? ManifestSchemas.DecimalBytes(d.Precision) : 0).ToArray();

    /// <summary>Writes one entry.</summary>
    public void Write(ManifestEntry entry, long snapshotId)
    {
        encoder.WriteLong((int)entry.Status);
        if (formatVersion == 1)
        {
            encoder.WriteLong(entry.SnapshotId ?? snapshotId);
        }
        else
        {
            WriteOptional(entry.SnapshotId ?? snapshotId);
            WriteOptional(entry.SequenceNumber);
            WriteOptional(entry.FileSequenceNumber);
        }

        WriteFile(entry.File);
    }

    private void WriteFile(DataFile file)
    {
        if (formatVersion > 1)
        {
            encoder.WriteLong((int)file.Content);
        }

        encoder.WriteString(file.FilePath);
        encoder.WriteString(file.Format.ToString().ToUpperInvariant());
        for (var i = 0; i < partition.Fields.Count; i++)
        {
            WritePartitionValue(file.Partition[i], partition.Fields[i].Type, _decimalBytes[i]);
        }

        encoder.WriteLong(file.RecordCount);
        encoder.WriteLong(file.FileSizeBytes);
        if (formatVersion == 1)
        {
            encoder.WriteLong(BlockSizeOfV1);
        }

        WriteNumbers(file.ColumnSizes);
        WriteNumbers(file.ValueCounts);
        WriteNumbers(file.NullValueCounts);
        WriteNumbers(file.NanValueCounts);
        WriteBounds(file.LowerBounds);
        WriteBounds(file.UpperBounds);
        WriteOptional(file.KeyMetadata);
        WriteList(file.SplitOffsets);
        if (formatVersion > 1)
        {
            WriteList(file.EqualityIds is { } ids ? Array.ConvertAll(ids, id => (long)id) : null);
        }

        WriteOptional(file.SortOrderId);
        if (formatVersion > 2)
        {
            WriteOptional(file.FirstRowId);
        }

        if (formatVersion > 1)
        {
            WriteOptional(file.ReferencedDataFile);
        }

        if (formatVersion > 2)
        {
            WriteOptional(file.ContentOffset);
            WriteOptional(file.ContentSizeBytes);
        }
    }

    private void WritePartitionValue(object? value, IcebergType type, int decimalBytes)
    {
        if (!WriteIsPresent(value is not null))
        {
            return;
        }

        switch (value)
        {
            case bool flag:
                encoder.WriteBoolean(flag);
                break;
            case int number:
                encoder.WriteLong(number);
                break;
            case long number:
                encoder.WriteLong(number);
                break;
            case float number:
                encoder.WriteFloat(number);
                break;
            case double number:
                encoder.WriteDouble(number);
                break;
            case string text:
                encoder.WriteString(text);
                break;
            case Int128 unscaled:
                Span<byte> all = stackalloc byte[16];
                System.Buffers.Binary.BinaryPrimitives.WriteInt128BigEndian(all, unscaled);
                encoder.WriteRaw(all[(16 - decimalBytes)..]);
                break;
            case byte[] bytes when type is IcebergType.Binary:
                encoder.WriteBytes(bytes);
                break;
            case byte[] bytes:
                encoder.WriteRaw(bytes);
                break;
            default:
                throw new ArgumentException($"A partition value of type {value!.GetType().Name} is not one of the type '{type}'.", nameof(value));
        }
    }

    private void WriteNumbers(FieldIdMap<long>? map)
    {
        if (!WriteIsPresent(map is not null))
        {
            return;
        }

        if (map!.Count > 0)
        {
            encoder.WriteLong(map.Count);
            for (var i = 0; i < map.Count; i++)
            {
                encoder.WriteLong(map.Ids[i]);
                encoder.WriteLong(map.Values[i]);
            }
        }

        encoder.WriteLong(0);
    }

    private void WriteBounds(FieldIdMap<ReadOnlyMemory<byte>>? map)
    {
        if (!WriteIsPresent(map is not null))
        {
            return;
        }

        if (map!.Count > 0)
        {
            encoder.WriteLong(map.Count);
            for (var i = 0; i < map.Count; i++)
            {
                encoder.WriteLong(map.Ids[i]);
                encoder.WriteBytes(map.Values[i].Span);
            }
        }

        encoder.WriteLong(0);
    }

    private void WriteList(long[]? list)
    {
        if (!WriteIsPresent(list is not null))
        {
            return;
        }

        if (list!.Length > 0)
        {
            encoder.WriteLong(list.Length);
            foreach (var item in list)
            {
                encoder.WriteLong(item);
            }
        }

        encoder.WriteLong(0);
    }

    private void WriteOptional(long? value)
    {
        if (WriteIsPresent(value is not null))
        {
            encoder.WriteLong(value!.Value);
        }
    }

    private void WriteOptional(string? value)
    {
        if (WriteIsPresent(value is not null))
        {
            encoder.WriteString(value!);
        }
    }

    private void WriteOptional(byte[]? value)
    {
        if (WriteIsPresent(value is not null))
        {
            encoder.WriteBytes(value);
        }
    }

    // The branch of ["null", T].
    private bool WriteIsPresent(bool isPresent)
    {
        encoder.WriteLong(isPresent ? 1 : 0);
        return isPresent;
    }
}

namespace Arctic.Storage.Parquet;

/// <summary>What stands before the bytes of a page.</summary>
internal readonly record struct ParquetPageHeader
{
    /// <summary>The kind of page.</summary>
    public ParquetPageType Type { get; private init; }

    /// <summary>The bytes of the header itself: the page begins behind them.</summary>
    public int HeaderLength { get; private init; }

    /// <summary>The bytes of the page in the file; -1 when it is not said.</summary>
    public int PackedLength { get; private init; }

    /// <summary>The bytes that they become.</summary>
    public int Length { get; private init; }

    /// <summary>The CRC-32 of the page as it is in the file; null when it has none.</summary>
    public uint? Checksum { get; private init; }

    /// <summary>The values of a data page, NULLs included, or of a dictionary.</summary>
    public int ValueCount { get; private init; }

    /// <summary>How a dictionary's values are stored; null for other pages.</summary>
    public ParquetEncoding? DictionaryEncoding { get; private init; }

    /// <summary>Reads the header that the bytes begin with.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>TABLE_CORRUPT</c>: they begin with none.</exception>
    public static ParquetPageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var header = new ParquetPageHeader { PackedLength = -1 };
        var reader = new ThriftCompactReader(bytes);
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    header = header with { Type = (ParquetPageType)reader.ReadInt(type) };
                    break;
                case 2:
                    header = header with { Length = reader.ReadInt(type) };
                    break;
                case 3:
                    header = header with { PackedLength = reader.ReadInt(type) };
                    break;
                case 4:
                    header = header with { Checksum = (uint)reader.ReadInt(type) };
                    break;
                case 5 or 7 or 8: // of a data page, a dictionary, a data page of the second version
                    header = ReadKind(header, ref reader, type, isDictionary: id == 7);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return header with { HeaderLength = reader.Position };
    }

    private static ParquetPageHeader ReadKind(ParquetPageHeader header, ref ThriftCompactReader reader, ThriftType type, bool isDictionary)
    {
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var memberType);)
        {
            switch (id)
            {
                case 1:
                    header = header with { ValueCount = reader.ReadInt(memberType) };
                    break;
                case 2 when isDictionary:
                    header = header with { DictionaryEncoding = (ParquetEncoding)reader.ReadInt(memberType) };
                    break;
                default:
                    reader.Skip(memberType);
                    break;
            }
        }

        reader.ExitStruct();
        return header;
    }
}

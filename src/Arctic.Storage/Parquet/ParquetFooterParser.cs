using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>Parses the Thrift struct <c>FileMetaData</c>; unknown fields are skipped. Field numbers are those of the format's <c>parquet.thrift</c>.</summary>
internal static class ParquetFooterParser
{
    private const int SchemaDepthMax = 100;

    /// <summary>Parses the metadata of a file, without its length and magic.</summary>
    public static ParquetFooter Parse(ReadOnlySpan<byte> metadata)
    {
        var reader = new ThriftCompactReader(metadata);
        List<SchemaElement> schema = [];
        List<RawRowGroup> rowGroups = [];
        var keyValues = new Dictionary<string, string>(StringComparer.Ordinal);
        long rowCount = 0;
        string? createdBy = null;
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 2:
                    ReadList(ref reader, type, schema, ReadSchemaElement);
                    break;
                case 3:
                    rowCount = reader.ReadLong(type);
                    break;
                case 4:
                    ReadList(ref reader, type, rowGroups, ReadRowGroup);
                    break;
                case 5:
                    ReadKeyValues(ref reader, type, keyValues);
                    break;
                case 6:
                    createdBy = reader.ReadString(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        List<ParquetNode> leaves = [];
        var next = 0;
        var root = BuildNode(schema, ref next, leaves, isRepeated: false, depth: 0);
        return new ParquetFooter
        {
            RowCount = rowCount,
            Root = root,
            Leaves = leaves,
            RowGroups = rowGroups.Select(g => BuildRowGroup(g, leaves)).ToArray(),
            KeyValues = keyValues,
            CreatedBy = createdBy,
        };
    }

    /// <summary>Reads key-values into a dictionary.</summary>
    public static void ReadKeyValues(ref ThriftCompactReader reader, ThriftType type, Dictionary<string, string> keyValues)
    {
        var count = reader.ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            string key = "", value = "";
            reader.EnterStruct(elementType);
            for (var id = 0; reader.TryReadField(ref id, out var fieldType);)
            {
                switch (id)
                {
                    case 1:
                        key = reader.ReadString(fieldType);
                        break;
                    case 2:
                        value = reader.ReadString(fieldType);
                        break;
                    default:
                        reader.Skip(fieldType);
                        break;
                }
            }

            reader.ExitStruct();
            keyValues[key] = value;
        }
    }

    private delegate T ReadElement<T>(ref ThriftCompactReader reader);

    private static void ReadList<T>(ref ThriftCompactReader reader, ThriftType type, List<T> target, ReadElement<T> read)
    {
        var count = reader.ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            reader.EnterStruct(elementType);
            target.Add(read(ref reader));
            reader.ExitStruct();
        }
    }

    private static SchemaElement ReadSchemaElement(ref ThriftCompactReader reader)
    {
        var element = new SchemaElement();
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    element.PhysicalType = (ParquetPhysicalType)reader.ReadInt(type);
                    break;
                case 2:
                    element.TypeLength = reader.ReadInt(type);
                    break;
                case 3:
                    element.Repetition = (ParquetRepetition)reader.ReadInt(type);
                    break;
                case 4:
                    element.Name = reader.ReadString(type);
                    break;
                case 5:
                    element.ChildCount = reader.ReadInt(type);
                    break;
                case 6:
                    element.ConvertedType = reader.ReadInt(type);
                    break;
                case 7:
                    element.Scale = reader.ReadInt(type);
                    break;
                case 8:
                    element.Precision = reader.ReadInt(type);
                    break;
                case 9:
                    element.FieldId = reader.ReadInt(type);
                    break;
                case 10:
                    element.Logical = ReadLogicalType(ref reader, type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return element;
    }

    private static ParquetLogicalType ReadLogicalType(ref ThriftCompactReader reader, ThriftType type)
    {
        var result = default(ParquetLogicalType);
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var memberType);)
        {
            var kind = Enum.IsDefined((ParquetLogicalKind)id) ? (ParquetLogicalKind)id : ParquetLogicalKind.Other;
            result = ReadLogicalMember(ref reader, memberType, kind);
        }

        reader.ExitStruct();
        return result;
    }

    private static ParquetLogicalType ReadLogicalMember(ref ThriftCompactReader reader, ThriftType type, ParquetLogicalKind kind)
    {
        var result = new ParquetLogicalType(kind);
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var fieldType);)
        {
            result = (kind, id) switch
            {
                (ParquetLogicalKind.Decimal, 1) => result with { Scale = reader.ReadInt(fieldType) },
                (ParquetLogicalKind.Decimal, 2) => result with { Precision = reader.ReadInt(fieldType) },
                (ParquetLogicalKind.Time or ParquetLogicalKind.Timestamp, 1) => result with { IsAdjustedToUtc = ThriftCompactReader.ReadBool(fieldType) },
                (ParquetLogicalKind.Time or ParquetLogicalKind.Timestamp, 2) => result with { Unit = ReadUnit(ref reader, fieldType) },
                (ParquetLogicalKind.Integer, 1) => result with { BitWidth = reader.ReadInt(fieldType) },
                (ParquetLogicalKind.Integer, 2) => result with { IsSigned = ThriftCompactReader.ReadBool(fieldType) },
                _ => Skipped(ref reader, fieldType, result),
            };
        }

        reader.ExitStruct();
        return result;
    }

    private static ParquetTimeUnit ReadUnit(ref ThriftCompactReader reader, ThriftType type)
    {
        var unit = ParquetTimeUnit.Micros;
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var fieldType);)
        {
            unit = (ParquetTimeUnit)id;
            reader.Skip(fieldType);
        }

        reader.ExitStruct();
        return unit;
    }

    private static ParquetLogicalType Skipped(ref ThriftCompactReader reader, ThriftType type, ParquetLogicalType result)
    {
        reader.Skip(type);
        return result;
    }

    private static RawRowGroup ReadRowGroup(ref ThriftCompactReader reader)
    {
        var group = new RawRowGroup();
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    ReadList(ref reader, type, group.Columns, ReadColumnChunk);
                    break;
                case 3:
                    group.RowCount = reader.ReadLong(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return group;
    }

    private static RawChunk ReadColumnChunk(ref ThriftCompactReader reader)
    {
        var chunk = new RawChunk();
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 3:
                    reader.EnterStruct(type);
                    ReadColumnMetaData(ref reader, chunk);
                    reader.ExitStruct();
                    break;
                case 4:
                    chunk.OffsetIndexOffset = reader.ReadLong(type);
                    break;
                case 5:
                    chunk.OffsetIndexLength = reader.ReadInt(type);
                    break;
                case 6:
                    chunk.ColumnIndexOffset = reader.ReadLong(type);
                    break;
                case 7:
                    chunk.ColumnIndexLength = reader.ReadInt(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        return chunk;
    }

    private static void ReadColumnMetaData(ref ThriftCompactReader reader, RawChunk chunk)
    {
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 2:
                    ReadEncodings(ref reader, type, chunk);
                    break;
                case 4:
                    chunk.Codec = (ParquetCodec)reader.ReadInt(type);
                    break;
                case 5:
                    chunk.ValueCount = reader.ReadLong(type);
                    break;
                case 6:
                    chunk.UncompressedSize = reader.ReadLong(type);
                    break;
                case 7:
                    chunk.CompressedSize = reader.ReadLong(type);
                    break;
                case 9:
                    chunk.DataPageOffset = reader.ReadLong(type);
                    break;
                case 11:
                    chunk.DictionaryPageOffset = reader.ReadLong(type);
                    break;
                case 12:
                    reader.EnterStruct(type);
                    ReadStatistics(ref reader, chunk);
                    reader.ExitStruct();
                    break;
                case 13:
                    ReadEncodingStats(ref reader, type, chunk);
                    break;
                case 14:
                    chunk.BloomFilterOffset = reader.ReadLong(type);
                    break;
                case 15:
                    chunk.BloomFilterLength = reader.ReadInt(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }

    private static void ReadEncodings(ref ThriftCompactReader reader, ThriftType type, RawChunk chunk)
    {
        var count = reader.ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            chunk.Encodings.Add((ParquetEncoding)reader.ReadInt(elementType));
        }
    }

    // Counts of pages by kind and encoding.
    private static void ReadEncodingStats(ref ThriftCompactReader reader, ThriftType type, RawChunk chunk)
    {
        var count = reader.ReadList(type, out var elementType);
        var (pages, others) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var page = ParquetPageType.Index;
            var encoding = ParquetEncoding.Plain;
            reader.EnterStruct(elementType);
            for (var id = 0; reader.TryReadField(ref id, out var fieldType);)
            {
                switch (id)
                {
                    case 1:
                        page = (ParquetPageType)reader.ReadInt(fieldType);
                        break;
                    case 2:
                        encoding = (ParquetEncoding)reader.ReadInt(fieldType);
                        break;
                    default:
                        reader.Skip(fieldType);
                        break;
                }
            }

            reader.ExitStruct();
            if (page is ParquetPageType.Data or ParquetPageType.DataV2)
            {
                pages++;
                others += IsDictionary(encoding) ? 0 : 1;
            }
        }

        chunk.IsDictionaryOnly = pages > 0 && others == 0;
    }

    private static bool IsDictionary(ParquetEncoding encoding) => encoding is ParquetEncoding.PlainDictionary or ParquetEncoding.RleDictionary;

    // Where pages are not counted the list of encodings tells, if it is an old writer's: its name for dictionary pages is none that data pages without a dictionary have.
    private static bool HasOnlyDictionaryPages(RawChunk chunk) => chunk.IsDictionaryOnly
        ?? (chunk.Encodings.Contains(ParquetEncoding.PlainDictionary)
            && chunk.Encodings.TrueForAll(e => e is ParquetEncoding.PlainDictionary or ParquetEncoding.Rle or ParquetEncoding.BitPacked));

    private static void ReadStatistics(ref ThriftCompactReader reader, RawChunk chunk)
    {
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    chunk.OldMax = reader.ReadBinary(type).ToArray();
                    break;
                case 2:
                    chunk.OldMin = reader.ReadBinary(type).ToArray();
                    break;
                case 3:
                    chunk.NullCount = reader.ReadLong(type);
                    break;
                case 5:
                    chunk.Max = reader.ReadBinary(type).ToArray();
                    break;
                case 6:
                    chunk.Min = reader.ReadBinary(type).ToArray();
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
    }

    private static ParquetNode BuildNode(List<SchemaElement> schema, ref int next, List<ParquetNode> leaves, bool isRepeated, int depth)
    {
        if (next >= schema.Count || depth > SchemaDepthMax)
        {
            throw new ArcticException(ErrorCodes.TableCorrupt, "Cannot read Parquet metadata: the schema is cut off or nests too deeply.");
        }

        var element = schema[next++];
        isRepeated |= element.Repetition == ParquetRepetition.Repeated;
        var isGroup = element.PhysicalType is null;
        var children = new List<ParquetNode>();
        for (var i = 0; isGroup && i < element.ChildCount; i++)
        {
            children.Add(BuildNode(schema, ref next, leaves, isRepeated, depth + 1));
        }

        var node = new ParquetNode
        {
            Name = element.Name,
            FieldId = element.FieldId,
            Repetition = element.Repetition,
            PhysicalType = element.PhysicalType,
            TypeLength = element.TypeLength,
            Logical = element.Logical.Kind == ParquetLogicalKind.None ? FromConverted(element) : element.Logical,
            Children = children,
            IsRepeated = isRepeated,
        };
        if (!isGroup)
        {
            leaves.Add(node);
        }

        return node;
    }

    private static ParquetLogicalType FromConverted(SchemaElement element) => element.ConvertedType switch
    {
        0 => new ParquetLogicalType(ParquetLogicalKind.String),
        1 or 2 => new ParquetLogicalType(ParquetLogicalKind.Map),
        3 => new ParquetLogicalType(ParquetLogicalKind.List),
        4 => new ParquetLogicalType(ParquetLogicalKind.Enum),
        5 => new ParquetLogicalType(ParquetLogicalKind.Decimal, element.Precision, element.Scale),
        6 => new ParquetLogicalType(ParquetLogicalKind.Date),
        7 => new ParquetLogicalType(ParquetLogicalKind.Time, IsAdjustedToUtc: true, Unit: ParquetTimeUnit.Millis),
        8 => new ParquetLogicalType(ParquetLogicalKind.Time, IsAdjustedToUtc: true),
        9 => new ParquetLogicalType(ParquetLogicalKind.Timestamp, IsAdjustedToUtc: true, Unit: ParquetTimeUnit.Millis),
        10 => new ParquetLogicalType(ParquetLogicalKind.Timestamp, IsAdjustedToUtc: true),
        >= 11 and <= 14 and var unsigned => new ParquetLogicalType(ParquetLogicalKind.Integer, BitWidth: 8 << (unsigned - 11), IsSigned: false),
        >= 15 and <= 18 and var signed => new ParquetLogicalType(ParquetLogicalKind.Integer, BitWidth: 8 << (signed - 15)),
        19 => new ParquetLogicalType(ParquetLogicalKind.Json),
        20 => new ParquetLogicalType(ParquetLogicalKind.Bson),
        _ => default,
    };

    private static ParquetRowGroup BuildRowGroup(RawRowGroup group, List<ParquetNode> leaves)
    {
        if (group.Columns.Count != leaves.Count)
        {
            throw new ArcticException(
                ErrorCodes.TableCorrupt, $"Cannot read Parquet metadata: a row group has {group.Columns.Count} column chunks, the schema {leaves.Count} leaves.");
        }

        var chunks = group.Columns.Select((c, i) => BuildChunk(c, leaves[i])).ToArray();
        return new ParquetRowGroup(group.RowCount, chunks.Length == 0 ? 0 : chunks[0].StartOffset, chunks);
    }

    private static ParquetColumnChunk BuildChunk(RawChunk chunk, ParquetNode leaf)
    {
        // The old pair of fields was written with a signed comparison of bytes, which is right for numbers only.
        var isOldUsable = leaf.PhysicalType is ParquetPhysicalType.Boolean or ParquetPhysicalType.Int32 or ParquetPhysicalType.Int64 or ParquetPhysicalType.Float or ParquetPhysicalType.Double
            && !(leaf.Logical is { Kind: ParquetLogicalKind.Integer, IsSigned: false });
        var min = chunk.Min ?? (isOldUsable ? chunk.OldMin : null);
        var max = chunk.Max ?? (isOldUsable ? chunk.OldMax : null);
        return new ParquetColumnChunk
        {
            ValueCount = chunk.ValueCount,
            CompressedSize = chunk.CompressedSize,
            UncompressedSize = chunk.UncompressedSize,
            StartOffset = chunk.DictionaryPageOffset is > 0 and var dictionary && dictionary < chunk.DataPageOffset ? dictionary : chunk.DataPageOffset,
            Codec = chunk.Codec,
            IsDictionaryOnly = HasOnlyDictionaryPages(chunk),
            DictionaryPage = DictionaryOf(chunk),
            BloomFilter = chunk.BloomFilterOffset is > 0 and var bloom ? new ParquetSection(bloom, Math.Max(0, chunk.BloomFilterLength)) : null,
            ColumnIndex = SectionOf(chunk.ColumnIndexOffset, chunk.ColumnIndexLength),
            OffsetIndex = SectionOf(chunk.OffsetIndexOffset, chunk.OffsetIndexLength),
            NullCount = chunk.NullCount,
            Min = BoundOf(min, leaf),
            Max = BoundOf(max, leaf),
        };
    }

    private static ParquetSection? SectionOf(long offset, int length) => offset > 0 && length > 0 ? new ParquetSection(offset, length) : null;

    private static ParquetSection? DictionaryOf(RawChunk chunk) =>
        chunk.DictionaryPageOffset is > 0 and var offset && chunk.DataPageOffset - offset is > 0 and <= int.MaxValue and var length ? new ParquetSection(offset, (int)length) : null;

    // A bare null would become an empty value through the conversion from arrays.
    internal static ReadOnlyMemory<byte>? BoundOf(byte[]? value, ParquetNode leaf) => HasRightLength(value, leaf) ? new ReadOnlyMemory<byte>(value) : default(ReadOnlyMemory<byte>?);

    // A value of another length would be read past its end, or compared wrongly.
    private static bool HasRightLength(byte[]? value, ParquetNode leaf) => value is not null && leaf.PhysicalType switch
    {
        ParquetPhysicalType.Boolean => value.Length == 1,
        ParquetPhysicalType.Int32 or ParquetPhysicalType.Float => value.Length == 4,
        ParquetPhysicalType.Int64 or ParquetPhysicalType.Double => value.Length == 8,
        ParquetPhysicalType.FixedLengthByteArray => value.Length == leaf.TypeLength,
        ParquetPhysicalType.Int96 => false,
        _ => true,
    };

    private sealed class SchemaElement
    {
        public ParquetPhysicalType? PhysicalType { get; set; }

        public int TypeLength { get; set; }

        public ParquetRepetition Repetition { get; set; }

        public string Name { get; set; } = "";

        public int ChildCount { get; set; }

        public int? ConvertedType { get; set; }

        public int Scale { get; set; }

        public int Precision { get; set; }

        public int? FieldId { get; set; }

        public ParquetLogicalType Logical { get; set; }
    }

    private sealed class RawRowGroup
    {
        public List<RawChunk> Columns { get; } = [];

        public long RowCount { get; set; }
    }

    private sealed class RawChunk
    {
        public long ValueCount { get; set; }

        public long UncompressedSize { get; set; }

        public long CompressedSize { get; set; }

        public long DataPageOffset { get; set; }

        public long? DictionaryPageOffset { get; set; }

        public ParquetCodec Codec { get; set; }

        public List<ParquetEncoding> Encodings { get; } = [];

        public bool? IsDictionaryOnly { get; set; }

        public long? BloomFilterOffset { get; set; }

        public int BloomFilterLength { get; set; }

        public long OffsetIndexOffset { get; set; }

        public int OffsetIndexLength { get; set; }

        public long ColumnIndexOffset { get; set; }

        public int ColumnIndexLength { get; set; }

        public long? NullCount { get; set; }

        public byte[]? Min { get; set; }

        public byte[]? Max { get; set; }

        public byte[]? OldMin { get; set; }

        public byte[]? OldMax { get; set; }
    }
}

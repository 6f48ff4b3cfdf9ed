namespace Arctic.Storage.Parquet;

/// <summary>Kinds of pages, numbered as in the format.</summary>
internal enum ParquetPageType
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}

/// <summary>Encodings of values, numbered as in the format.</summary>
internal enum ParquetEncoding
{
    Plain = 0,

    /// <summary>In data pages indices into the dictionary, in dictionary pages plain values.</summary>
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

using System.Text;

namespace Arctic.Storage.Parquet;

/// <summary>Adds key-values to serialized file metadata, leaving every other byte of a value as it is.</summary>
internal static class ParquetFooterRewriter
{
    private const int KeyValuesField = 5;

    /// <summary>The metadata with the given key-values merged into its own.</summary>
    public static byte[] AddKeyValues(ReadOnlySpan<byte> metadata, IReadOnlyDictionary<string, string> keyValues)
    {
        var merged = new Dictionary<string, string>(StringComparer.Ordinal);
        var output = new MemoryStream(metadata.Length + 1024);
        var reader = new ThriftCompactReader(metadata);
        var lastWritten = 0;
        var isMissing = true;
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            var start = reader.Position;
            if (id == KeyValuesField)
            {
                ParquetFooterParser.ReadKeyValues(ref reader, type, merged);
                continue;
            }

            if (id > KeyValuesField && isMissing)
            {
                WriteKeyValues(output, ref lastWritten, merged, keyValues);
                isMissing = false;
            }

            reader.Skip(type);
            WriteFieldHeader(output, ref lastWritten, id, type);
            output.Write(metadata[start..reader.Position]);
        }

        if (isMissing)
        {
            WriteKeyValues(output, ref lastWritten, merged, keyValues);
        }

        output.WriteByte((byte)ThriftType.Stop);
        return output.ToArray();
    }

    private static void WriteKeyValues(MemoryStream output, ref int last, Dictionary<string, string> merged, IReadOnlyDictionary<string, string> added)
    {
        foreach (var (key, value) in added)
        {
            merged[key] = value;
        }

        WriteFieldHeader(output, ref last, KeyValuesField, ThriftType.List);
        if (merged.Count < 15)
        {
            output.WriteByte((byte)((merged.Count << 4) | (int)ThriftType.Struct));
        }
        else
        {
            output.WriteByte(0xF0 | (int)ThriftType.Struct);
            WriteVarint(output, (ulong)merged.Count);
        }

        foreach (var (key, value) in merged)
        {
            var field = 0;
            WriteFieldHeader(output, ref field, 1, ThriftType.Binary);
            WriteText(output, key);
            WriteFieldHeader(output, ref field, 2, ThriftType.Binary);
            WriteText(output, value);
            output.WriteByte((byte)ThriftType.Stop);
        }
    }

    // Ids ascend by less than 16 in this struct and its parts.
    private static void WriteFieldHeader(MemoryStream output, ref int last, int id, ThriftType type)
    {
        output.WriteByte((byte)(((id - last) << 4) | (int)type));
        last = id;
    }

    private static void WriteText(MemoryStream output, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteVarint(output, (ulong)bytes.Length);
        output.Write(bytes);
    }

    private static void WriteVarint(MemoryStream output, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            output.WriteByte((byte)(value | 0x80));
        }

        output.WriteByte((byte)value);
    }
}

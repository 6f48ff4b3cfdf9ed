using System.Buffers.Binary;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>The different values of a column chunk whose every page refers to its dictionary; plainly encoded.</summary>
internal sealed class DictionaryPage
{
    private const int UnpackedBytesMax = 16 << 20;

    private readonly byte[] _values;
    private readonly int[] _ends;
    private readonly int _prefix;

    private DictionaryPage(byte[] values, int[] ends, int prefix) => (_values, _ends, _prefix) = (values, ends, prefix);

    /// <summary>The number of values.</summary>
    public int Count => _ends.Length;

    /// <summary>A value.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            var start = (index == 0 ? 0 : _ends[index - 1]) + _prefix;
            return _values.AsSpan(start, _ends[index] - start);
        }
    }

    /// <summary>Reads the dictionary of a chunk.</summary>
    /// <returns>Null when it is none that can be relied on: then nothing is known of the chunk's values.</returns>
    public static async ValueTask<DictionaryPage?> ReadAsync(ParquetSource source, ParquetColumnChunk chunk, ParquetNode leaf, CancellationToken cancellationToken)
    {
        if (!chunk.IsDictionaryOnly || chunk.DictionaryPage is not { } section || WidthOf(leaf) is not { } width)
        {
            return null;
        }

        var bytes = await source.ReadAsync(section.Offset, section.Length, cancellationToken).ConfigureAwait(false);
        return TryReadHeader(bytes, out var header) && PageCodecs.Unpack(chunk.Codec, bytes.AsMemory(header.HeaderLength, header.PackedLength), header.Length) is { } page
            ? Index(page, header.ValueCount, width)
            : null;
    }

    // 0 for values that have their length before them; null for those that are never looked up.
    private static int? WidthOf(ParquetNode leaf) => leaf.PhysicalType switch
    {
        ParquetPhysicalType.Int32 or ParquetPhysicalType.Float => 4,
        ParquetPhysicalType.Int64 or ParquetPhysicalType.Double => 8,
        ParquetPhysicalType.FixedLengthByteArray when leaf.TypeLength > 0 => leaf.TypeLength,
        ParquetPhysicalType.ByteArray => 0,
        _ => null,
    };

    private static bool TryReadHeader(ReadOnlySpan<byte> bytes, out ParquetPageHeader header)
    {
        header = default;
        try
        {
            header = ParquetPageHeader.Read(bytes);
        }
        catch (ArcticException)
        {
            // Reading the chunk will say what is wrong when it comes here.
            return false;
        }

        return header is { Type: ParquetPageType.Dictionary, DictionaryEncoding: ParquetEncoding.Plain or ParquetEncoding.PlainDictionary, PackedLength: >= 0, ValueCount: >= 0, Length: >= 0 and <= UnpackedBytesMax }
            && header.PackedLength <= bytes.Length - header.HeaderLength
            && PageChecksums.IsIntact(header, bytes.Slice(header.HeaderLength, header.PackedLength));
    }

    // Null when the values do not fill the page exactly.
    private static DictionaryPage? Index(byte[] page, int count, int width)
    {
        var prefix = width == 0 ? sizeof(int) : 0;
        if ((long)count * Math.Max(prefix, width) > page.Length)
        {
            return null;
        }

        var ends = new int[count];
        var end = 0;
        for (var i = 0; i < count; i++)
        {
            if (page.Length - end < prefix)
            {
                return null;
            }

            var length = width == 0 ? BinaryPrimitives.ReadInt32LittleEndian(page.AsSpan(end)) : width;
            if (length < 0 || length > page.Length - end - prefix)
            {
                return null;
            }

            ends[i] = end += prefix + length;
        }

        return end == page.Length ? new DictionaryPage(page, ends, prefix) : null;
    }
}

using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>What the column index says of one page.</summary>
/// <param name="Min">No value is less; null when not known.</param>
/// <param name="Max">No value is greater; null when not known.</param>
/// <param name="IsAllNull">Whether the page has no value but NULL.</param>
/// <param name="NullCount">Null when not counted.</param>
internal readonly record struct PageBounds(ReadOnlyMemory<byte>? Min, ReadOnlyMemory<byte>? Max, bool IsAllNull, long? NullCount)
{
    /// <summary>Reads the column index of a chunk.</summary>
    /// <returns>Null when the chunk has none, or it is damaged.</returns>
    public static async ValueTask<IReadOnlyList<PageBounds>?> ReadAsync(ParquetSource source, ParquetColumnChunk chunk, ParquetNode leaf, CancellationToken cancellationToken)
    {
        if (chunk.ColumnIndex is not { } section)
        {
            return null;
        }

        var bytes = await source.ReadAsync(section.Offset, section.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            return Parse(bytes, leaf);
        }
        catch (ArcticException)
        {
            // An index is a help to readers; without it nothing is left out.
            return null;
        }
    }

    private static PageBounds[]? Parse(ReadOnlySpan<byte> bytes, ParquetNode leaf)
    {
        List<bool> allNull = [];
        List<byte[]> mins = [], maxs = [];
        List<long> nulls = [];
        var reader = new ThriftCompactReader(bytes);
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            switch (id)
            {
                case 1:
                    reader.ReadBools(type, allNull);
                    break;
                case 2:
                    ReadValues(ref reader, type, mins);
                    break;
                case 3:
                    ReadValues(ref reader, type, maxs);
                    break;
                case 5:
                    ReadNumbers(ref reader, type, nulls);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }

        if (allNull.Count == 0 || mins.Count != allNull.Count || maxs.Count != allNull.Count || (nulls.Count > 0 && nulls.Count != allNull.Count))
        {
            return null;
        }

        return allNull.Select((isNull, i) => isNull
            ? new PageBounds(null, null, true, nulls.Count > 0 ? nulls[i] : null)
            : new PageBounds(ParquetFooterParser.BoundOf(mins[i], leaf), ParquetFooterParser.BoundOf(maxs[i], leaf), false, nulls.Count > 0 ? nulls[i] : null)).ToArray();
    }

    private static void ReadValues(ref ThriftCompactReader reader, ThriftType type, List<byte[]> values)
    {
        var count = reader.ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            values.Add(reader.ReadBinary(elementType).ToArray());
        }
    }

    private static void ReadNumbers(ref ThriftCompactReader reader, ThriftType type, List<long> numbers)
    {
        var count = reader.ReadList(type, out var elementType);
        for (var i = 0; i < count; i++)
        {
            numbers.Add(reader.ReadLong(elementType));
        }
    }
}

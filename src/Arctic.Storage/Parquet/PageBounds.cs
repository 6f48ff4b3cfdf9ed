using Arctic.Columnar.Errors;

namespace Arctic.Storage.Parquet;

/// <summary>What the page index says of one page.</summary>
/// <param name="Rows">The rows of the row group that the page has.</param>
/// <param name="Min">No value is less; null when not known.</param>
/// <param name="Max">No value is greater; null when not known.</param>
/// <param name="IsAllNull">Whether the page has no value but NULL.</param>
/// <param name="NullCount">Null when not counted.</param>
internal readonly record struct PageBounds(RowSpan Rows, ReadOnlyMemory<byte>? Min, ReadOnlyMemory<byte>? Max, bool IsAllNull, long? NullCount)
{
    /// <summary>Reads the page index of a chunk.</summary>
    /// <param name="source">The file.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="leaf">Its column.</param>
    /// <param name="rowCount">The rows of the row group.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>In the order of the rows; null when the chunk has no index, or it is damaged.</returns>
    public static async ValueTask<IReadOnlyList<PageBounds>?> ReadAsync(ParquetSource source, ParquetColumnChunk chunk, ParquetNode leaf, long rowCount, CancellationToken cancellationToken)
    {
        if (chunk.ColumnIndex is not { } section || chunk.OffsetIndex is not { } offsets)
        {
            return null;
        }

        var bytes = await source.ReadAsync(section.Offset, section.Length, cancellationToken).ConfigureAwait(false);
        var offsetBytes = await source.ReadAsync(offsets.Offset, offsets.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            return Parse(bytes, leaf, FirstRowsOf(offsetBytes), rowCount);
        }
        catch (ArcticException)
        {
            // An index is a help to readers; without it nothing is left out.
            return null;
        }
    }

    private static PageBounds[]? Parse(ReadOnlySpan<byte> bytes, ParquetNode leaf, List<long> firstRows, long rowCount)
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

        if (allNull.Count == 0 || !AreAscending(firstRows, allNull.Count, rowCount) || mins.Count != allNull.Count || maxs.Count != allNull.Count || (nulls.Count > 0 && nulls.Count != allNull.Count))
        {
            return null;
        }

        firstRows.Add(rowCount);
        return allNull.Select((isNull, i) => new PageBounds(
            new RowSpan(firstRows[i], firstRows[i + 1]),
            isNull ? null : ParquetFooterParser.BoundOf(mins[i], leaf),
            isNull ? null : ParquetFooterParser.BoundOf(maxs[i], leaf),
            isNull,
            nulls.Count > 0 ? nulls[i] : null)).ToArray();
    }

    private static bool AreAscending(List<long> firstRows, int count, long rowCount) =>
        firstRows.Count == count && firstRows[0] == 0 && firstRows[^1] <= rowCount && firstRows.Zip(firstRows.Skip(1)).All(p => p.First <= p.Second);

    private static List<long> FirstRowsOf(ReadOnlySpan<byte> bytes)
    {
        List<long> firstRows = [];
        var reader = new ThriftCompactReader(bytes);
        for (var id = 0; reader.TryReadField(ref id, out var type);)
        {
            if (id != 1)
            {
                reader.Skip(type);
                continue;
            }

            var count = reader.ReadList(type, out var elementType);
            for (var i = 0; i < count; i++)
            {
                firstRows.Add(ReadFirstRow(ref reader, elementType));
            }
        }

        return firstRows;
    }

    // The third member of a page's location.
    private static long ReadFirstRow(ref ThriftCompactReader reader, ThriftType type)
    {
        long firstRow = -1;
        reader.EnterStruct(type);
        for (var id = 0; reader.TryReadField(ref id, out var memberType);)
        {
            if (id == 3)
            {
                firstRow = reader.ReadLong(memberType);
            }
            else
            {
                reader.Skip(memberType);
            }
        }

        reader.ExitStruct();
        return firstRow;
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

/// <summary>Rows of a row group from one up to another.</summary>
/// <param name="Start">Included.</param>
/// <param name="End">Not included.</param>
internal readonly record struct RowSpan(long Start, long End)
{
    /// <summary>The rows that are in both; null when there are none.</summary>
    public static RowSpan? Both(RowSpan left, RowSpan right) =>
        new RowSpan(Math.Max(left.Start, right.Start), Math.Min(left.End, right.End)) is var both && both.Start < both.End ? both : null;

    /// <summary>The least span with the rows of either.</summary>
    public static RowSpan Around(RowSpan left, RowSpan right) => new(Math.Min(left.Start, right.Start), Math.Max(left.End, right.End));
}

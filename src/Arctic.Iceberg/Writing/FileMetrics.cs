using Arctic.Iceberg.Spec;
using Arctic.Storage.Parquet;

namespace Arctic.Iceberg.Writing;

/// <summary>What a manifest says of a file's columns, made of the file's footer.</summary>
internal sealed record FileMetrics
{
    public required FieldIdMap<long> ColumnSizes { get; init; }

    public required FieldIdMap<long> ValueCounts { get; init; }

    public required FieldIdMap<long> NullValueCounts { get; init; }

    public required FieldIdMap<long> NanValueCounts { get; init; }

    public required FieldIdMap<ReadOnlyMemory<byte>> LowerBounds { get; init; }

    public required FieldIdMap<ReadOnlyMemory<byte>> UpperBounds { get; init; }

    /// <summary>Collects the metrics of a finished file.</summary>
    /// <param name="footer">Of the file.</param>
    /// <param name="types">The type of each primitive column by field id.</param>
    /// <param name="nanCounts">By field id; columns without an entry have none counted.</param>
    /// <param name="config">What to keep.</param>
    public static FileMetrics Of(ParquetFooter footer, IReadOnlyDictionary<int, IcebergType> types, IReadOnlyDictionary<int, long> nanCounts, MetricsConfig config)
    {
        var sizes = new Dictionary<int, long>();
        var values = new Dictionary<int, long>();
        var nulls = new Dictionary<int, long>();
        var nans = new Dictionary<int, long>();
        var lower = new Dictionary<int, ReadOnlyMemory<byte>>();
        var upper = new Dictionary<int, ReadOnlyMemory<byte>>();
        for (var leaf = 0; leaf < footer.Leaves.Count; leaf++)
        {
            if (footer.Leaves[leaf].FieldId is not { } id || !types.TryGetValue(id, out var type))
            {
                continue;
            }

            var chunks = footer.RowGroups.Select(g => g.Columns[leaf]).ToArray();
            sizes[id] = chunks.Sum(c => c.CompressedSize);
            var mode = config.Of(id);
            if (mode is MetricsMode.None)
            {
                continue;
            }

            values[id] = chunks.Sum(c => c.ValueCount);
            if (chunks.All(c => c.NullCount is not null))
            {
                nulls[id] = chunks.Sum(c => c.NullCount!.Value);
            }

            if (nanCounts.TryGetValue(id, out var nanCount))
            {
                nans[id] = nanCount;
            }

            if (mode is not MetricsMode.Counts && !footer.Leaves[leaf].IsRepeated && BoundsOf(footer.Leaves[leaf], chunks, type) is var (min, max))
            {
                AddBounds(type, mode, id, min, max, lower, upper);
            }
        }

        return new FileMetrics
        {
            ColumnSizes = new(sizes),
            ValueCounts = new(values),
            NullValueCounts = new(nulls),
            NanValueCounts = new(nans),
            LowerBounds = new(lower),
            UpperBounds = new(upper),
        };
    }

    // A bound of the file needs a bound of every row group that has values; one of some groups only would prune live rows.
    private static (object Min, object Max)? BoundsOf(ParquetNode leaf, ParquetColumnChunk[] chunks, IcebergType type)
    {
        object? min = null, max = null;
        foreach (var chunk in chunks)
        {
            if (chunk.NullCount == chunk.ValueCount)
            {
                continue;
            }

            if (chunk.Min is not { } minBytes || chunk.Max is not { } maxBytes
                || ParquetValues.Decode(leaf, minBytes.Span, type) is not { } chunkMin || ParquetValues.Decode(leaf, maxBytes.Span, type) is not { } chunkMax)
            {
                return null;
            }

            min = min is null || ValueOrder.Compare(chunkMin, min) < 0 ? chunkMin : min;
            max = max is null || ValueOrder.Compare(chunkMax, max) > 0 ? chunkMax : max;
        }

        return min is null || max is null ? null : (min, max);
    }

    private static void AddBounds(
        IcebergType type, MetricsMode mode, int id, object min, object max, Dictionary<int, ReadOnlyMemory<byte>> lower, Dictionary<int, ReadOnlyMemory<byte>> upper)
    {
        object? cutMin = min, cutMax = max;
        if (mode is MetricsMode.Truncate { Length: var length })
        {
            (cutMin, cutMax) = (min, max) switch
            {
                (string a, string b) => (BoundTruncation.LowerText(a, length), BoundTruncation.UpperText(b, length)),

                // Fixed and uuid have one length, and are never cut.
                (byte[] a, byte[] b) when type is IcebergType.Binary => (BoundTruncation.LowerBytes(a, length), BoundTruncation.UpperBytes(b, length)),
                _ => (cutMin, cutMax),
            };
        }

        if (BoundCodec.Encode(type, cutMin!) is { } lowerBytes)
        {
            lower[id] = lowerBytes;
        }

        if (cutMax is not null && BoundCodec.Encode(type, cutMax) is { } upperBytes)
        {
            upper[id] = upperBytes;
        }
    }
}

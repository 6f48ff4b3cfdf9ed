namespace Arctic.Storage.Parquet;

/// <summary>A stretch of a file to ask a store for.</summary>
/// <param name="Start">The offset of its first byte.</param>
/// <param name="End">The offset behind its last byte.</param>
/// <param name="WantedBytes">How many of its bytes are wanted; the others lie between those.</param>
internal readonly record struct FetchRange(long Start, long End, long WantedBytes)
{
    /// <summary>The bytes that are asked for.</summary>
    public long Length => End - Start;
}

/// <summary>Joins the column chunks that a read needs into few requests.</summary>
internal static class FetchPlan
{
    /// <summary>A request asks for no more than this, so that a large row group comes in several at once.</summary>
    public const long RequestBytesMax = 16 << 20;

    // A hole is fetched along when it is small beside its neighbours: all holes together stay below a twentieth of what is wanted.
    private const int HoleShare = 40;

    /// <summary>The requests for chosen column chunks of row groups, in file order.</summary>
    /// <param name="source">The file. What its tail has is not asked for.</param>
    /// <param name="rowGroups">Indices of row groups.</param>
    /// <param name="leaves">Ascending leaf indices; null for all.</param>
    public static List<FetchRange> Of(ParquetSource source, IEnumerable<int> rowGroups, IReadOnlyList<int>? leaves)
    {
        var wanted = new List<FetchRange>();
        foreach (var chunk in rowGroups.SelectMany(g => ChosenOf(source.Footer.RowGroups[g], leaves)))
        {
            source.RequireWithin(chunk.StartOffset, chunk.CompressedSize);
            var end = Math.Min(chunk.StartOffset + chunk.CompressedSize, source.TailStart);
            if (end > chunk.StartOffset)
            {
                wanted.Add(new FetchRange(chunk.StartOffset, end, end - chunk.StartOffset));
            }
        }

        wanted.Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return Cut(Join(wanted));
    }

    /// <summary>The chosen column chunks of a row group.</summary>
    public static IEnumerable<ParquetColumnChunk> ChosenOf(ParquetRowGroup group, IReadOnlyList<int>? leaves) => leaves?.Select(l => group.Columns[l]) ?? group.Columns;

    private static List<FetchRange> Join(List<FetchRange> wanted)
    {
        var joined = new List<FetchRange>();
        foreach (var range in wanted)
        {
            if (joined.Count > 0 && joined[^1] is var last && (range.Start - last.End) * HoleShare <= Math.Min(last.Length, range.Length))
            {
                // Chunks that overlap are no file's that a writer meant; their bytes are asked for once.
                joined[^1] = new FetchRange(last.Start, Math.Max(last.End, range.End), last.WantedBytes + range.WantedBytes);
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    private static List<FetchRange> Cut(List<FetchRange> ranges)
    {
        var cut = new List<FetchRange>(ranges.Count);
        foreach (var range in ranges)
        {
            for (var start = range.Start; start < range.End; start += RequestBytesMax)
            {
                var end = Math.Min(range.End, start + RequestBytesMax);
                cut.Add(new FetchRange(start, end, range.Length <= RequestBytesMax ? range.WantedBytes : end - start));
            }
        }

        return cut;
    }
}

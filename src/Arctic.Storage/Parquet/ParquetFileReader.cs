using System.Runtime.CompilerServices;
using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.Parquet;

/// <summary>
/// Reads one Parquet file as batches, one read at a time. The footer is read when the file is opened; the native reader is opened with the first column that is read.
/// A file in the local file system is read as the native reader goes. Of any other the chosen column chunks are fetched ahead, row group by row group, so that the native reader never waits.
/// </summary>
internal sealed class ParquetFileReader : IAsyncDisposable
{
    private const int BatchesAhead = 2;

    // Small row groups are fetched together, up to this.
    private const long FetchBytesTarget = 8 << 20;

    // Beyond this the next fetch begins only when what the one before brought has been read.
    private const long FetchAheadBytesMax = 64 << 20;

    private readonly NativeBridge? _bridge;
    private readonly int _batchRowsMax;
    private NativeParquetFile? _native;

    private ParquetFileReader(ParquetSource source, NativeBridge? bridge, int batchRowsMax)
    {
        (Source, _bridge, _batchRowsMax) = (source, bridge, batchRowsMax);
        Fields = ParquetFileFields.Of(source.Footer.Root);
        RowGroupRows = source.Footer.RowGroups.Select(g => g.RowCount).ToArray();
    }

    /// <summary>The file and its footer.</summary>
    public ParquetSource Source { get; }

    /// <summary>The columns of the file.</summary>
    public IReadOnlyList<FileField> Fields { get; }

    /// <summary>The rows of the file.</summary>
    public long RowCount => Source.Footer.RowCount;

    /// <summary>The rows of each row group.</summary>
    public IReadOnlyList<long> RowGroupRows { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="reader">The object; must outlive the result.</param>
    /// <param name="location">For messages.</param>
    /// <param name="bridge">Runs the native calls, ahead of the consumer; must outlive the result. Null runs each where the consumer asks for the next batch.</param>
    /// <param name="batchRowsMax">The most rows of a batch.</param>
    /// <param name="cancellationToken">Stops reading the footer.</param>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>: not a Parquet file, or damaged.</exception>
    public static async ValueTask<ParquetFileReader> OpenAsync(IObjectReader reader, string location, NativeBridge? bridge, int batchRowsMax, CancellationToken cancellationToken) =>
        new(await ParquetSource.OpenAsync(reader, location, cancellationToken).ConfigureAwait(false), bridge, batchRowsMax);

    /// <summary>Reads columns of row groups, in file order.</summary>
    /// <param name="leaves">Ascending leaf indices (<see cref="ParquetProjection"/>); null reads all, none gives batches that only count rows.</param>
    /// <param name="rowGroups">Ascending indices of row groups; null reads all.</param>
    /// <param name="cancellationToken">Ends the enumeration.</param>
    /// <returns>Batches whose rows are contiguous in the file; the consumer disposes each.</returns>
    public IAsyncEnumerable<FileBatch> ReadAsync(IReadOnlyList<int>? leaves, IReadOnlyList<int>? rowGroups, CancellationToken cancellationToken) =>
        ReadPartsAsync(leaves, (rowGroups ?? Enumerable.Range(0, RowGroupRows.Count)).Select(g => new RowGroupPart(g, RowGroupRows[g])).ToArray(), cancellationToken);

    /// <summary>As <see cref="ReadAsync"/>, of row groups that need not be read to their end.</summary>
    public IAsyncEnumerable<FileBatch> ReadPartsAsync(IReadOnlyList<int>? leaves, IReadOnlyList<RowGroupPart> chosen, CancellationToken cancellationToken)
    {
        return chosen.Count == 0 ? AsyncEnumerable.Empty<FileBatch>()
            : leaves is { Count: 0 } ? CountRowsAsync(chosen, cancellationToken)
            : Source.Object.LocalPath is null ? ReadFetchedAsync(leaves, chosen, cancellationToken)
            : PullAsync(new ParquetPull(Native(), leaves?.ToArray(), RunsOf(chosen, leaves, long.MaxValue)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        // No pull is under way, and closing does not wait for the file.
        _native?.Dispose();
        _native = null;
        return ValueTask.CompletedTask;
    }

    private NativeParquetFile Native() => _native ??= new NativeParquetFile(Source, _batchRowsMax);

    private async IAsyncEnumerable<FileBatch> PullAsync(ParquetPull pull, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using (pull)
        {
            if (_bridge is not null)
            {
                await foreach (var batch in _bridge.PullAsync(pull.Next, BatchesAhead, cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }

                yield break;
            }

            while (pull.Next() is { } batch)
            {
                yield return batch;
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    private async IAsyncEnumerable<FileBatch> ReadFetchedAsync(IReadOnlyList<int>? leaves, IReadOnlyList<RowGroupPart> rowGroups, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var runs = RunsOf(rowGroups, leaves, FetchBytesTarget);
        var plans = runs.Select(r => FetchPlan.Of(Source, r.Groups, leaves)).ToArray();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<FetchedRanges>? ahead = null;
        try
        {
            for (var i = 0; i < plans.Length; i++)
            {
                using var current = await (ahead ?? FetchedRanges.FetchAsync(Source.Object, plans[i], stop.Token)).ConfigureAwait(false);
                ahead = i + 1 < plans.Length && plans[i].Sum(r => r.Length) + plans[i + 1].Sum(r => r.Length) <= FetchAheadBytesMax
                    ? FetchedRanges.FetchAsync(Source.Object, plans[i + 1], stop.Token)
                    : null;
                Native().Stream.Fetched = current;
                await foreach (var batch in PullAsync(new ParquetPull(Native(), leaves?.ToArray(), [runs[i]]), cancellationToken).ConfigureAwait(false))
                {
                    yield return batch;
                }

                Native().Stream.Fetched = null;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await ReleaseAsync(ahead).ConfigureAwait(false);
        }
    }

    private static async ValueTask ReleaseAsync(Task<FetchedRanges>? ahead)
    {
        if (ahead is not null)
        {
            // What went wrong with bytes that nobody waits for is nobody's concern.
            await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (ahead.IsCompletedSuccessfully)
            {
                (await ahead.ConfigureAwait(false)).Dispose();
            }
        }
    }

    // Without columns the footer alone tells the rows.
    private async IAsyncEnumerable<FileBatch> CountRowsAsync(IReadOnlyList<RowGroupPart> rowGroups, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        foreach (var run in RunsOf(rowGroups, [], long.MaxValue))
        {
            for (var row = run.FirstRow; row < run.EndRow; row += _batchRowsMax)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return new FileBatch(new ChangeBatch(RowSchema.Empty, [], (int)Math.Min(_batchRowsMax, run.EndRow - row)), row, []);
            }
        }
    }

    // The native reader's batches may span row groups, so that only neighbours are read as one: the rows of a batch stay contiguous.
    private List<RowGroupRun> RunsOf(IReadOnlyList<RowGroupPart> parts, IReadOnlyList<int>? leaves, long bytesMax)
    {
        var starts = new long[RowGroupRows.Count + 1];
        for (var i = 0; i < RowGroupRows.Count; i++)
        {
            starts[i + 1] = starts[i] + RowGroupRows[i];
        }

        List<RowGroupRun> runs = [];
        for (var i = 0; i < parts.Count;)
        {
            var end = i + 1;
            var bytes = BytesOf(parts[i].RowGroup, leaves);
            while (end < parts.Count && Follows(parts[end - 1], parts[end]) && (bytes += BytesOf(parts[end].RowGroup, leaves)) <= bytesMax)
            {
                end++;
            }

            var first = parts[i].RowGroup;
            var last = parts[end - 1];
            runs.Add(new RowGroupRun(Enumerable.Range(first, end - i).ToArray(), starts[first], starts[last.RowGroup] + last.RowsMax));
            i = end;
        }

        return runs;
    }

    private bool Follows(RowGroupPart one, RowGroupPart next) => next.RowGroup == one.RowGroup + 1 && one.RowsMax == RowGroupRows[one.RowGroup];

    private long BytesOf(int rowGroup, IReadOnlyList<int>? leaves) => FetchPlan.ChosenOf(Source.Footer.RowGroups[rowGroup], leaves).Sum(c => c.CompressedSize);
}

/// <summary>The rows at the beginning of a row group that are wanted.</summary>
/// <param name="RowGroup">The index of the row group.</param>
/// <param name="RowsMax">How many of its rows.</param>
internal readonly record struct RowGroupPart(int RowGroup, long RowsMax);

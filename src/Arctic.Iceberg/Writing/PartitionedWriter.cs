using Arctic.Columnar;
using Arctic.Iceberg.Partitioning;
using Arctic.Iceberg.Spec;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Writing;

/// <summary>
/// Writes batches to the partitions that their rows belong to, one open file a partition. When more partitions than allowed are open, the file not written
/// to for longest is finished first. Not thread-safe; disposal and failures as with <see cref="DataFileWriter"/>.
/// </summary>
internal sealed class PartitionedWriter : IAsyncDisposable
{
    // Few enough that the arrays of most columns are none of the large objects, which are collected late.
    private const int RunPartRows = 8192;

    private readonly IObjectStore _store;
    private readonly DataFileRequest _request;
    private readonly Func<PartitionTuple, string> _nextLocation;
    private readonly PartitionSplitter? _splitter;
    private readonly Dictionary<int, OpenPartition> _open = [];
    private readonly List<DataFile> _finished = [];
    private long _clock;

    /// <summary>Makes a writer.</summary>
    /// <param name="store">Takes the files.</param>
    /// <param name="request">As of each file; its partition and locations are replaced.</param>
    /// <param name="nextLocation">Gives the absolute location of the next file of a partition.</param>
    public PartitionedWriter(IObjectStore store, DataFileRequest request, Func<PartitionTuple, string> nextLocation)
    {
        (_store, _request, _nextLocation) = (store, request, nextLocation);
        _splitter = request.Spec.Fields.Count == 0 ? null : new PartitionSplitter(request.Schema, request.Spec);
    }

    /// <summary>Whether files had to be finished for those of other partitions: rows that go on in any order make a file of every few, rows that come partition by partition do not.</summary>
    public bool IsCrowded { get; private set; }

    /// <summary>Appends the rows of a batch; the caller still disposes it.</summary>
    /// <returns>Where they are.</returns>
    public async ValueTask<IReadOnlyList<PlacedRows>> WriteAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (batch.RowCount == 0)
        {
            return [];
        }

        if (_splitter is null)
        {
            var only = await WriterOfAsync(0, PartitionTuple.Empty, cancellationToken).ConfigureAwait(false);
            return [new PlacedRows(null, await only.WriteAsync(batch, cancellationToken).ConfigureAwait(false))];
        }

        var placed = new List<PlacedRows>();
        foreach (var (partition, rows) in _splitter.Split(batch))
        {
            var writer = await WriterOfAsync(partition, _splitter.Partitions[partition], cancellationToken).ConfigureAwait(false);
            if (rows.Length == batch.ColumnLength)
            {
                placed.Add(new PlacedRows(null, await writer.WriteAsync(batch, cancellationToken).ConfigureAwait(false)));
            }
            else
            {
                using var selected = batch.WithSelection(rows);
                placed.Add(new PlacedRows(rows, await writer.WriteAsync(selected, cancellationToken).ConfigureAwait(false)));
            }
        }

        return placed;
    }

    /// <summary>
    /// Writes gathered rows, those of one partition after those of another, and finishes all files: the next run starts over at the first partition and the least key, and must not go on in
    /// them.
    /// </summary>
    /// <param name="run">Holds the rows, and does so afterwards.</param>
    /// <param name="rows">Which, in the order that those of a partition keep.</param>
    /// <param name="placed">Told where rows of the run are now; null for nobody.</param>
    /// <param name="cancellationToken">Leaves files unfinished.</param>
    public async ValueTask WriteRunAsync(GatheredRows run, int[] rows, Action<ReadOnlyMemory<int>, IReadOnlyList<PlacedRows>>? placed, CancellationToken cancellationToken)
    {
        foreach (var group in GroupByPartition(run, rows))
        {
            for (var start = 0; start < group.Length; start += RunPartRows)
            {
                var part = group.Slice(start, Math.Min(RunPartRows, group.Length - start));
                using var batch = run.Gather(part.Span);
                var places = await WriteAsync(batch, cancellationToken).ConfigureAwait(false);
                placed?.Invoke(part, places);
            }

            // No more rows of the partition come, and an open file costs memory.
            await CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finishes all files.</summary>
    /// <returns>All files of this writer.</returns>
    public async ValueTask<IReadOnlyList<DataFile>> CompleteAsync(CancellationToken cancellationToken)
    {
        foreach (var partition in _open.Keys.Order().ToArray())
        {
            await CloseAsync(partition, cancellationToken).ConfigureAwait(false);
        }

        return _finished;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open.Values)
        {
            await open.Writer.DisposeAsync().ConfigureAwait(false);
        }

        _open.Clear();
    }

    // Each partition's rows in the order given.
    private List<ReadOnlyMemory<int>> GroupByPartition(GatheredRows run, int[] rows)
    {
        if (_splitter is null)
        {
            return [rows];
        }

        var partitionOf = new int[run.RowCount];
        foreach (var (batch, start) in run.Batches())
        {
            foreach (var (partition, members) in _splitter.Split(batch))
            {
                foreach (var row in members)
                {
                    partitionOf[start + row] = partition;
                }
            }
        }

        var ends = new int[_splitter.Partitions.Count];
        foreach (var row in rows)
        {
            ends[partitionOf[row]]++;
        }

        for (var p = 1; p < ends.Length; p++)
        {
            ends[p] += ends[p - 1];
        }

        var grouped = new int[rows.Length];
        for (var i = rows.Length - 1; i >= 0; i--)
        {
            grouped[--ends[partitionOf[rows[i]]]] = rows[i];
        }

        // What were the ends are the starts now.
        var groups = new List<ReadOnlyMemory<int>>();
        for (var p = 0; p < ends.Length; p++)
        {
            var end = p + 1 < ends.Length ? ends[p + 1] : grouped.Length;
            if (end > ends[p])
            {
                groups.Add(grouped.AsMemory(ends[p]..end));
            }
        }

        return groups;
    }

    private async ValueTask<DataFileWriter> WriterOfAsync(int partition, PartitionTuple tuple, CancellationToken cancellationToken)
    {
        if (!_open.TryGetValue(partition, out var open))
        {
            if (_open.Count >= _request.Options.OpenFilesMax)
            {
                IsCrowded = true;
                await CloseAsync(_open.MinBy(o => o.Value.LastUse).Key, cancellationToken).ConfigureAwait(false);
            }

            open = new OpenPartition(new DataFileWriter(_store, _request with { Partition = tuple, NextLocation = () => _nextLocation(tuple) }));
            _open.Add(partition, open);
        }

        open.LastUse = ++_clock;
        return open.Writer;
    }

    private async ValueTask CloseAsync(int partition, CancellationToken cancellationToken)
    {
        var writer = _open[partition].Writer;
        _finished.AddRange(await writer.CompleteAsync(cancellationToken).ConfigureAwait(false));
        _open.Remove(partition);
        await writer.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class OpenPartition(DataFileWriter writer)
    {
        public DataFileWriter Writer { get; } = writer;

        public long LastUse { get; set; }
    }
}

/// <summary>Rows of a batch that stand one after another in a file.</summary>
/// <param name="Rows">The batch's column rows in their order; null for all of its rows.</param>
/// <param name="First">Where the first of them is.</param>
internal readonly record struct PlacedRows(int[]? Rows, RowPlace First);

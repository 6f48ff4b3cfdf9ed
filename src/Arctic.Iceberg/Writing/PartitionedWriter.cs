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

    /// <summary>Rows of a batch without a selection, those of one partition after those of another, each in the order given.</summary>
    public IEnumerable<int[]> GroupByPartition(ChangeBatch batch, int[] rows)
    {
        if (_splitter is null)
        {
            return [rows];
        }

        var groups = _splitter.Split(batch);
        var groupOfRow = new int[batch.ColumnLength];
        for (var g = 0; g < groups.Count; g++)
        {
            foreach (var row in groups[g].Rows)
            {
                groupOfRow[row] = g;
            }
        }

        var grouped = groups.Select(g => new int[g.Rows.Length]).ToArray();
        var used = new int[grouped.Length];
        foreach (var row in rows)
        {
            var g = groupOfRow[row];
            grouped[g][used[g]++] = row;
        }

        return grouped;
    }

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

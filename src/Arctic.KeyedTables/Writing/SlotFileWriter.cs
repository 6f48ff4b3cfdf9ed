using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Writing;
using Arctic.KeyedTables.Stores;
using Arctic.Storage.ObjectStores;

namespace Arctic.KeyedTables.Writing;

/// <summary>
/// Writes the files of one writer between two barriers: one open file a slot (partition, bucket and type), rolled at a size. Rows wait in memory until there are enough
/// of them to be worth a native call, within a budget; a slot with few rows opens its file at the end only. When more files than allowed would be open, the one not
/// written to for longest is finished first, and its slot's next row begins another. Not thread-safe.
/// </summary>
internal sealed class SlotFileWriter : IAsyncDisposable
{
    // Below so many rows a call into the file writer costs more than the rows.
    private const int RowsWorthWriting = 4096;

    // What a waiting batch costs beside its values, about.
    private const int ColumnOverheadBytes = 100;

    private readonly IObjectStore _store;
    private readonly DataFileRequest _request;
    private readonly RowSchema _schema;
    private readonly Func<int, SlotTarget> _describe;
    private readonly Func<SlotTarget, string> _locate;
    private readonly MemoryBudget _budget;
    private readonly Dictionary<int, Slot> _slots = [];
    private readonly List<Slot> _order = [];
    private readonly List<DataFile> _done = [];
    private int _openCount;
    private long _clock;

    /// <summary>Makes a writer without files.</summary>
    /// <param name="store">Takes the files.</param>
    /// <param name="request">As of each file; its partition and locations are replaced.</param>
    /// <param name="schema">The columns of every batch.</param>
    /// <param name="describe">What a slot number stands for.</param>
    /// <param name="locate">Gives the location of a slot's next file; called in the order of the files' first rows.</param>
    /// <param name="budget">Bounds the rows that wait.</param>
    public SlotFileWriter(IObjectStore store, DataFileRequest request, RowSchema schema, Func<int, SlotTarget> describe, Func<SlotTarget, string> locate, MemoryBudget budget)
    {
        (_store, _request, _schema, _describe, _locate, _budget) = (store, request, schema, describe, locate, budget);
    }

    /// <summary>Appends rows to a slot's file; takes the batch over.</summary>
    public async ValueTask AppendAsync(int slotNumber, ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(slotNumber, out var slot))
        {
            _slots.Add(slotNumber, slot = new Slot(_describe(slotNumber)));
            _order.Add(slot);
        }

        slot.Location ??= _locate(slot.Target);
        var bytes = SizeOf(batch);
        if (!_budget.TryReserve(bytes))
        {
            await FlushAllAsync(cancellationToken).ConfigureAwait(false);
            if (!_budget.TryReserve(bytes))
            {
                // A batch greater than the whole budget waits for nothing: it goes straight into its file.
                bytes = 0;
            }
        }

        slot.Location ??= _locate(slot.Target);
        slot.Waiting.Add(batch);
        slot.WaitingRows += batch.RowCount;
        slot.WaitingBytes += bytes;
        if (slot.WaitingRows >= RowsWorthWriting || bytes == 0)
        {
            await FlushAsync(slot, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the rows that wait to their files, which frees the budget.</summary>
    public async ValueTask FlushAllAsync(CancellationToken cancellationToken)
    {
        foreach (var slot in _order)
        {
            await FlushAsync(slot, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes all files; the writer can be used for the next interval.</summary>
    /// <returns>Every file since the last call, durable, in the order in which they were closed.</returns>
    public async ValueTask<List<DataFile>> FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var slot in _order)
        {
            await FlushAsync(slot, cancellationToken).ConfigureAwait(false);
            await CloseAsync(slot, cancellationToken).ConfigureAwait(false);
        }

        _slots.Clear();
        _order.Clear();
        var done = _done.ToList();
        _done.Clear();
        return done;
    }

    /// <summary>Leaves unfinished files behind as if they had never been.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var slot in _order)
        {
            Release(slot);
            if (slot.File is { } file)
            {
                slot.File = null;
                await file.DisposeAsync().ConfigureAwait(false);
            }
        }

        _slots.Clear();
        _order.Clear();
        _openCount = 0;
    }

    private static long SizeOf(ChangeBatch batch) => batch.Columns.Sum(ColumnBytes.Of) + ColumnOverheadBytes * (batch.Columns.Count + 1);

    private async ValueTask FlushAsync(Slot slot, CancellationToken cancellationToken)
    {
        if (slot.Waiting.Count == 0)
        {
            return;
        }

        if (slot.File is null)
        {
            await MakeRoomAsync(cancellationToken).ConfigureAwait(false);
            slot.File = new DataFileWriter(_store, _request with { Partition = slot.Target.Partition, NextLocation = () => slot.Location! });
            _openCount++;
        }

        slot.LastUse = ++_clock;
        using (var rows = ChangeBatch.Concat(_schema, slot.Waiting))
        {
            Release(slot);
            await slot.File.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
        }

        // The file has reached its size: the next row begins another.
        if (slot.File.OpenLocation is null)
        {
            slot.Location = null;
        }
    }

    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (_openCount >= _request.Options.OpenFilesMax)
        {
            var oldest = _order.Where(s => s.File is not null).MinBy(s => s.LastUse)!; // there are open files, so there is an oldest one
            await FlushAsync(oldest, cancellationToken).ConfigureAwait(false);
            await CloseAsync(oldest, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CloseAsync(Slot slot, CancellationToken cancellationToken)
    {
        if (slot.File is { } file)
        {
            _done.AddRange(await file.CompleteAsync(cancellationToken).ConfigureAwait(false));
            (slot.File, slot.Location) = (null, null);
            _openCount--;
            await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Release(Slot slot)
    {
        foreach (var batch in slot.Waiting)
        {
            batch.Dispose();
        }

        slot.Waiting.Clear();
        _budget.Release(slot.WaitingBytes);
        (slot.WaitingRows, slot.WaitingBytes) = (0, 0);
    }

    private sealed class Slot(SlotTarget target)
    {
        public SlotTarget Target { get; } = target;

        public List<ChangeBatch> Waiting { get; } = [];

        public int WaitingRows { get; set; }

        public long WaitingBytes { get; set; }

        public string? Location { get; set; }

        public DataFileWriter? File { get; set; }

        public long LastUse { get; set; }
    }
}

/// <summary>Where the rows of a slot belong.</summary>
/// <param name="Partition">The partition's values.</param>
/// <param name="PartitionPath">Its text, which is its folder.</param>
/// <param name="Bucket">The node of the rows' keys.</param>
/// <param name="Type">What the rows are.</param>
internal readonly record struct SlotTarget(PartitionTuple Partition, string PartitionPath, KeyBucket Bucket, StoreFileType Type);

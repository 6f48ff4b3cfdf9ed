using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>
/// ORDER BY … LIMIT over a changelog (Flink's SortLimit), and, without an order, LIMIT over rows that may be taken back: a row that enters the window gives +I, one that leaves it -D, first
/// the one that leaves. One subtask.
/// </summary>
internal sealed class TopNOperator : StreamOperator
{
    private const string StateName = "rows";
    private const byte StateVersion = 1;

    // An entry, its arrays and its nodes in the sets, about.
    private const int EntryOverhead = 200;

    private readonly RowSchema _schema;
    private readonly RowCodec _codec;
    private readonly SortKeyEncoder _keys;
    private readonly long _offset;
    private readonly long _count;
    private readonly bool _isInputInsertOnly;
    private readonly SortedSet<Entry> _before = new(EntryOrder.Instance);
    private readonly SortedSet<Entry> _window = new(EntryOrder.Instance);
    private readonly SortedSet<Entry> _after = new(EntryOrder.Instance);
    private readonly Dictionary<byte[], List<Entry>> _entries = new(RowBytesComparer.Instance);
    private readonly EncodedRows _encoded = new();
    private readonly List<(RowKind Kind, Entry Entry)> _changes = [];
    private readonly StateBudget _budget;
    private long _sequence;
    private long _bytes;

    /// <summary>Makes the operator.</summary>
    /// <param name="order">Empty for the order of arrival.</param>
    /// <param name="offset">The rows to skip.</param>
    /// <param name="count">The rows of the window.</param>
    /// <param name="isInputInsertOnly">Whether no row is ever taken back: rows behind the window need not be kept then.</param>
    /// <param name="budget">Bounds the rows; null for no bound.</param>
    public TopNOperator(RowSchema schema, IEnumerable<SortColumn> order, long offset, long count, bool isInputInsertOnly, MemoryBudget? budget)
    {
        _schema = schema;
        _codec = new RowCodec(schema.Fields.Select(f => f.Type));
        _keys = new SortKeyEncoder(schema, order);
        (_offset, _count, _isInputInsertOnly) = (offset, count, isInputInsertOnly);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is not null)
        {
            await foreach (var (_, content) in restored.ReadAsync(StateName, cancellationToken).ConfigureAwait(false))
            {
                Load(content.Span);
            }

            // What is in the window has been emitted before the checkpoint.
            _changes.Clear();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            _codec.Encode(batch.Columns.ToArray(), rows, _encoded);
            for (var i = 0; i < rows.Length; i++)
            {
                if (batch.KindAt(rows[i]).IsAddition())
                {
                    Add(new Entry(_keys.Encode(batch.Columns, rows[i]), _encoded[i].ToArray(), _sequence++));
                }
                else
                {
                    Remove(_encoded[i]);
                }
            }
        }

        _budget.Update(_bytes, Context.Name);
        if (_changes.Count > 0)
        {
            await Context.Output.EmitAsync(TakeChanges(), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        buffer.WriteByte(StateVersion);
        foreach (var entry in _before.Concat(_window).Concat(_after).OrderBy(e => e.Sequence))
        {
            buffer.WriteBytes(entry.Key);
            buffer.WriteBytes(entry.Row);
        }

        return writer.WriteAsync(StateName, buffer.Written, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Add(Entry entry)
    {
        Remember(entry);
        Entry? next = entry;
        next = Push(_before, _offset, next);
        if (next is null)
        {
            return;
        }

        var entered = next;
        next = Push(_window, _count, next);
        if (ReferenceEquals(next, entered))
        {
            PushAfter(next);
            return;
        }

        if (next is not null)
        {
            _changes.Add((RowKind.Delete, next));
            PushAfter(next);
        }

        _changes.Add((RowKind.Insert, entered));
    }

    private void Remove(ReadOnlySpan<byte> row)
    {
        var key = row.ToArray();
        if (!_entries.TryGetValue(key, out var equals))
        {
            return;
        }

        var entry = equals[^1];
        equals.RemoveAt(equals.Count - 1);
        if (equals.Count == 0)
        {
            _entries.Remove(key);
        }

        _bytes -= entry.BytesUsed;
        if (_after.Remove(entry))
        {
            return;
        }

        // The gap moves behind the window, row by row.
        if (_before.Remove(entry))
        {
            if (Pull(_window) is not { } leaving)
            {
                return;
            }

            _before.Add(leaving);
            entry = leaving;
        }
        else
        {
            _window.Remove(entry);
        }

        _changes.Add((RowKind.Delete, entry));
        if (Pull(_after) is { } entering)
        {
            _window.Add(entering);
            _changes.Add((RowKind.Insert, entering));
        }
    }

    // Adds an entry to a region and gives back the one that falls out behind it.
    private static Entry? Push(SortedSet<Entry> region, long sizeMax, Entry entry)
    {
        if (sizeMax == 0)
        {
            return entry;
        }

        region.Add(entry);
        if (region.Count <= sizeMax)
        {
            return null;
        }

        var last = region.Max!;
        region.Remove(last);
        return last;
    }

    private static Entry? Pull(SortedSet<Entry> region)
    {
        var first = region.Min;
        if (first is not null)
        {
            region.Remove(first);
        }

        return first;
    }

    private void PushAfter(Entry entry)
    {
        if (_isInputInsertOnly)
        {
            _bytes -= entry.BytesUsed;
        }
        else
        {
            _after.Add(entry);
        }
    }

    private void Remember(Entry entry)
    {
        _bytes += entry.BytesUsed;
        if (_isInputInsertOnly)
        {
            return;
        }

        if (!_entries.TryGetValue(entry.Row, out var equals))
        {
            _entries.Add(entry.Row, equals = []);
        }

        equals.Add(entry);
    }

    private ChangeBatch TakeChanges()
    {
        var starts = new int[_changes.Count];
        var kinds = new RowKind[_changes.Count];
        var total = 0;
        for (var i = 0; i < starts.Length; i++)
        {
            starts[i] = total;
            kinds[i] = _changes[i].Kind;
            total = checked(total + _changes[i].Entry.Row.Length);
        }

        var data = new byte[total];
        for (var i = 0; i < starts.Length; i++)
        {
            _changes[i].Entry.Row.CopyTo(data, starts[i]);
        }

        _changes.Clear();
        var areInserts = Array.TrueForAll(kinds, k => k == RowKind.Insert);
        return new ChangeBatch(_schema, _codec.Decode(data, starts), starts.Length, areInserts ? default : kinds);
    }

    private void Load(ReadOnlySpan<byte> content)
    {
        var source = new StateBytes(content, Context.Name);
        source.ReadVersion(StateVersion);
        while (!source.IsAtEnd)
        {
            Add(new Entry(source.ReadBytes().ToArray(), source.ReadBytes().ToArray(), _sequence++));
        }
    }

    private sealed record Entry(byte[] Key, byte[] Row, long Sequence)
    {
        public long BytesUsed => EntryOverhead + Key.Length + Row.Length;
    }

    private sealed class EntryOrder : IComparer<Entry>
    {
        public static readonly EntryOrder Instance = new();

        public int Compare(Entry? x, Entry? y) => x!.Key.AsSpan().SequenceCompareTo(y!.Key) is var c and not 0 ? c : x.Sequence.CompareTo(y.Sequence);
    }

    private sealed class RowBytesComparer : IEqualityComparer<byte[]>
    {
        public static readonly RowBytesComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] row) => (int)EncodedRows.Hash(row);
    }
}

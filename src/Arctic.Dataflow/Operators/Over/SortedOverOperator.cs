using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>Functions OVER windows of bounded, insert-only rows: any order, any frame. Rows come out when the input has ended, a partition after the other in its order.</summary>
internal sealed class SortedOverOperator : StreamOperator
{
    private const int OutputRowsMin = 4096;

    // A sort key's array, beside its bytes.
    private const int KeyOverhead = 40;

    private readonly OverSpec _spec;
    private readonly RowCodec _codec;
    private readonly SortKeyEncoder _partitionKeys;
    private readonly SortKeyEncoder _orderKeys;
    private readonly OverCalculator _calculator;
    private readonly RowArena _rows = new();
    private readonly EncodedRows _encoded = new();
    private readonly StateBudget _budget;
    private readonly List<SortedRow> _keys = [];
    private long _keyBytes;

    /// <summary>Makes the operator.</summary>
    /// <param name="budget">Bounds the rows; null for no bound.</param>
    public SortedOverOperator(OverSpec spec, MemoryBudget? budget)
    {
        _spec = spec;
        _codec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _partitionKeys = new SortKeyEncoder(spec.Input, spec.Partition.Select(p => new SortColumn(p, false, true)));
        _orderKeys = new SortKeyEncoder(spec.Input, spec.Order);
        _calculator = new OverCalculator(spec);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            _codec.Encode(batch.Columns.ToArray(), rows, _encoded);
            for (var i = 0; i < rows.Length; i++)
            {
                var row = new SortedRow(_partitionKeys.Encode(batch.Columns, rows[i]), _orderKeys.Encode(batch.Columns, rows[i]), _rows.Add(_encoded[i]));
                _keys.Add(row);
                _keyBytes += row.Partition.Length + row.Order.Length + 2 * KeyOverhead;
            }
        }

        _budget.Update(_rows.BytesUsed + _keyBytes, Context.Name);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
    {
        _keys.Sort();
        for (int start = 0, end; start < _keys.Count; start = end)
        {
            // Whole partitions, as many as make a batch of some size.
            end = start;
            do
            {
                end = PartitionEnd(end);
            }
            while (end < _keys.Count && end - start < OutputRowsMin);

            await Context.Output.EmitAsync(Compute(start, end), cancellationToken).ConfigureAwait(false);
        }

        _keys.Clear();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private int PartitionEnd(int start)
    {
        var end = start + 1;
        while (end < _keys.Count && _keys[end].Partition.AsSpan().SequenceEqual(_keys[start].Partition))
        {
            end++;
        }

        return end;
    }

    private ChangeBatch Compute(int start, int end)
    {
        var starts = new int[end - start];
        var isFirstOfPartition = new bool[starts.Length];
        var isFirstOfPeers = new bool[starts.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            var (row, before) = (_keys[start + i], i == 0 ? default : _keys[start + i - 1]);
            starts[i] = _rows.Start(row.Id);
            isFirstOfPartition[i] = i == 0 || !row.Partition.AsSpan().SequenceEqual(before.Partition);
            isFirstOfPeers[i] = isFirstOfPartition[i] || !row.Order.AsSpan().SequenceEqual(before.Order);
        }

        var columns = _codec.Decode(_rows.Bytes, starts);
        return new ChangeBatch(_spec.Output, [.. columns, .. _calculator.Compute(columns, isFirstOfPartition, isFirstOfPeers)], starts.Length);
    }

    /// <summary>A row with its place in the order; rows that are equal in it stay in the order of arrival.</summary>
    private readonly record struct SortedRow(byte[] Partition, byte[] Order, int Id) : IComparable<SortedRow>
    {
        public int CompareTo(SortedRow other) =>
            Partition.AsSpan().SequenceCompareTo(other.Partition) is var p and not 0 ? p
            : Order.AsSpan().SequenceCompareTo(other.Order) is var o and not 0 ? o
            : Id.CompareTo(other.Id);
    }
}

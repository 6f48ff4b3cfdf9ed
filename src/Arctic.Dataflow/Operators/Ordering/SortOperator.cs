using Arctic.Columnar;
using Arctic.Columnar.Memory;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.State;

namespace Arctic.Dataflow.Operators.Ordering;

/// <summary>Orders a bounded changelog: rows that are left when the input has ended come out as +I. One subtask.</summary>
internal sealed class SortOperator : StreamOperator
{
    private const string StateName = "rows";
    private const byte StateVersion = 1;
    private const int OutputRowsMax = 8192;

    private readonly RowSchema _schema;
    private readonly RowCodec _codec;
    private readonly SortKeyEncoder _keys;
    private readonly KeyedRows _rows = new();
    private readonly EncodedRows _encoded = new();
    private readonly StateBudget _budget;

    /// <summary>Makes the operator.</summary>
    /// <param name="budget">Bounds the rows; null for no bound.</param>
    public SortOperator(RowSchema schema, IEnumerable<SortColumn> order, MemoryBudget? budget)
    {
        _schema = schema;
        _codec = new RowCodec(schema.Fields.Select(f => f.Type));
        _keys = new SortKeyEncoder(schema, order);
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
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            _codec.Encode(batch.Columns.ToArray(), rows, _encoded);
            _encoded.ComputeHashes();
            for (var i = 0; i < rows.Length; i++)
            {
                Apply(batch.KindAt(rows[i]), i);
            }
        }

        _budget.Update(_rows.BytesUsed, Context.Name);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
    {
        var sorted = SortedIds();
        var starts = new List<int>(OutputRowsMax);
        foreach (var id in sorted)
        {
            for (var left = _rows.CountOf(id); left > 0; left--)
            {
                starts.Add(_rows.Table.Start(id));
                if (starts.Count == OutputRowsMax)
                {
                    await EmitAsync(starts, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await EmitAsync(starts, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        var buffer = new StateBuffer();
        buffer.WriteByte(StateVersion);
        for (var id = _rows.FirstOf(0); id >= 0; id = _rows.NextOf(id))
        {
            buffer.WriteInt64(_rows.CountOf(id));
            buffer.WriteBytes(_rows.Table.Row(id));
        }

        return writer.WriteAsync(StateName, buffer.Written, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Apply(RowKind kind, int index)
    {
        if (kind.IsAddition())
        {
            _rows.Add(0, _encoded.Hashes[index], _encoded[index], 1, out _);
        }
        else if (_rows.Find(0, _encoded.Hashes[index], _encoded[index]) is var id and >= 0)
        {
            _rows.RemoveOne(id);
        }
    }

    private int[] SortedIds()
    {
        var ids = new int[_rows.Table.Count];
        var count = 0;
        for (var id = 0; id < _rows.Table.Capacity; id++)
        {
            if (_rows.Table.IsLive(id))
            {
                ids[count++] = id;
            }
        }

        var columns = _codec.Decode(_rows.Table.Arena, Array.ConvertAll(ids, _rows.Table.Start));
        var keys = new (byte[] Key, int Id)[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = (_keys.Encode(columns, i), ids[i]);
        }

        // Equal keys stay in the order of arrival, as far as ids tell it.
        Array.Sort(keys, ids, Comparer<(byte[] Key, int Id)>.Create(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key) is var c and not 0 ? c : a.Id.CompareTo(b.Id)));
        return ids;
    }

    private async ValueTask EmitAsync(List<int> starts, CancellationToken cancellationToken)
    {
        if (starts.Count > 0)
        {
            var columns = _codec.Decode(_rows.Table.Arena, starts.ToArray());
            await Context.Output.EmitAsync(new ChangeBatch(_schema, columns, starts.Count), cancellationToken).ConfigureAwait(false);
            starts.Clear();
        }
    }

    private void Load(ReadOnlySpan<byte> content)
    {
        var source = new StateBytes(content, Context.Name);
        source.ReadVersion(StateVersion);
        while (!source.IsAtEnd)
        {
            var count = source.ReadInt64();
            var row = source.ReadBytes();
            _rows.Add(0, EncodedRows.Hash(row), row, count, out _);
        }
    }
}

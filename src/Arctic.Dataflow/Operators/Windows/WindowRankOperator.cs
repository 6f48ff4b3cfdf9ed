using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Memory;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;
using Arctic.Dataflow.Operators.Ranking;
using Arctic.Dataflow.Operators.Timing;
using Arctic.Dataflow.State;
using Arctic.Dataflow.Time;

namespace Arctic.Dataflow.Operators.Windows;

/// <summary>Which of rows that are equal in order comes first.</summary>
internal enum RankTies
{
    /// <summary>The one that came first.</summary>
    FirstCame,

    /// <summary>The one that came last: deduplication that keeps the last row.</summary>
    LastCame,
}

/// <summary>Top-N and deduplication within windows: rows wait until the watermark has passed the end of their window, then the first ones of each partition are told, once and for all.</summary>
internal sealed class WindowRankOperator : StreamOperator
{
    private const string StateName = "waiting";

    private readonly RankSpec _spec;
    private readonly RankTies _ties;
    private readonly WindowEnds _windowEnds;
    private readonly int[] _partitionIndices;
    private readonly RowCodec _partitionCodec;
    private readonly RowCodec _rowCodec;
    private readonly SortKeyEncoder _sortKeys;
    private readonly TimedRows _waiting;
    private readonly EncodedRows _encodedPartitions = new();
    private readonly EncodedRows _encodedRows = new();
    private readonly StateBudget _budget;
    private readonly LateRows _late = new();
    private Watermark _watermark = Watermark.Min;

    /// <summary>Makes the operator.</summary>
    /// <param name="spec">What it computes; the partition holds the window.</param>
    /// <param name="windowEnds">Says when a row's window is over.</param>
    /// <param name="budget">Bounds the rows that wait; null for no bound.</param>
    public WindowRankOperator(RankSpec spec, RankTies ties, WindowEnds windowEnds, MemoryBudget? budget)
    {
        (_spec, _ties, _windowEnds) = (spec, ties, windowEnds);
        _partitionIndices = spec.Partition.ToArray();
        _partitionCodec = new RowCodec(_partitionIndices.Select(i => spec.Input[i].Type));
        _rowCodec = new RowCodec(spec.Input.Fields.Select(f => f.Type));
        _sortKeys = new SortKeyEncoder(spec.Input, spec.Order);
        _waiting = new TimedRows(StateName, spec.MaxParallelism);
        _budget = new StateBudget(budget);
    }

    /// <inheritdoc/>
    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        _watermark = await WatermarkState.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        if (restored is not null)
        {
            await _waiting.LoadAsync(restored, Context.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        using (batch)
        {
            var rows = BatchRows.Of(batch);
            var ends = _windowEnds.LastMoments(batch.Columns, rows, Context.Name);
            _partitionCodec.Encode(BatchRows.Pick(batch.Columns, _partitionIndices), rows, _encodedPartitions);
            _encodedPartitions.ComputeHashes();
            _rowCodec.Encode(batch.Columns.ToArray(), rows, _encodedRows);
            for (var i = 0; i < rows.Length; i++)
            {
                if (ends[i] > _watermark.EpochMillis)
                {
                    _waiting.Add(ends[i], _encodedPartitions.Hashes[i], RowKind.Insert, _encodedRows[i]);
                }
                else
                {
                    _late.Add();
                }
            }
        }

        _budget.Update(_waiting.BytesUsed, Context.Name);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask AdvanceWatermarkAsync(Watermark watermark, CancellationToken cancellationToken)
    {
        _watermark = watermark;
        var due = new List<int>();

        // Rows of one time are never parted, so each stretch holds whole windows.
        for (_waiting.TakeDue(watermark.EpochMillis, 1, due); due.Count > 0; _waiting.TakeDue(watermark.EpochMillis, 1, due))
        {
            var columns = _rowCodec.Decode(_waiting.Bytes, due.Select(_waiting.Start).ToArray());
            _waiting.Remove(due);
            if (Rank(columns, due.Count) is { } ranked)
            {
                await Context.Output.EmitAsync(ranked, cancellationToken).ConfigureAwait(false);
            }
        }

        _budget.Update(_waiting.BytesUsed, Context.Name);
        await base.AdvanceWatermarkAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        await _waiting.SaveAsync(writer, cancellationToken).ConfigureAwait(false);
        await WatermarkState.SaveAsync(writer, _watermark, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _late.Log(() => Context);
        _budget.Dispose();
        return ValueTask.CompletedTask;
    }

    private ChangeBatch? Rank(Column[] columns, int count)
    {
        var rows = Enumerable.Range(0, count).ToArray();
        _partitionCodec.Encode(BatchRows.Pick(columns, _partitionIndices), rows, _encodedPartitions);
        _encodedPartitions.ComputeHashes();
        var partitions = new RowTable();
        var places = new Place[count];
        for (var i = 0; i < count; i++)
        {
            var partition = partitions.FindOrAdd(_encodedPartitions.Hashes[i], _encodedPartitions[i], 0, out _);
            places[i] = new Place(partition, _sortKeys.Encode(columns, i), i, _ties == RankTies.FirstCame ? i : -i);
        }

        Array.Sort(places);
        var (kept, numbers) = (new List<int>(), new List<long>());
        var number = 0L;
        for (var i = 0; i < count; i++)
        {
            number = i > 0 && places[i].Partition == places[i - 1].Partition ? number + 1 : 1;
            if (number >= _spec.Start && number <= _spec.End)
            {
                kept.Add(places[i].Row);
                numbers.Add(number);
            }
        }

        if (kept.Count == 0)
        {
            return null;
        }

        var indices = kept.ToArray();
        var output = columns.Select(c => c.Gather(indices)).ToList();
        if (_spec.GivesNumber)
        {
            output.Add(new FixedColumn<long>(_spec.Output[output.Count].Type, [.. numbers]));
        }

        return new ChangeBatch(_spec.Output, output, indices.Length);
    }

    private readonly record struct Place(int Partition, byte[] Key, int Row, int Tie) : IComparable<Place>
    {
        public int CompareTo(Place other) =>
            Partition.CompareTo(other.Partition) is var p and not 0 ? p
            : Key.AsSpan().SequenceCompareTo(other.Key) is var k and not 0 ? k
            : Tie.CompareTo(other.Tie);
    }
}

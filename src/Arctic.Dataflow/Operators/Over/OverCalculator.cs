using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Aggregation;

namespace Arctic.Dataflow.Operators.Over;

/// <summary>Computes functions OVER whole partitions whose rows lie in order.</summary>
internal sealed class OverCalculator
{
    private readonly OverSpec _spec;
    private readonly Aggregator?[] _aggregators;

    /// <summary>Makes a calculator.</summary>
    public OverCalculator(OverSpec spec)
    {
        _spec = spec;

        // A frame that only grows takes nothing back.
        var isGrowing = spec.Frame.Start is { IsUnbounded: true, Distance: < 0 };
        _aggregators = spec.Calls.Select(c => c.Aggregate is null ? null : Aggregator.Create(c.Aggregate, spec.Input, isGrowing)).ToArray();
        foreach (var aggregator in _aggregators)
        {
            aggregator?.EnsureCapacity(1);
        }
    }

    /// <summary>The results, one column a call.</summary>
    /// <param name="columns">The input's columns: partition after partition, each in order.</param>
    /// <param name="isFirstOfPartition">Whether a row begins a partition.</param>
    /// <param name="isFirstOfPeers">Whether a row differs in order from the one before it.</param>
    public IReadOnlyList<Column> Compute(IReadOnlyList<Column> columns, ReadOnlySpan<bool> isFirstOfPartition, ReadOnlySpan<bool> isFirstOfPeers)
    {
        var bounds = new PartitionBounds(isFirstOfPartition, isFirstOfPeers);
        FrameSteps? steps = null;
        var results = new Column[_spec.Calls.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var call = _spec.Calls[i];
            results[i] = call.Function switch
            {
                OverFunction.Aggregate => Aggregate(_aggregators[i]!, columns, steps ??= StepsOf(columns, bounds)), // made above for this function
                OverFunction.Lag or OverFunction.Lead => Neighbours(call, columns, bounds),
                OverFunction.PercentRank or OverFunction.CumeDist => new FixedColumn<double>(call.Type, Shares(call.Function, bounds)),
                _ => new FixedColumn<long>(call.Type, Numbers(call, bounds)),
            };
        }

        return results;
    }

    private static Column Aggregate(Aggregator aggregator, IReadOnlyList<Column> columns, FrameSteps steps)
    {
        var input = new AggregateInput
        {
            Columns = columns,
            Rows = steps.Rows,
            Groups = new int[steps.Rows.Length],
            Signs = steps.Signs,
            ClearsAfter = steps.ClearsAfter,
        };
        return aggregator.ApplyAndTell(input, new bool[steps.Rows.Length]).After.Gather(steps.Results);
    }

    private FrameSteps StepsOf(IReadOnlyList<Column> columns, PartitionBounds bounds)
    {
        var frames = new FrameSteps(bounds.Count);
        long[]? distances = null;
        bool[]? isNull = null;
        if (!_spec.Frame.IsRows && (_spec.Frame.Start is { IsUnbounded: false, Distance: not 0 } || _spec.Frame.End is { IsUnbounded: false, Distance: not 0 }))
        {
            (distances, isNull) = OrderValues(columns[_spec.Order[0].Index], _spec.Order[0].IsDescending);
        }

        for (var start = 0; start < bounds.Count; start = bounds.End[start])
        {
            var end = bounds.End[start];
            var range = new FrameRange(_spec.Frame, bounds, distances, isNull, start, end);
            for (var row = start; row < end; row++)
            {
                var (first, last) = range.Of(row);
                frames.Move(row, first, last);
            }

            frames.EndPartition(end);
        }

        frames.Seal();
        return frames;
    }

    // Ascending, whichever way the order goes.
    private static (long[] Values, bool[] IsNull) OrderValues(Column column, bool isDescending)
    {
        column = column.ToDense();
        var values = new long[column.Length];
        var isNull = new bool[column.Length];
        for (var i = 0; i < values.Length; i++)
        {
            isNull[i] = column.IsNull(i);
            values[i] = isNull[i] ? 0 : column switch
            {
                FixedColumn<sbyte> c => c.Values[i],
                FixedColumn<short> c => c.Values[i],
                FixedColumn<int> c => c.Values[i],
                FixedColumn<long> c => c.Values[i],
                _ => throw new UnreachableException($"A distance over {column.Type}"),
            };
            values[i] = isDescending ? -values[i] : values[i];
        }

        return (values, isNull);
    }

    private static Column Neighbours(OverCallSpec call, IReadOnlyList<Column> columns, PartitionBounds bounds)
    {
        var values = columns[call.Argument].ToDense();
        var count = bounds.Count;
        var sources = new int[count];
        var step = call.Function == OverFunction.Lag ? -1 : 1;
        for (var row = 0; row < count; row++)
        {
            var (first, end) = (bounds.Start[row], bounds.End[row]);
            var target = call.IgnoresNulls ? Skip(values, row, step, call.Offset, first, end) : row + step * Math.Min(call.Offset, count);
            sources[row] = target >= first && target < end ? (int)target : call.Default < 0 ? -1 : count + row;
        }

        var all = call.Default < 0 ? values : ColumnGather.Concat([values, columns[call.Default].ToDense().WithType(values.Type)]);
        var result = all.Gather(sources);
        return result.Type.Equals(call.Type) ? result : result.WithType(call.Type);
    }

    private static long Skip(Column values, int row, int step, long count, int first, int end)
    {
        var at = row;
        while (count > 0 && (at += step) >= first && at < end)
        {
            count -= values.IsNull(at) ? 0 : 1;
        }

        return count > 0 ? -1 : at;
    }

    private static long[] Numbers(OverCallSpec call, PartitionBounds bounds)
    {
        var numbers = new long[bounds.Count];
        var dense = 0L;
        for (var row = 0; row < numbers.Length; row++)
        {
            var (start, size) = (bounds.Start[row], bounds.End[row] - bounds.Start[row]);
            dense = row == start ? 1 : dense + (bounds.PeersStart[row] == row ? 1 : 0);
            numbers[row] = call.Function switch
            {
                OverFunction.RowNumber => row - start + 1,
                OverFunction.Rank => bounds.PeersStart[row] - start + 1,
                OverFunction.DenseRank => dense,
                _ => PartOf(row - start, size, call.Offset),
            };
        }

        return numbers;
    }

    // NTILE: the first size % parts parts have a row more.
    private static long PartOf(int index, int size, long parts)
    {
        var (length, longer) = Math.DivRem(size, parts);
        return index < longer * (length + 1) ? index / (length + 1) + 1 : longer + (index - longer * (length + 1)) / length + 1;
    }

    private static double[] Shares(OverFunction function, PartitionBounds bounds)
    {
        var shares = new double[bounds.Count];
        for (var row = 0; row < shares.Length; row++)
        {
            var (start, size) = (bounds.Start[row], bounds.End[row] - bounds.Start[row]);

            // Flink counts rows that are equal in order one after the other here, and so do we.
            shares[row] = function == OverFunction.CumeDist ? (double)(row - start + 1) / size
                : size == 1 ? 0
                : (double)(bounds.PeersStart[row] - start) / (size - 1);
        }

        return shares;
    }
}

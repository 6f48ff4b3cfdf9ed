namespace Arctic.Dataflow.Operators.Over;

/// <summary>Where the partition and the peers of each row start and end; ends are excluded.</summary>
internal sealed class PartitionBounds
{
    /// <summary>Finds the bounds.</summary>
    public PartitionBounds(ReadOnlySpan<bool> isFirstOfPartition, ReadOnlySpan<bool> isFirstOfPeers)
    {
        (Start, End) = Of(isFirstOfPartition);
        (PeersStart, PeersEnd) = Of(isFirstOfPeers);
    }

    /// <summary>The number of rows.</summary>
    public int Count => Start.Length;

    public int[] Start { get; }

    public int[] End { get; }

    public int[] PeersStart { get; }

    public int[] PeersEnd { get; }

    private static (int[] Start, int[] End) Of(ReadOnlySpan<bool> isFirst)
    {
        var (starts, ends) = (new int[isFirst.Length], new int[isFirst.Length]);
        for (int i = 0, start = 0; i < starts.Length; i++)
        {
            start = isFirst[i] ? i : start;
            starts[i] = start;
        }

        for (int i = ends.Length - 1, end = ends.Length; i >= 0; i--)
        {
            ends[i] = end;
            end = isFirst[i] ? i : end;
        }

        return (starts, ends);
    }
}

/// <summary>The frame of each row of one partition, asked for row by row: both ends only move on.</summary>
internal sealed class FrameRange
{
    private readonly OverFrame _frame;
    private readonly PartitionBounds _bounds;
    private readonly long[]? _values;
    private readonly bool[]? _isNull;
    private readonly int _start;
    private readonly int _end;
    private readonly int _firstValue;
    private readonly int _endValue;
    private int _first;
    private int _last;

    /// <summary>Begins a partition.</summary>
    /// <param name="values">The order column, ascending; null when no end is a distance in it.</param>
    /// <param name="isNull">Which of the values are NULL.</param>
    public FrameRange(OverFrame frame, PartitionBounds bounds, long[]? values, bool[]? isNull, int start, int end)
    {
        (_frame, _bounds, _values, _isNull, _start, _end) = (frame, bounds, values, isNull, start, end);
        (_firstValue, _endValue) = (start, end);
        if (isNull is not null)
        {
            // NULLs stand together at one side and are no distance from anything.
            while (_firstValue < end && isNull[_firstValue])
            {
                _firstValue++;
            }

            while (_endValue > _firstValue && isNull[_endValue - 1])
            {
                _endValue--;
            }
        }

        (_first, _last) = (_firstValue, _firstValue);
    }

    /// <summary>The first row of a row's frame, and the one behind its last; the first is not before the second when it is empty.</summary>
    public (int First, int End) Of(int row) => _frame.IsRows
        ? (_frame.Start.IsUnbounded ? _start : Clamp(row + _frame.Start.Distance), _frame.End.IsUnbounded ? _end : Clamp(row + _frame.End.Distance + 1))
        : (FirstOfRange(row), EndOfRange(row));

    private int FirstOfRange(int row)
    {
        if (_frame.Start.IsUnbounded)
        {
            return _start;
        }

        if (_values is null || _isNull![row] || _frame.Start.Distance == 0) // both or none
        {
            return _bounds.PeersStart[row];
        }

        while (_first < _endValue && _values[_first] < Moved(_values[row], _frame.Start.Distance))
        {
            _first++;
        }

        return _first;
    }

    private int EndOfRange(int row)
    {
        if (_frame.End.IsUnbounded)
        {
            return _end;
        }

        if (_values is null || _isNull![row] || _frame.End.Distance == 0) // as above
        {
            return _bounds.PeersEnd[row];
        }

        while (_last < _endValue && _values[_last] <= Moved(_values[row], _frame.End.Distance))
        {
            _last++;
        }

        return _last;
    }

    // Beyond the range of numbers there is nothing to compare with.
    private static long Moved(long value, long distance) => distance < 0
        ? value < long.MinValue - distance ? long.MinValue : value + distance
        : value > long.MaxValue - distance ? long.MaxValue : value + distance;

    private int Clamp(long index) => (int)Math.Clamp(index, _start, _end);
}

/// <summary>The additions and retractions by which one aggregate goes through the frames of all rows, and where each row's result stands in them.</summary>
internal sealed class FrameSteps(int rowCount)
{
    private readonly List<int> _rows = new(rowCount * 2);
    private readonly List<sbyte> _signs = new(rowCount * 2);
    private readonly List<int> _partitionEnds = [];
    private int _first;
    private int _end;

    /// <summary>The row of each step.</summary>
    public int[] Rows { get; private set; } = [];

    /// <summary>1 for a row that comes in, -1 for one that goes, 0 for none.</summary>
    public sbyte[] Signs { get; private set; } = [];

    /// <summary>Whether a partition ends with the step.</summary>
    public bool[] ClearsAfter { get; private set; } = [];

    /// <summary>The step behind which each row's frame is in.</summary>
    public int[] Results { get; } = new int[rowCount];

    /// <summary>Goes on to the frame of the next row.</summary>
    public void Move(int row, int first, int end)
    {
        end = Math.Max(first, end);
        var stepsBefore = _rows.Count;
        while (_first < first && _first < _end)
        {
            Add(_first++, -1);
        }

        // Rows that no frame holds are passed over.
        _first = Math.Max(_first, first);
        _end = Math.Max(_end, _first);
        while (_end < end)
        {
            Add(_end++, 1);
        }

        if (_rows.Count == stepsBefore && (stepsBefore == 0 || _partitionEnds.Count > 0 && _partitionEnds[^1] == stepsBefore - 1))
        {
            Add(row, 0);
        }

        Results[row] = _rows.Count - 1;
    }

    /// <summary>Ends a partition: the aggregate starts anew.</summary>
    /// <param name="nextRow">The first row of the next partition.</param>
    public void EndPartition(int nextRow)
    {
        _partitionEnds.Add(_rows.Count - 1);
        _first = _end = nextRow;
    }

    /// <summary>Ends the steps.</summary>
    public void Seal()
    {
        (Rows, Signs, ClearsAfter) = ([.. _rows], [.. _signs], new bool[_rows.Count]);
        foreach (var end in _partitionEnds)
        {
            ClearsAfter[end] = true;
        }
    }

    private void Add(int row, sbyte sign)
    {
        _rows.Add(row);
        _signs.Add(sign);
    }
}

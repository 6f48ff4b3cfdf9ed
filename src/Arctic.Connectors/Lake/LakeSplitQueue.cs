using Arctic.KeyedTables;

namespace Arctic.Connectors.Lake;

/// <summary>
/// The splits that wait for a reader. In an ordered queue all splits of one partition and bucket go to one reader, in the order in which they came; otherwise any
/// reader takes the next one. Not thread-safe.
/// </summary>
internal sealed class LakeSplitQueue
{
    private const int NoMask = -1;

    private readonly bool _isOrdered;
    private readonly Queue<LakeSplit>[] _waiting;
    private int _mask;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="parallelism">The number of readers.</param>
    /// <param name="mask">The mask that owners are found at: that of an earlier run, or null to take the coarsest of the first splits.</param>
    public LakeSplitQueue(int parallelism, bool isOrdered, int? mask = null)
    {
        _isOrdered = isOrdered;
        _mask = mask ?? NoMask;
        _waiting = new Queue<LakeSplit>[isOrdered ? parallelism : 1];
        for (var i = 0; i < _waiting.Length; i++)
        {
            _waiting[i] = new Queue<LakeSplit>();
        }
    }

    /// <summary>The mask that owners are found at; null before the first split.</summary>
    public int? Mask => _mask == NoMask ? null : _mask;

    /// <summary>The splits that wait; those of one bucket in their order.</summary>
    public IEnumerable<LakeSplit> Waiting => _waiting.SelectMany(q => q);

    /// <summary>The number of splits that wait.</summary>
    public int Count => _waiting.Sum(q => q.Count);

    /// <summary>Adds splits behind the others.</summary>
    public void Add(IReadOnlyCollection<LakeSplit> splits)
    {
        if (_isOrdered && _mask == NoMask && splits.Count > 0)
        {
            _mask = splits.Min(s => s.Bucket.Mask);
        }

        foreach (var split in splits)
        {
            foreach (var part in _isOrdered ? AtMask(split) : [split])
            {
                _waiting[_isOrdered ? OwnerOf(part) : 0].Enqueue(part);
            }
        }
    }

    /// <summary>Takes the next split of a reader out; null when it has none.</summary>
    public LakeSplit? Take(int subtask) => _waiting[_isOrdered ? subtask : 0].TryDequeue(out var split) ? split : null;

    // A node above the mask spreads over several owners: each gets a copy that reads only its own keys (spec/arctic.md, G.1, as of 0.4.1).
    private IEnumerable<LakeSplit> AtMask(LakeSplit split)
    {
        if (split.Bucket.Mask >= _mask || split is not LakeSplit.Changes changes)
        {
            return [split];
        }

        return Enumerable.Range(0, (_mask + 1) / (split.Bucket.Mask + 1))
            .Select(i => new KeyBucket(_mask, split.Bucket.Index + i * (split.Bucket.Mask + 1)))
            .Select(node => changes with { Bucket = node, Filter = node });
    }

    private int OwnerOf(LakeSplit split)
    {
        // Java's text hash: stable over processes, as a restored queue must find the same owners.
        var hash = 0;
        foreach (var c in split.Partition)
        {
            hash = 31 * hash + c;
        }

        return (int)((uint)(hash + split.Bucket.AncestorAt(_mask).Index) % (uint)_waiting.Length);
    }
}

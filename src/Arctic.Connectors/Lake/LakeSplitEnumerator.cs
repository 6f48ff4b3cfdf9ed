using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;

namespace Arctic.Connectors.Lake;

/// <summary>
/// Finds the splits of a lake table: those of one pinned state of it, then, when streaming, those of each commit that follows. A split is handed out or in the state,
/// never both or neither.
/// </summary>
internal sealed class LakeSplitEnumerator : ISplitEnumerator
{
    private const byte Version = 2;
    private const long NotPlanned = -1;

    private readonly ILakePlanner _planner;
    private readonly bool _isStreaming;
    private readonly Lock _lock = new();
    private readonly LakeSplitQueue _queue;
    private long _sequence = NotPlanned;

    /// <summary>Makes an enumerator.</summary>
    /// <param name="parallelism">The number of readers.</param>
    /// <param name="state">What an earlier one returned from <see cref="SnapshotState"/>; empty for a fresh start.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.CheckpointDamaged"/>.</exception>
    public LakeSplitEnumerator(ILakePlanner planner, bool isStreaming, int parallelism, ReadOnlyMemory<byte> state)
    {
        _planner = planner;
        _isStreaming = isStreaming;
        if (state.IsEmpty)
        {
            _queue = new LakeSplitQueue(parallelism, isOrdered: isStreaming);
            return;
        }

        (_sequence, var mask, var waiting) = Read(state);
        _queue = new LakeSplitQueue(parallelism, isOrdered: isStreaming, mask);
        _queue.Add(waiting);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DiscoverAsync(CancellationToken cancellationToken)
    {
        if (_sequence == NotPlanned)
        {
            Add(await _planner.PlanInitialAsync(cancellationToken).ConfigureAwait(false));
            return _isStreaming;
        }

        if (!_isStreaming)
        {
            return false;
        }

        while (true)
        {
            if (await _planner.WaitForChangesAsync(_sequence, cancellationToken).ConfigureAwait(false) is { } plan)
            {
                Add(plan);
                if (plan.Splits.Count > 0)
                {
                    return true;
                }
            }
        }
    }

    /// <inheritdoc/>
    public SourceSplit? TryAssign(int subtask)
    {
        lock (_lock)
        {
            return _queue.Take(subtask)?.ToSourceSplit();
        }
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> SnapshotState()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        lock (_lock)
        {
            writer.Write(Version);
            writer.Write(_sequence);
            writer.Write(_queue.Mask ?? -1);
            writer.Write(_queue.Count);
            foreach (var split in _queue.Waiting)
            {
                split.Write(writer);
            }
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Add(LakePlan plan)
    {
        lock (_lock)
        {
            _queue.Add(plan.Splits);
            _sequence = plan.Sequence;
        }
    }

    private static (long Sequence, int? Mask, List<LakeSplit> Waiting) Read(ReadOnlyMemory<byte> state)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(state.ToArray(), writable: false));
            var version = reader.ReadByte();
            if (version != Version)
            {
                throw new FormatException($"Version {version} is not known.");
            }

            var (sequence, mask, count) = (reader.ReadInt64(), reader.ReadInt32(), reader.ReadInt32());
            var waiting = new List<LakeSplit>();
            for (var i = 0; i < count; i++)
            {
                waiting.Add(LakeSplit.Read(reader));
            }

            return (sequence, mask < 0 ? null : mask, waiting);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or IOException)
        {
            throw new ArcticException(ErrorCodes.CheckpointDamaged, $"Cannot read where the discovery of a lake table's splits stood: {e.Message}", e);
        }
    }
}

/// <summary>Plans the splits of a lake table.</summary>
internal interface ILakePlanner
{
    /// <summary>The splits to begin with, of one consistent state of the table.</summary>
    ValueTask<LakePlan> PlanInitialAsync(CancellationToken cancellationToken);

    /// <summary>Waits a while for commits after a sequence number.</summary>
    /// <returns>Their splits; null when there were none in that time.</returns>
    ValueTask<LakePlan?> WaitForChangesAsync(long sequence, CancellationToken cancellationToken);
}

/// <summary>Splits, and how far they reach.</summary>
/// <param name="Splits">In the order in which those of one bucket must be read.</param>
/// <param name="Sequence">The sequence number of the newest commit that they hold; 0 before the first.</param>
internal sealed record LakePlan(IReadOnlyList<LakeSplit> Splits, long Sequence);

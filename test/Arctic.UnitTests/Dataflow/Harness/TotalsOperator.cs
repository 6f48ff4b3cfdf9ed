using Arctic.Columnar;
using Arctic.Dataflow.Operators;
using Arctic.Dataflow.State;

namespace Arctic.UnitTests.Dataflow.Harness;

/// <summary>
/// Passes rows through and counts them a value, in state by key group; at the end it sends a row (-1 - value, count) a value. So its output shows a row that came twice, a lost state,
/// a state restored twice, and an end told twice.
/// </summary>
internal sealed class TotalsOperator : StreamOperator
{
    private readonly SortedDictionary<long, long> _counts = [];

    public override async ValueTask OpenAsync(IStateReader? restored, CancellationToken cancellationToken)
    {
        if (restored is null)
        {
            return;
        }

        await foreach (var (_, content) in restored.ReadKeyGroupsAsync("counts", cancellationToken))
        {
            foreach (var pair in Numbers.FromBytes(content).Chunk(2))
            {
                _counts[pair[0]] = _counts.GetValueOrDefault(pair[0]) + pair[1];
            }
        }
    }

    public override ValueTask ProcessBatchAsync(int input, ChangeBatch batch, CancellationToken cancellationToken)
    {
        foreach (var (_, value) in Numbers.Rows(batch))
        {
            Assert.True(Context.KeyGroups.Contains(ValuePartitioner.KeyGroupOf(value)), "A row came to a task that does not own its key group.");
            _counts[value] = _counts.GetValueOrDefault(value) + 1;
        }

        return Context.Output.EmitAsync(batch, cancellationToken);
    }

    public override async ValueTask FinishInputAsync(int input, CancellationToken cancellationToken)
    {
        var totals = _counts.Select(c => (-1 - c.Key, c.Value)).ToList();
        _counts.Clear();
        if (totals.Count > 0)
        {
            await Context.Output.EmitAsync(Numbers.Batch(totals), cancellationToken);
        }
    }

    public override async ValueTask SnapshotStateAsync(IStateWriter writer, CancellationToken cancellationToken)
    {
        foreach (var group in _counts.GroupBy(c => ValuePartitioner.KeyGroupOf(c.Key)))
        {
            await writer.WriteKeyGroupAsync("counts", group.Key, Numbers.ToBytes(group.SelectMany(c => new[] { c.Key, c.Value }).ToArray()), cancellationToken);
        }
    }

    /// <summary>What the table must hold after a whole run over the numbers from 0 on.</summary>
    public static List<(long Id, long Value)> ExpectedOutput(long count, long keys) =>
        Enumerable.Range(0, (int)count).Select(id => ((long)id, id % keys))
            .Concat(Enumerable.Range(0, (int)Math.Min(keys, count)).Select(key => (-1L - key, (count - key + keys - 1) / keys)))
            .Order()
            .ToList();
}

using Arctic.Columnar;
using Arctic.Dataflow.Runtime;
using Arctic.UnitTests.Dataflow.Harness;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Dataflow.Runtime;

public sealed class PartitionedEdgeWriterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly LeaseCounter _leases = new();
    private readonly List<Receiver> _receivers = [];

    [Fact]
    public async Task Small_pieces_are_joined_and_sent_when_the_input_is_idle()
    {
        var writer = CreateWriter(receivers: 2, rowsTarget: 100);
        await writer.WriteAsync(Batch(0, 10));
        await writer.WriteAsync(Batch(10, 10));

        Assert.True(writer.HasHeldBack);
        Assert.All(_receivers, r => Assert.Empty(r.Batches));
        await writer.FlushAsync();

        Assert.False(writer.HasHeldBack);
        Assert.All(_receivers, r => Assert.Single(r.Batches));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), _receivers.SelectMany(r => r.Ids).Order());
        Assert.All(_receivers, r => Assert.Equal(r.Ids.Order(), r.Ids));
        Assert.Equal(0, _leases.Held);
    }

    [Fact]
    public async Task A_piece_that_is_big_enough_goes_at_once_without_a_copy()
    {
        var writer = CreateWriter(receivers: 1, rowsTarget: 10);
        var batch = Batch(0, 10);

        await writer.WriteAsync(batch);

        Assert.Same(batch, Assert.Single(_receivers[0].Batches));
        Assert.False(writer.HasHeldBack);
    }

    [Fact]
    public async Task Held_rows_go_before_a_big_piece_that_comes_later()
    {
        var writer = CreateWriter(receivers: 1, rowsTarget: 10);
        await writer.WriteAsync(Batch(0, 3));
        await writer.WriteAsync(Batch(3, 20));

        Assert.Equal(Enumerable.Range(0, 23).Select(i => (long)i), _receivers[0].Ids);
    }

    [Fact]
    public async Task The_interval_bounds_the_wait_of_a_rare_target()
    {
        var writer = CreateWriter(receivers: 2, rowsTarget: 1000);
        await writer.WriteAsync(Batch(0, 4));
        _time.Advance(TimeSpan.FromMilliseconds(4));
        await writer.WriteAsync(Batch(4, 4));
        Assert.True(writer.HasHeldBack);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await writer.WriteAsync(Batch(8, 4));

        Assert.False(writer.HasHeldBack);
    }

    [Fact]
    public async Task Only_selected_rows_are_sent_each_to_the_owner_of_its_key()
    {
        var writer = CreateWriter(receivers: 3, rowsTarget: 1);
        using var all = Batch(0, 100);
        await writer.WriteAsync(all.WithSelection(Enumerable.Range(0, 50).Select(i => 2 * i).ToArray()));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => 2L * i), _receivers.SelectMany(r => r.Ids).Order());
        for (var target = 0; target < 3; target++)
        {
            foreach (var batch in _receivers[target].Batches)
            {
                var targets = new int[batch.RowCount];
                new ValuePartitioner().Partition(batch, 3, targets);
                Assert.All(targets, t => Assert.Equal(target, t));
            }
        }
    }

    [Fact]
    public async Task Dropping_gives_held_rows_back()
    {
        var writer = CreateWriter(receivers: 1, rowsTarget: 100);
        await writer.WriteAsync(Batch(0, 5));
        Assert.Equal(1, _leases.Held);

        writer.Drop();

        Assert.Equal(0, _leases.Held);
        Assert.False(writer.HasHeldBack);
    }

    private ChangeBatch Batch(int first, int count) => Numbers.Batch(Enumerable.Range(first, count).Select(i => ((long)i, (long)i)).ToList(), _leases.Take());

    private PartitionedEdgeWriter CreateWriter(int receivers, int rowsTarget)
    {
        _receivers.AddRange(Enumerable.Range(0, receivers).Select(_ => new Receiver()));
        return new PartitionedEdgeWriter(_receivers, new ValuePartitioner(), rowsTarget, TimeSpan.FromMilliseconds(5), _time);
    }

    private sealed class Receiver : IExchange
    {
        public List<ChangeBatch> Batches { get; } = [];

        public List<long> Ids => Batches.SelectMany(Numbers.Rows).Select(r => r.Id).ToList();

        public ValueTask SendAsync(StreamElement element)
        {
            Batches.Add(element.Batch);
            return ValueTask.CompletedTask;
        }
    }
}

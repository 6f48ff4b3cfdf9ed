using Arctic.Dataflow.Connectors;
using Arctic.Dataflow.Runtime;
using Arctic.Dataflow.Time;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.UnitTests.Dataflow.Runtime;

public sealed class InputGateTests
{
    [Fact]
    public async Task A_full_channel_makes_its_sender_wait_until_the_reader_takes_one()
    {
        var gate = new InputGate([0], capacity: 2);
        var sender = gate.SenderOf(0);
        await sender.SendAsync(StreamElement.Of(new Watermark(1)));
        await sender.SendAsync(StreamElement.Of(new Watermark(2)));

        var third = sender.SendAsync(StreamElement.Of(new Watermark(3))).AsTask();
        Assert.False(third.IsCompleted);
        Assert.True(gate.TryReceive(out _, out var element));
        await third.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(1, element.Watermark.EpochMillis);
        Assert.True(gate.TryReceive(out _, out element));
        Assert.Equal(2, element.Watermark.EpochMillis);
        Assert.True(gate.TryReceive(out _, out element));
        Assert.Equal(3, element.Watermark.EpochMillis);
        Assert.False(gate.TryReceive(out _, out _));
    }

    [Fact]
    public async Task A_blocked_channel_keeps_its_elements_while_the_other_flows()
    {
        var gate = new InputGate([0, 1], capacity: 4);
        await gate.SenderOf(0).SendAsync(StreamElement.Of(new Watermark(1)));
        gate.Block(0);

        Assert.False(gate.TryReceive(out _, out _));
        var waiting = gate.WaitAsync();
        await gate.SenderOf(0).SendAsync(StreamElement.Of(new Watermark(2)));
        Assert.False(waiting.IsCompleted);
        await gate.SenderOf(1).SendAsync(StreamElement.Of(new Watermark(9)));
        await waiting.AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(gate.TryReceive(out var channel, out var element));
        Assert.Equal((1, 9), (channel, element.Watermark.EpochMillis));

        gate.UnblockAll();
        Assert.True(gate.TryReceive(out channel, out element));
        Assert.Equal((0, 1), (channel, element.Watermark.EpochMillis));
    }

    [Fact]
    public async Task Channels_are_served_in_turn()
    {
        var gate = new InputGate([0, 0, 0], capacity: 4);
        for (var channel = 0; channel < 3; channel++)
        {
            await gate.SenderOf(channel).SendAsync(StreamElement.Of(new Watermark(1)));
            await gate.SenderOf(channel).SendAsync(StreamElement.Of(new Watermark(2)));
        }

        var order = new List<int>();
        while (gate.TryReceive(out var channel, out _))
        {
            order.Add(channel);
        }

        Assert.Equal([0, 1, 2, 0, 1, 2], order);
    }

    [Fact]
    public async Task Aborting_wakes_both_ends_and_gives_queued_batches_back()
    {
        var leases = new LeaseCounter();
        var gate = new InputGate([0, 0], capacity: 1);
        await gate.SenderOf(0).SendAsync(StreamElement.Of(Numbers.Batch([(1, 1)], leases.Take())));
        var sending = gate.SenderOf(0).SendAsync(StreamElement.Of(Numbers.Batch([(2, 2)], leases.Take()))).AsTask();
        gate.Block(0);
        var waiting = gate.WaitAsync().AsTask();

        gate.Abort();

        await Assert.ThrowsAsync<OperationCanceledException>(() => sending);
        await waiting;
        Assert.Throws<OperationCanceledException>(() => gate.TryReceive(out _, out _));
        await Assert.ThrowsAsync<OperationCanceledException>(() => gate.SenderOf(1).SendAsync(StreamElement.Of(Numbers.Batch([(3, 3)], leases.Take()))).AsTask());
        Assert.Equal(0, leases.Held);
    }

    [Fact]
    public async Task Many_senders_and_a_reader_lose_nothing_and_keep_each_senders_order()
    {
        const int Count = 5000;
        var gate = new InputGate([0, 0, 0, 0], capacity: 3);
        var senders = Enumerable.Range(0, 4).Select(channel => Task.Run(async () =>
        {
            for (var i = 0; i < Count; i++)
            {
                await gate.SenderOf(channel).SendAsync(StreamElement.Of(new Watermark(i)));
            }
        })).ToArray();

        var next = new long[4];
        for (var received = 0; received < 4 * Count;)
        {
            if (gate.TryReceive(out var channel, out var element))
            {
                Assert.Equal(next[channel]++, element.Watermark.EpochMillis);
                received++;
            }
            else
            {
                await gate.WaitAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            }
        }

        await Task.WhenAll(senders);
        Assert.False(gate.TryReceive(out _, out _));
    }

    [Fact]
    public void Elements_without_rows_drop_without_effect()
    {
        StreamElement.Of(new CheckpointBarrier(new CheckpointId(1), 1, false)).Drop();
        StreamElement.End(wasBefore: false).Drop();
        Assert.Equal(StreamElementKind.EndedBefore, StreamElement.End(wasBefore: true).Kind);
    }
}

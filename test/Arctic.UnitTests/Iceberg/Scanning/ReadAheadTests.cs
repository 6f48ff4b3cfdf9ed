using Arctic.Iceberg.Scanning;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class ReadAheadTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Results_keep_the_order_of_their_items_however_they_finish()
    {
        // The second item's work ends before the first's.
        var second = new TaskCompletionSource();
        var results = ReadAhead.RunAsync(
            [0, 1, 2],
            async (item, _) =>
            {
                if (item == 0)
                {
                    await second.Task;
                }
                else if (item == 1)
                {
                    second.SetResult();
                }

                return item * 10;
            },
            2,
            Token);

        Assert.Equal([0, 10, 20], await results.ToListAsync(Token));
    }

    [Fact]
    public async Task No_more_items_are_begun_than_may_wait()
    {
        var begun = 0;
        await foreach (var item in ReadAhead.RunAsync(Enumerable.Range(0, 20).ToArray(), (i, _) => { Interlocked.Increment(ref begun); return Task.FromResult(i); }, 3, Token))
        {
            // This one has been taken, and at most three follow.
            Assert.InRange(Volatile.Read(ref begun), item + 1, item + 3);
        }

        Assert.Equal(20, begun);
    }

    [Fact]
    public async Task The_first_failure_in_order_ends_it_and_nothing_goes_on_behind()
    {
        var running = 0;
        var results = ReadAhead.RunAsync(
            Enumerable.Range(0, 10).ToArray(),
            async (i, token) =>
            {
                Interlocked.Increment(ref running);
                try
                {
                    if (i == 2)
                    {
                        throw new InvalidOperationException("two");
                    }

                    if (i > 2)
                    {
                        await Task.Delay(Timeout.Infinite, token);
                    }

                    return i;
                }
                finally
                {
                    Interlocked.Decrement(ref running);
                }
            },
            4,
            Token);

        var found = new List<int>();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            await foreach (var item in results)
            {
                found.Add(item);
            }
        });

        Assert.Equal("two", error.Message);
        Assert.Equal([0, 1], found);
        Assert.Equal(0, running);
    }
}

using Arctic.Columnar;
using Arctic.Dataflow.Connectors;
using Arctic.UnitTests.Storage.Formats;

namespace Arctic.UnitTests.Conformance;

/// <summary>What every bounded source that can be replayed promises; each implementation inherits it.</summary>
public abstract class SourceConformance
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A fresh source that gives the same rows each time; several batches of them, so that there are positions to stop at.</summary>
    protected abstract ISource CreateSource();

    [Fact]
    public async Task A_source_gives_the_same_rows_each_time()
    {
        var first = await AllRowsAsync(1);
        var second = await AllRowsAsync(1);

        Assert.NotEmpty(first);
        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Parallel_readers_share_the_rows()
    {
        var alone = await AllRowsAsync(1);
        var together = await AllRowsAsync(3);

        Assert.Equal(alone.Order(StringComparer.Ordinal), together.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(3, 2)]
    public async Task A_restore_at_any_position_gives_the_rest(int parallelismBefore, int parallelismAfter)
    {
        var expected = (await AllRowsAsync(1)).Order(StringComparer.Ordinal).ToList();
        var batchCount = await BatchCountAsync(parallelismBefore);
        Assert.True(batchCount > 2, "The suite needs a source of several batches.");

        for (var stop = 0; stop <= batchCount; stop += Math.Max(1, batchCount / 25))
        {
            var rows = new List<string>();
            SourceState state;
            await using (var before = new SourceDriver(CreateSource(), parallelismBefore))
            {
                for (var i = 0; i < stop; i++)
                {
                    using var batch = await before.ReadAsync(Token);
                    rows.AddRange(FormatTesting.Rows((ChangeBatch)batch!));
                }

                state = before.State;

                // What is read behind the checkpoint is forgotten.
                (await before.ReadAsync(Token))?.Dispose();
            }

            await using var after = new SourceDriver(CreateSource(), parallelismAfter, state);
            rows.AddRange(await after.ReadRowsAsync(Token));
            Assert.Equal(expected, rows.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_finished_source_has_nothing_left_behind_its_last_state()
    {
        SourceState state;
        await using (var driver = new SourceDriver(CreateSource()))
        {
            await driver.ReadRowsAsync(Token);
            state = driver.State;
        }

        Assert.Empty(state.Splits);
        await using var again = new SourceDriver(CreateSource(), 1, state);
        Assert.Empty(await again.ReadRowsAsync(Token));
    }

    [Fact]
    public void A_bounded_source_that_can_be_replayed_says_so()
    {
        var source = CreateSource();

        Assert.True(source.IsBounded);
        Assert.True(source.IsReplayable);
    }

    private async Task<List<string>> AllRowsAsync(int parallelism)
    {
        await using var driver = new SourceDriver(CreateSource(), parallelism);
        return await driver.ReadRowsAsync(Token);
    }

    private async Task<int> BatchCountAsync(int parallelism)
    {
        await using var driver = new SourceDriver(CreateSource(), parallelism);
        var count = 0;
        while (await driver.ReadAsync(Token) is { } batch)
        {
            batch.Dispose();
            count++;
        }

        return count;
    }
}

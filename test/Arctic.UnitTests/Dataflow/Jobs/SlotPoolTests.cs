using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;

namespace Arctic.UnitTests.Dataflow.Jobs;

public sealed class SlotPoolTests
{
    [Fact]
    public void A_pool_that_is_cut_below_what_is_held_gives_nothing_until_enough_came_back()
    {
        var pool = new SlotPool(4);
        var held = pool.Take("wide", 3);

        pool.Resize(2);

        Assert.Equal(2, pool.Count);
        var error = Assert.Throws<ArcticException>(() => pool.Take("small", 1));
        Assert.Equal(ErrorCodes.NoSlots, error.Code);
        Assert.Contains("only 0 of 2 are free", error.Message, StringComparison.Ordinal);

        held.Dispose();

        Assert.Equal(2, pool.FreeCount);
        pool.Take("small", 2).Dispose();
    }

    [Fact]
    public void A_pool_that_grows_has_the_new_slots_at_once()
    {
        var pool = new SlotPool(1);
        using var held = pool.Take("one", 1);

        pool.Resize(3);

        Assert.Equal(2, pool.FreeCount);
        using var more = pool.Take("two", 2);
    }
}

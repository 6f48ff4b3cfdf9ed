using Arctic.KeyedTables.Writing;

namespace Arctic.UnitTests.KeyedTables;

public class SlotGroupsTests
{
    [Fact]
    public void Rows_keep_their_order_within_a_slot_and_slots_that_of_their_first_row()
    {
        var groups = new SlotGroups();

        groups.Group(rows: [10, 11, 12, 13, 14], slots: [7, 2, 7, 0, 2], offsets: [1, 2, 3, 4, 5]);

        Assert.Equal([7, 2, 0], groups.Slots);
        Assert.Equal([10, 12], groups.RowsOf(0).ToArray());
        Assert.Equal([11, 14], groups.RowsOf(1).ToArray());
        Assert.Equal([2L, 5], groups.OffsetsOf(1).ToArray());
        Assert.Equal([13], groups.RowsOf(2).ToArray());
    }

    [Fact]
    public void A_second_batch_knows_nothing_of_the_first()
    {
        var groups = new SlotGroups();
        groups.Group([1, 2, 3], [0, 1, 2], [1, 2, 3]);

        groups.Group([4], [1], []);

        Assert.Equal([1], groups.Slots);
        Assert.Equal([4], groups.RowsOf(0).ToArray());
    }
}

using Arctic.Columnar;
using Arctic.KeyedTables.Reading;

namespace Arctic.UnitTests.KeyedTables;

public class ChangelogMergeTests
{
    [Fact]
    public void Equal_offsets_are_a_pair_and_others_stand_alone()
    {
        var order = new int[6];
        var kinds = new RowKind[6];

        ChangelogMerge.Interleave(deletes: [2, 4], inserts: [1, 2, 2, 7], order, kinds);

        Assert.Equal([2, 0, 3, 4, 1, 5], order);
        Assert.Equal([RowKind.Insert, RowKind.UpdateBefore, RowKind.UpdateAfter, RowKind.Insert, RowKind.Delete, RowKind.Insert], kinds);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(9, 4)]
    public void Counting_up_to_a_bound(long bound, int count) => Assert.Equal(count, ChangelogMerge.CountUpTo([1, 5, 5, 9], bound));
}

using Arctic.KeyedTables;

namespace Arctic.UnitTests.KeyedTables;

public class KeyBucketTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(1, 0, 2)]
    [InlineData(1, 1, 3)]
    [InlineData(3, 0, 4)]
    [InlineData(3, 3, 7)]
    [InlineData(7, 5, 13)]
    [InlineData(7, 3, 11)]
    public void Ids_go_both_ways(int mask, int index, long id)
    {
        Assert.Equal(id, new KeyBucket(mask, index).Id);
        Assert.Equal(new KeyBucket(mask, index), KeyBucket.FindById(id));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void Other_numbers_are_no_bucket(long id) => Assert.Null(KeyBucket.FindById(id));

    [Fact]
    public void Halves_have_their_bucket_as_parent()
    {
        for (var id = 1; id < 64; id++)
        {
            var bucket = KeyBucket.FindById(id)!.Value;

            Assert.Equal(bucket, bucket.Left.Parent);
            Assert.Equal(bucket, bucket.Right.Parent);
        }

        Assert.Throws<InvalidOperationException>(() => KeyBucket.Root.Parent);
    }

    [Fact]
    public void A_bucket_contains_its_parts_and_no_others()
    {
        var bucket = new KeyBucket(3, 2);

        Assert.True(bucket.Contains(bucket));
        Assert.True(KeyBucket.Root.Contains(bucket));
        Assert.True(bucket.Contains(new KeyBucket(7, 6)));
        Assert.False(bucket.Contains(new KeyBucket(7, 5)));
        Assert.False(bucket.Contains(new KeyBucket(1, 0)));
        Assert.True(bucket.Overlaps(new KeyBucket(1, 0)));
        Assert.False(bucket.Overlaps(new KeyBucket(1, 1)));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 7)]
    public void Masks_hold_at_least_the_wanted_buckets(int count, int mask) => Assert.Equal(mask, KeyBucket.MaskFor(count));

    [Fact]
    public void Buckets_of_the_specification()
    {
        // [1], [2], [3], [4] as INT hash to 32..35.
        Assert.Equal([0, 1, 2, 3], new[] { 32, 33, 34, 35 }.Select(h => KeyBucket.Of(h, 3).Index));
    }
}

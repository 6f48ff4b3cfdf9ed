using Arctic.Columnar.Randomness;

namespace Arctic.UnitTests.Columnar;

public class EntropyRandomTests
{
    private readonly EntropyRandom _random = new();

    [Fact]
    public void Numbers_are_within_their_bounds_and_reach_them()
    {
        var small = Enumerable.Range(0, 1000).Select(_ => _random.Next(3, 6)).ToArray();
        var large = Enumerable.Range(0, 1000).Select(_ => _random.NextInt64(long.MinValue, long.MaxValue)).ToArray();
        var reals = Enumerable.Range(0, 1000).Select(_ => _random.NextDouble()).ToArray();

        Assert.Equal([3, 4, 5], small.Distinct().Order());
        Assert.Contains(large, n => n < long.MinValue / 2);
        Assert.Contains(large, n => n > long.MaxValue / 2);
        Assert.All(reals, r => Assert.InRange(r, 0, 1 - double.Epsilon));
        Assert.InRange(reals.Average(), 0.4, 0.6);
        Assert.Equal(7, _random.NextInt64(7, 7));
        Assert.All(Enumerable.Range(0, 1000).Select(_ => _random.NextInt64(1, 3)), n => Assert.InRange(n, 1, 2));
    }

    [Fact]
    public void A_fork_of_entropy_is_entropy_and_one_of_a_seed_is_replayed()
    {
        Assert.IsType<EntropyRandom>(EntropyRandom.Fork(_random));
        Assert.Equal(EntropyRandom.Fork(new Random(3)).Next(), EntropyRandom.Fork(new Random(3)).Next());
    }
}

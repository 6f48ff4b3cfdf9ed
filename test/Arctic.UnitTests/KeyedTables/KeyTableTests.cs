using Arctic.KeyedTables;
using Arctic.KeyedTables.Keys;

namespace Arctic.UnitTests.KeyedTables;

public class KeyTableTests
{
    [Fact]
    public void Ordinals_follow_first_sight_over_growth()
    {
        var table = new KeyTable();
        var random = new Random(7);
        var model = new Dictionary<string, int>();
        for (var i = 0; i < 5000; i++)
        {
            var key = new byte[random.Next(0, 12)];
            random.NextBytes(key);
            if (random.Next(2) == 0)
            {
                key = BitConverter.GetBytes(random.Next(500));
            }

            var name = Convert.ToHexString(key);
            model.TryAdd(name, model.Count);

            Assert.Equal(model[name], table.FindOrAdd(key));
        }

        Assert.Equal(model.Count, table.Count);
        Assert.All(model, entry => Assert.Equal(entry.Value, table.Find(Convert.FromHexString(entry.Key))));
        Assert.Equal(-1, table.Find(new byte[13]));
    }

    [Fact]
    public void A_cleared_table_is_empty()
    {
        var table = new KeyTable();
        table.FindOrAdd([1]);
        table.FindOrAdd([2]);

        table.Clear();

        Assert.Equal(-1, table.Find([1]));
        Assert.Equal(0, table.FindOrAdd([2]));
    }

    [Fact]
    public void Only_a_strictly_later_delete_hides_a_row()
    {
        var deleted = new DeletedKeys();
        deleted.Add([5], new ChangeSequence(4, 1));
        deleted.Add([5], new ChangeSequence(3, 9));

        Assert.True(deleted.IsDead([5], new ChangeSequence(1, ChangeSequence.BaseOffset)));
        Assert.True(deleted.IsDead([5], new ChangeSequence(3, 2)));
        Assert.True(deleted.IsDead([5], new ChangeSequence(4, 0)));
        Assert.False(deleted.IsDead([5], new ChangeSequence(4, 1)));
        Assert.False(deleted.IsDead([5], new ChangeSequence(4, ChangeSequence.BaseOffset)));
        Assert.False(deleted.IsDead([6], new ChangeSequence(0, 0)));
    }
}

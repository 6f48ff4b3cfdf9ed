using Arctic.Columnar;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Keys;
using Arctic.KeyedTables.Writing;

namespace Arctic.UnitTests.KeyedTables;

public class ChangeRouterTests
{
    private const string Insert = "I";
    private const string Delete = "ED";

    [Fact]
    public void A_pair_shares_its_offset()
    {
        Assert.Equal(
            [(1, Insert, 1L), (2, Delete, 2), (3, Delete, 3), (3, Insert, 3), (4, Insert, 4)],
            Route(isUpsert: false, "+I 1", "-D 2", "-U 3", "+U 3", "+I 4"));
    }

    // The second +U of key 4 in t02's first segment: its -U was consumed by the first.
    [Fact]
    public void A_lone_new_image_is_an_insert_of_its_own() =>
        Assert.Equal([(4, Delete, 1L), (4, Insert, 1), (4, Insert, 2)], Route(isUpsert: false, "-U 4", "+U 4", "+U 4"));

    [Fact]
    public void Another_keys_old_image_does_not_make_a_pair() =>
        Assert.Equal([(1, Delete, 1L), (2, Insert, 2)], Route(isUpsert: false, "-U 1", "+U 2"));

    [Fact]
    public void Upsert_deletes_before_inserts_and_lone_new_images_but_not_within_pairs()
    {
        Assert.Equal(
            [(1, Delete, 1L), (1, Insert, 2), (2, Delete, 3), (2, Insert, 3), (2, Delete, 4), (2, Insert, 5), (3, Delete, 6)],
            Route(isUpsert: true, "+I 1", "-U 2", "+U 2", "+U 2", "-D 3"));
    }

    [Fact]
    public void A_reset_starts_offsets_anew_and_forgets_old_images()
    {
        var router = new ChangeRouter(mask: 3, isUpsert: false);
        var keys = new KeyTable();
        Route(router, keys, "-U 1", "-D 2");

        router.Reset();
        keys.Clear();

        Assert.Equal([(1, Insert, 1L)], Route(router, keys, "+U 1"));
    }

    [Fact]
    public void Offsets_go_on_over_batches()
    {
        var router = new ChangeRouter(mask: 3, isUpsert: false);
        var keys = new KeyTable();

        Route(router, keys, "+I 1", "-U 2");

        Assert.Equal([(2, Insert, 2L), (3, Insert, 3)], Route(router, keys, "+U 2", "+I 3"));
    }

    [Fact]
    public void Slots_tell_partition_bucket_and_type()
    {
        var router = new ChangeRouter(mask: 3, isUpsert: false);

        router.Route([0, 1], [RowKind.Insert, RowKind.Delete], hashes: [6, 5], partitions: [0, 2], updateKeys: []);

        Assert.Equal((0, new KeyBucket(3, 2), false), router.Describe(router.Slots[0]));
        Assert.Equal((2, new KeyBucket(3, 1), true), router.Describe(router.Slots[1]));
    }

    [Fact]
    public void Plain_inserts_take_the_short_way_with_the_same_result()
    {
        var router = new ChangeRouter(mask: 1, isUpsert: false);

        router.Route([1, 2], [], hashes: [0, 2, 3], partitions: [0, 1, 1], updateKeys: []);

        Assert.Equal([1, 2], router.Rows.ToArray());
        Assert.Equal([1L, 2], router.Offsets.ToArray());
        Assert.Equal((1, new KeyBucket(1, 0), false), router.Describe(router.Slots[0]));
        Assert.Equal((1, new KeyBucket(1, 1), false), router.Describe(router.Slots[1]));
    }

    private static List<(int Key, string Type, long Offset)> Route(bool isUpsert, params string[] changes) =>
        Route(new ChangeRouter(3, isUpsert), new KeyTable(), changes);

    private static List<(int Key, string Type, long Offset)> Route(ChangeRouter router, KeyTable keyTable, params string[] changes)
    {
        var kinds = changes.Select(c => c[..2] switch { "+I" => RowKind.Insert, "-U" => RowKind.UpdateBefore, "+U" => RowKind.UpdateAfter, _ => RowKind.Delete }).ToArray();
        var keys = changes.Select(c => int.Parse(c[3..])).ToArray();
        var updateKeys = keys.Where((_, i) => kinds[i] is RowKind.UpdateBefore or RowKind.UpdateAfter).Select(k => keyTable.FindOrAdd(BitConverter.GetBytes(k))).ToArray();
        var rows = Enumerable.Range(0, keys.Length).ToArray();
        router.Route(rows, kinds, keys, [], updateKeys);
        var result = new List<(int, string, long)>();
        for (var i = 0; i < router.Rows.Length; i++)
        {
            result.Add((keys[router.Rows[i]], router.Describe(router.Slots[i]).IsDelete ? Delete : Insert, router.Offsets[i]));
        }

        return result;
    }
}

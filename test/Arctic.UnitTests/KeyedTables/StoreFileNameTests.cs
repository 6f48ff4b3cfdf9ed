using Arctic.KeyedTables;
using Arctic.KeyedTables.Stores;

namespace Arctic.UnitTests.KeyedTables;

public class StoreFileNameTests
{
    [Theory]
    [InlineData("5-I-12-00002-0-0000000001.parquet", 5, "Insert", 12)]
    [InlineData("4-B-0-00000-0-1234567890123-00001.parquet", 4, "Base", 0)]
    [InlineData(".13-ED-7-00000-0-1234567890123-00001.orc", 13, "EqualityDelete", 7)]
    [InlineData("file:/golden/wh/db/t/data/a=1/6-PD-3-00000-0-99-00001.parquet", 6, "PositionDelete", 3)]
    public void Every_generation_of_names_is_read(string path, long node, string type, long transaction)
    {
        var name = StoreFileName.Parse(path, StoreKind.Change);

        Assert.Equal((node, type, transaction), (name.Bucket.Id, name.Type.ToString(), name.Transaction));
    }

    [Theory]
    [InlineData("00000-0-a3b2.parquet")]
    [InlineData("part-0001.parquet")]
    [InlineData("4-X-0-00000-0-1-00001.parquet")]
    [InlineData("0-I-0-00000-0-1-00001.parquet")]
    [InlineData("4-I-0-00000-0.parquet")]
    public void A_foreign_name_means_what_its_store_holds(string path)
    {
        Assert.Equal(new StoreFileName(KeyBucket.Root, StoreFileType.Insert, 0, ""), StoreFileName.Parse(path, StoreKind.Change));
        Assert.Equal(new StoreFileName(KeyBucket.Root, StoreFileType.Base, 0, ""), StoreFileName.Parse(path, StoreKind.Base));
    }

    [Fact]
    public void Inserts_in_a_base_store_are_base_files() =>
        Assert.Equal(StoreFileType.Base, StoreFileName.Parse("5-I-12-00002-0-0000000001.parquet", StoreKind.Base).Type);

    [Fact]
    public void Written_names_count_over_all_buckets_and_types()
    {
        var namer = new StoreFileNamer(2, new Random(1));

        var first = namer.Next(new KeyBucket(3, 1), StoreFileType.Insert, 0, "parquet");
        var second = namer.Next(new KeyBucket(3, 0), StoreFileType.EqualityDelete, 0, "parquet");

        Assert.Matches(@"^5-I-0-00000-2-\d+-00001\.parquet$", first);
        Assert.Matches(@"^4-ED-0-00000-2-\d+-00002\.parquet$", second);
        Assert.Equal(first.Split('-')[5], second.Split('-')[5]);
        var read = StoreFileName.Parse(second, StoreKind.Change);
        Assert.Equal((new KeyBucket(3, 0), StoreFileType.EqualityDelete, 0L), (read.Bucket, read.Type, read.Transaction));
        Assert.Equal(StoreFileName.Parse(first, StoreKind.Change).Writer, read.Writer);
    }
}

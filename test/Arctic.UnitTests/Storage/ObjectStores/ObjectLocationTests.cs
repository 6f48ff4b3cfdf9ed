using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Storage.ObjectStores;

public sealed class ObjectLocationTests
{
    [Theory]
    [InlineData("/x/a", "file:///x/a")]
    [InlineData("//x/a", "file:///x/a")]
    [InlineData("file:/x/a", "file:///x/a")]
    [InlineData("file:///x/a", "file:///x/a")]
    [InlineData("file://localhost/x/a", "file:///x/a")]
    [InlineData("FILE:/x/a/", "file:///x/a")]
    [InlineData("s3://b/k", "s3://b/k")]
    [InlineData("s3a://b/k/", "s3://b/k")]
    [InlineData("s3n://b/k", "s3://b/k")]
    [InlineData("S3A://b/K%20k", "s3://b/K%20k")]
    [InlineData("hdfs://host:20500/x/a", "hdfs://host:20500/x/a")]
    [InlineData("memory:///w", "memory:///w")]
    [InlineData("/x/day=2024-01-01 10:00/a", "file:///x/day=2024-01-01 10:00/a")]
    public void Spellings_have_one_canonical_form(string location, string canonical)
    {
        Assert.Equal(canonical, ObjectLocation.Normalize(location));
        Assert.Equal(canonical, ObjectLocation.Normalize(canonical));
    }

    [Theory]
    [InlineData("file:/x/a", "/x/a")]
    [InlineData("file:/x/a", "file:///x/a")]
    [InlineData("s3a://b/k", "s3://b/k")]
    [InlineData("hdfs://host:20500/x/a", "/x/a")]
    [InlineData("hdfs://host:20500/x/a", "hdfs://other/x/a")]
    [InlineData("hdfs:/x/a", "hdfs://host/x/a")]
    [InlineData("viewfs://cluster/x/a", "file:/x/a")]
    [InlineData("/x//a", "/x/a")]
    [InlineData("hdfs://host/x//a", "/x///a")]
    public void Spellings_of_one_file_have_one_identity(string one, string other) => Assert.Equal(ObjectLocation.IdentityOf(one), ObjectLocation.IdentityOf(other));

    [Theory]
    [InlineData("/x/a", "/x/b")]
    [InlineData("s3://b/k", "s3://c/k")]
    [InlineData("s3://b/k", "/b/k")]
    [InlineData("s3://b/a//k", "s3://b/a/k")]
    [InlineData("/x/a b", "/x/a%20b")]
    [InlineData("/x/A", "/x/a")]
    public void Other_files_have_other_identities(string one, string other) => Assert.NotEqual(ObjectLocation.IdentityOf(one), ObjectLocation.IdentityOf(other));

    [Theory]
    [InlineData("hdfs://host:20500/x/a", "/x/a")]
    [InlineData("file:/x/a", "/x/a")]
    [InlineData("/x/a", "/x/a")]
    [InlineData("s3://b/k/a", "/k/a")]
    [InlineData("s3://b/k//a", "/k/a")]
    [InlineData("memory:///w", "/w")]
    [InlineData("s3://b", "")]
    public void The_path_is_what_follows_the_authority(string location, string path) => Assert.Equal(path, ObjectLocation.PathOf(location));
}

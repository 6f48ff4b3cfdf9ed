using System.Text;
using Arctic.Columnar.Errors;
using Arctic.KeyedTables.Optimizing;

namespace Arctic.UnitTests.KeyedTables;

public class MarkerJsonTests
{
    [Fact]
    public void Text_is_that_of_the_original()
    {
        Assert.Equal("""{"":6}""", Encoding.UTF8.GetString(MarkerJson.Write(new Dictionary<string, long> { [""] = 6 })));
        Assert.Equal(
            """{"op_time=2022-06-17T10%3A11%3A11":1}""",
            Encoding.UTF8.GetString(MarkerJson.Write(new Dictionary<string, long> { ["op_time=2022-06-17T10%3A11%3A11"] = 1 })));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var marker = new Dictionary<string, long> { ["a=1"] = 5, ["b=+%2F"] = long.MaxValue };

        Assert.Equal(marker, MarkerJson.Read(MarkerJson.Write(marker), "test"));
    }

    [Fact]
    public void Older_releases_kept_it_in_a_property()
    {
        var marker = MarkerJson.ReadPartitionProperties("""{"a=1":{"max-txId":"7","base-op-time":"1"},"a=2":{"base.table.max-transaction-id":"3"},"a=3":{}}""");

        Assert.Equal(new Dictionary<string, long> { ["a=1"] = 7, ["a=2"] = 3 }, marker);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("""{"a":"x"}""")]
    public void A_damaged_marker_is_refused(string text)
    {
        var error = Assert.Throws<ArcticException>(() => MarkerJson.Read(Encoding.UTF8.GetBytes(text), "statistics file 'x'"));

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        Assert.Contains("statistics file 'x'", error.Message, StringComparison.Ordinal);
    }
}

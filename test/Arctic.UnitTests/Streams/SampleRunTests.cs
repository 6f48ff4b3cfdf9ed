using DataStreamSample;

namespace Arctic.UnitTests.Streams;

/// <summary>The sample, over a folder of the disk.</summary>
public sealed class SampleRunTests
{
    [Fact(Timeout = 120_000)]
    public async Task Second_run_counts_on()
    {
        using var folder = new TemporaryFolder();
        var warehouse = Path.Combine(folder.Path, "warehouse");
        using var first = new StringWriter();
        using var second = new StringWriter();

        await CustomerTotals.RunAsync(warehouse, first, TestContext.Current.CancellationToken);
        await CustomerTotals.RunAsync(warehouse, second, TestContext.Current.CancellationToken);

        Assert.Equal("Stopped: the next run goes on from here\nann: 2 orders, 10.00\nbob: 1 orders, 12.00\n", first.ToString().ReplaceLineEndings("\n"));
        Assert.Equal("Stopped: the next run goes on from here\nann: 4 orders, 20.00\nbob: 2 orders, 24.00\n", second.ToString().ReplaceLineEndings("\n"));
    }
}

using Arctic.Columnar.Types;
using Arctic.Connectors.Values;
using Arctic.Dataflow.Connectors;
using Arctic.UnitTests.Conformance;
using static Arctic.UnitTests.Storage.Formats.FormatTesting;

namespace Arctic.UnitTests.Connectors.Values;

public sealed class ValuesSourceTests : SourceConformance
{
    private static readonly RowSchema Numbers = Schema(("n", DataTypes.Int));

    [Fact]
    public async Task The_callers_batches_outlive_their_reading()
    {
        var batch = TestRows.Batch(Numbers, [[1], [2]]);
        await using var driver = new SourceDriver(new ValuesSource(Numbers, [[batch]], ChangelogMode.Insert));

        await driver.ReadRowsAsync(TestContext.Current.CancellationToken);

        using var again = batch.Retain();
        Assert.Equal(2, again.RowCount);
    }

    protected override ISource CreateSource() => new ValuesSource(
        Numbers,
        Enumerable.Range(0, 4).Select(s => Enumerable.Range(0, 5).Select(b => TestRows.Batch(Numbers, [[(s * 100) + b], [(s * 100) + b + 50]])).ToList()).ToList(),
        ChangelogMode.Insert);
}

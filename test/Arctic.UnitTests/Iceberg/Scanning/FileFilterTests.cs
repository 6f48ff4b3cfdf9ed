using Arctic.Columnar.Errors;
using Arctic.Iceberg.Scanning;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;

namespace Arctic.UnitTests.Iceberg.Scanning;

public sealed class FileFilterTests
{
    private static readonly PartitionSpec ByDay = new(0, [new PartitionField(4, 1000, "day", new Transform.Identity())]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_partitions_and_metrics_prove_is_true_of_the_rows()
    {
        var (all, none, files) = (0, 0, 0);
        for (var seed = 0; seed < 30; seed++)
        {
            var table = await RandomTable.CreateAsync(seed, 2, RandomTable.RandomSpec(new Random(seed)));
            for (var part = 0; part < 4; part++)
            {
                // Few rows a file, so that its bounds say something.
                await table.AppendAsync(table.RandomRows(8));
            }

            var metadata = table.Table.Metadata;
            var entries = await TableFixture.EntriesAsync(table.Table);
            for (var i = 0; i < 40; i++)
            {
                var test = RowTest.Next(table.Random, 2);
                var filter = new FileFilter(RandomTable.Columns, test.Filter);
                foreach (var file in entries.Select(e => e.File))
                {
                    var rows = await table.RowsOfAsync(file);
                    Assert.NotEmpty(rows);
                    files++;
                    if (filter.MatchesAll(file, metadata))
                    {
                        Assert.All(rows, r => Assert.True(test.Holds(r), $"seed {seed}: {test} is said to hold for all rows, and not for {TestRows.Text(r)}"));
                        all++;
                    }

                    if (!filter.MightMatch(file, metadata))
                    {
                        Assert.All(rows, r => Assert.False(test.Holds(r) == true, $"seed {seed}: {test} is said to hold for no row, and does for {TestRows.Text(r)}"));
                        none++;
                    }
                }
            }
        }

        Assert.True(all > files / 20 && none > files / 10, $"Of {files} files {all} match wholly and {none} not at all: the test would prove nothing.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Files_that_match_wholly_are_overwritten_and_others_end_the_commit(int version)
    {
        var table = await RandomTable.CreateAsync(1, version, ByDay);
        await table.AppendAsync([[1L, 1, "a", 20, 1.0], [2L, 2, "b", 20, 2.0], [3L, 3, "c", 40, 3.0], [4L, 30, "d", null, 4.0]]);
        var added = await table.WriteAsync([[5L, 5, "e", 20, 5.0]]);

        // By the partition, though the metrics of the name would not do.
        var byDay = table.Table.NewTransaction();
        byDay.Overwrite().RemoveMatching(RowTest.Is(3, 20).Filter).Add(added[0]).RequireAddedFilesToMatch();
        table.Rows.RemoveRange(0, 2);
        table.Rows.Add([5L, 5, "e", 20, 5.0]);
        table.Keep(await byDay.CommitAsync(Token));
        await table.CheckAsync();

        // By metrics.
        var byUid = table.Table.NewTransaction();
        byUid.Delete().RemoveMatching(RowTest.Less(0, 4L).Filter);
        table.Rows.RemoveAt(0);
        table.Keep(await byUid.CommitAsync(Token));
        await table.CheckAsync();

        await table.AppendAsync([[6L, 6, "x", 60, 6.0], [7L, 7, "y", 60, 6.0]]);
        var partly = table.Table.NewTransaction();
        partly.Overwrite().RemoveMatching(RowTest.Less(0, 7L).Filter).Add(added[0]);
        var error = await Assert.ThrowsAsync<ArcticException>(async () => await partly.CommitAsync(Token));
        Assert.Equal(ErrorCodes.InvalidStatement, error.Code);
        Assert.Contains("some rows", error.Message);

        var foreign = table.Table.NewTransaction();
        foreign.Overwrite().RemoveMatching(RowTest.Is(3, 60).Filter).Add(added[0]).RequireAddedFilesToMatch();
        Assert.Contains("may have others", (await Assert.ThrowsAsync<ArcticException>(async () => await foreign.CommitAsync(Token))).Message);
        await table.CheckAsync();
    }

    [Fact]
    public async Task An_overwrite_by_filter_refuses_rows_that_came_meanwhile_and_matter()
    {
        var table = await RandomTable.CreateAsync(1, 2, ByDay);
        await table.AppendAsync([[1L, 1, "a", 20, 1.0]]);
        var stale = table.Table;
        await table.AppendAsync([[2L, 2, "b", 40, 1.0]]);

        var other = stale.NewTransaction();
        other.Overwrite().RemoveMatching(RowTest.Is(3, 20).Filter).ValidateFrom(stale.Metadata.CurrentSnapshotId).RefuseNewFiles();
        table.Rows.RemoveAt(0);
        table.Keep(await other.CommitAsync(Token));
        await table.CheckAsync();

        stale = table.Table;
        await table.AppendAsync([[3L, 3, "c", 40, 1.0]]);
        var same = stale.NewTransaction();
        same.Overwrite().RemoveMatching(RowTest.Is(3, 40).Filter).ValidateFrom(stale.Metadata.CurrentSnapshotId).RefuseNewFiles();
        await Assert.ThrowsAsync<Arctic.Iceberg.Catalog.CommitConflictException>(async () => await same.CommitAsync(Token));
    }
}

using Arctic.Workloads.Torture;

namespace Arctic.InteropTests;

/// <summary>Writers in several processes on one table, over a store that breaks, while processes are killed. The full-size test is the workload <c>commit-torture</c>.</summary>
public sealed class CommitTortureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arctic-torture-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_acknowledged_commit_is_there_once_every_other_at_most_once_and_no_state_is_torn()
    {
        const int seed = 7;
        var site = new TortureSite(_folder);

        var kills = await new TortureRun(site, seed, TimeSpan.FromSeconds(10), KillInterval: TimeSpan.FromSeconds(2)).RunAsync(Token);

        var told = TortureJournal.ReadAll(site.Journals);
        var report = await TortureCheck.RunAsync(site, told, new Random(seed), Token);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"seed {seed}: {kills} kills, {told.Count(TortureOutcome.Acknowledged)} acknowledged, {told.Count(TortureOutcome.Failed)} failed, {told.Count(TortureOutcome.Unknown)} unknown, {told.Count(TortureOutcome.None)} cut off, {told.Faults} of {told.Operations} operations broke, {report.Snapshots} snapshots");
        Assert.True(report.Violations.Count == 0, $"seed {seed}:\n{string.Join('\n', report.Violations)}");
        Assert.InRange(kills, 2, 5);
        Assert.True(told.Count(TortureOutcome.Acknowledged) >= 10, "Too few commits for a test.");
        Assert.InRange(told.Faults, told.Operations / 40, told.Operations / 10);
    }
}

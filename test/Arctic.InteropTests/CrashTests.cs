using Arctic.Dataflow.Checkpoints;
using Arctic.Testing.Judging;
using Arctic.Workloads.Crash;

namespace Arctic.InteropTests;

/// <summary>
/// The command line as real processes that are killed, stopped, started twice and given damaged checkpoints (architecture, decision 5). The full-size crash test is the workload <c>crash</c>.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private const int Seed = 20;
    private const string Interval = "250 ms";

    // So slow that the job still runs when a busy machine lets the test look at last.
    private const int SlowRate = 1_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("arctic-crash-").FullName;
    private readonly CancellationTokenSource _patience = new(TimeSpan.FromMinutes(5));

    private CancellationToken Patience => _patience.Token;

    public void Dispose()
    {
        _patience.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_job_killed_at_random_moments_writes_what_an_uninterrupted_run_writes()
    {
        var (feed, whole) = Prepare(rows: 100_000, "whole");
        var killed = SiteOf("killed");
        whole.WriteScript();
        killed.WriteScript(rowsPerSecond: 2_500, interval: Interval);
        var run = new CrashRun(killed, kills: 6, TimeSpan.FromSeconds(1), new Random(Seed)) { OptimizedRuns = new HashSet<int> { 2, 4 }, BeforeLast = () => killed.WriteScript(interval: Interval) };

        await CrashRun.RunToEndAsync(whole, Patience);
        var report = await run.RunAsync(Patience);
        await killed.OptimizeAsync();

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: {report}");
        var history = await TableHistory.OpenAsync(killed, Patience);
        var rows = await history.ReadRowsAsync(Patience);
        Assert.Equal(feed.Live, rows);
        Assert.Equal(await (await TableHistory.OpenAsync(whole, Patience)).ReadRowsAsync(Patience), rows);
        Assert.Equal(ImagesOf(feed, times: 1), await history.CountImagesAsync(feed.Rows, Patience));
        var (pairs, violations) = await history.CheckEveryPairAsync(Patience);
        Assert.Empty(violations);
        Assert.InRange(report.Restores, 1, report.Kills);
        Assert.InRange(pairs, history.ChangeSnapshotCount + history.BaseSnapshotCount, int.MaxValue);
        Assert.InRange(history.BaseSnapshotCount, 1, 3);
        await JudgedLake.CheckAsync(killed.Warehouse, Patience);
    }

    [Fact]
    public async Task A_job_with_state_killed_at_random_moments_counts_every_change_once()
    {
        var (feed, site) = Prepare(rows: 40_000, "killed");
        site.WriteScript(CrashSite.AggregateQuery, rowsPerSecond: 1_000, interval: Interval);
        var run = new CrashRun(site, kills: 4, TimeSpan.FromSeconds(1), new Random(Seed)) { BeforeLast = () => site.WriteScript(CrashSite.AggregateQuery, interval: Interval) };

        var report = await run.RunAsync(Patience);

        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: {report}");
        Assert.InRange(report.Restores, 1, report.Kills);
        var history = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal(feed.Live, await history.ReadRowsAsync(Patience));
        Assert.Empty((await history.CheckEveryPairAsync(Patience)).Violations);
        await JudgedLake.CheckAsync(site.Warehouse, Patience);
    }

    [Theory]
    [InlineData(ArcticProcess.Terminate, 143)]
    [InlineData(ArcticProcess.Interrupt, 130)]
    public async Task A_signal_ends_the_job_with_a_checkpoint_from_which_the_next_run_goes_on(int signal, int status)
    {
        var (feed, site) = Prepare(rows: 20_000, "stopped");
        site.WriteScript(rowsPerSecond: SlowRate, interval: Interval);

        await StopInTheMiddleAsync(site, signal, status);

        var newest = site.Checkpoints[^1];
        var stopped = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal($"1/{newest}", MarkOf(stopped));
        site.WriteScript();
        var errors = await CrashRun.RunToEndAsync(site, Patience);
        Assert.Contains($"goes on from checkpoint {newest}.", errors);
        var finished = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal(feed.Live, await finished.ReadRowsAsync(Patience));
        Assert.Equal(ImagesOf(feed, times: 1), await finished.CountImagesAsync(feed.Rows, Patience));
        await JudgedLake.CheckAsync(site.Warehouse, Patience);
    }

    [Fact]
    public async Task A_finished_job_leaves_no_checkpoint_and_runs_anew()
    {
        var (feed, site) = Prepare(rows: 5_000, "finished");
        site.WriteScript();
        await CrashRun.RunToEndAsync(site, Patience);
        var left = site.Checkpoints;

        var errors = await CrashRun.RunToEndAsync(site, Patience);

        Assert.Empty(left);
        Assert.Empty(site.Checkpoints);
        Assert.Contains("starts from the beginning", errors);
        var history = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal(feed.Live, await history.ReadRowsAsync(Patience));
        Assert.Equal(ImagesOf(feed, times: 2), await history.CountImagesAsync(feed.Rows, Patience));
        await JudgedLake.CheckAsync(site.Warehouse, Patience);
    }

    [Fact]
    public async Task A_changed_plan_is_refused_with_the_difference_and_the_old_one_goes_on()
    {
        var (feed, site) = Prepare(rows: 20_000, "changed");
        site.WriteScript(rowsPerSecond: SlowRate, interval: Interval);
        await StopInTheMiddleAsync(site, ArcticProcess.Terminate, 143);

        site.WriteScript(CrashSite.PlainQuery + " WHERE id > 7");
        var (status, errors) = await RunAsync(site);

        Assert.Equal(1, status);
        Assert.Contains("error PLAN_CHANGED: Job", errors);
        Assert.Contains("\n  - 0: TableSourceScan(", errors);
        Assert.Matches(@"\n  \+ 0: TableSourceScan\(.*Calc\(.*7", errors);
        Assert.Contains("pipeline.name", errors);
        site.WriteScript();
        await CrashRun.RunToEndAsync(site, Patience);
        Assert.Equal(feed.Live, await (await TableHistory.OpenAsync(site, Patience)).ReadRowsAsync(Patience));
    }

    [Fact]
    public async Task A_restart_may_change_the_parallelism()
    {
        var (feed, site) = Prepare(rows: 20_000, "wider");
        site.WriteScript(CrashSite.AggregateQuery, rowsPerSecond: SlowRate, interval: Interval);
        await StopInTheMiddleAsync(site, ArcticProcess.Terminate, 143);

        site.WriteScript(CrashSite.AggregateQuery, parallelism: 3);
        var errors = await CrashRun.RunToEndAsync(site, Patience);

        Assert.Contains("goes on from checkpoint", errors);
        Assert.Equal(feed.Live, await (await TableHistory.OpenAsync(site, Patience)).ReadRowsAsync(Patience));
    }

    [Fact]
    public async Task Of_two_runs_of_one_job_the_newer_goes_on_and_the_older_stops()
    {
        var (feed, site) = Prepare(rows: 80_000, "twice");
        site.WriteScript(rowsPerSecond: SlowRate, interval: Interval);
        await using var older = ArcticProcess.Start(site.Script);
        await older.WaitUntilAsync(() => site.Checkpoints.Count > 0, Patience);

        // Faster, but not so fast that it is done before the older one looks around.
        site.WriteScript(rowsPerSecond: 15_000, interval: Interval);
        await using var newer = ArcticProcess.Start(site.Script);

        Assert.Equal(1, await older.WaitAsync(Patience));
        Assert.Contains("error JOB_FENCED: Job", older.Errors);
        Assert.Contains("(incarnation 1) stops: incarnation 2 of the same job has started", older.Errors);
        Assert.Equal(0, await newer.WaitAsync(Patience));
        var history = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal(feed.Live, await history.ReadRowsAsync(Patience));
        Assert.Equal(ImagesOf(feed, times: 1), await history.CountImagesAsync(feed.Rows, Patience));
        await JudgedLake.CheckAsync(site.Warehouse, Patience);
    }

    [Fact]
    public async Task Of_two_first_runs_at_once_none_stumbles_over_what_the_other_makes()
    {
        var (feed, site) = Prepare(rows: 8_000, "together");
        site.WriteScript(rowsPerSecond: SlowRate, interval: Interval);

        var runs = await Task.WhenAll(RunAsync(site), RunAsync(site));

        Assert.Contains(runs, run => run.Status == 0);
        Assert.All(runs, run => Assert.True(run.Status == 0 || run.Errors.Contains("error JOB_FENCED: Job", StringComparison.Ordinal), run.Errors));
        var history = await TableHistory.OpenAsync(site, Patience);
        Assert.Equal(feed.Live, await history.ReadRowsAsync(Patience));
        Assert.Equal(ImagesOf(feed, times: 1), await history.CountImagesAsync(feed.Rows, Patience));
        await JudgedLake.CheckAsync(site.Warehouse, Patience);
    }

    [Fact]
    public async Task A_table_whose_creation_was_cut_off_is_completed_by_the_next_run_or_dropped()
    {
        var (feed, site) = Prepare(rows: 1_000, "halved");
        var changeStore = Path.Combine(site.Warehouse, "db", "t_change_");
        await site.ExecuteAsync("CREATE DATABASE lake.db", CrashSite.CreateTable);
        Directory.Delete(changeStore, recursive: true);
        await site.ExecuteAsync("DROP TABLE lake.db.t", CrashSite.CreateTable);
        Directory.Delete(changeStore, recursive: true);
        site.WriteScript();

        await CrashRun.RunToEndAsync(site, Patience);

        Assert.Equal(feed.Live, await (await TableHistory.OpenAsync(site, Patience)).ReadRowsAsync(Patience));
    }

    [Theory]
    [InlineData(Damage.CutMetadata)]
    [InlineData(Damage.FlippedMetadata)]
    [InlineData(Damage.CutState)]
    [InlineData(Damage.FlippedState)]
    [InlineData(Damage.LostState)]
    public async Task A_damaged_newest_checkpoint_that_the_table_holds_stops_the_job_and_both_are_named(Damage damage)
    {
        var (_, site) = Prepare(rows: 20_000, "damaged");
        site.WriteScript(CrashSite.AggregateQuery, rowsPerSecond: SlowRate, interval: Interval);
        await StopInTheMiddleAsync(site, ArcticProcess.Terminate, 143);
        var (usable, newest) = (site.Checkpoints[^2], site.Checkpoints[^1]);
        Apply(damage, site, newest);
        var before = MarkOf(await TableHistory.OpenAsync(site, Patience));

        var (status, errors) = await RunAsync(site);

        Assert.Equal(1, status);
        Assert.Contains("error CHECKPOINT_DAMAGED: Job", errors);
        Assert.Contains($"holds the rows of checkpoint {newest}, which cannot be read (", errors);
        Assert.Contains($"the newest readable checkpoint is {usable}", errors);
        Assert.Contains("backup", errors);
        Assert.Equal([usable, newest], site.Checkpoints.TakeLast(2));
        Assert.Equal(before, MarkOf(await TableHistory.OpenAsync(site, Patience)));
    }

    [Theory]
    [InlineData(Damage.CutMetadata)]
    [InlineData(Damage.FlippedMetadata)]
    [InlineData(Damage.CutState)]
    [InlineData(Damage.FlippedState)]
    [InlineData(Damage.LostState)]
    public async Task A_damaged_newest_checkpoint_that_no_table_holds_is_passed_over(Damage damage)
    {
        var (feed, site) = Prepare(rows: 20_000, "damaged");
        site.WriteScript(CrashSite.AggregateQuery, rowsPerSecond: SlowRate, interval: Interval);
        await StopInTheMiddleAsync(site, ArcticProcess.Terminate, 143);
        var usable = site.Checkpoints[^1];
        var newest = AddUncommitted(site, usable);
        Apply(damage, site, newest);

        site.WriteScript(CrashSite.AggregateQuery);
        var errors = await CrashRun.RunToEndAsync(site, Patience);

        Assert.Contains($"Checkpoint {newest} of job", errors);
        Assert.Contains("is passed over, and nothing of it is committed", errors);
        Assert.Contains($"goes on from checkpoint {usable}.", errors);
        Assert.Equal(feed.Live, await (await TableHistory.OpenAsync(site, Patience)).ReadRowsAsync(Patience));
    }

    /// <summary>What happened to a checkpoint's files.</summary>
    public enum Damage
    {
        CutMetadata,
        FlippedMetadata,
        CutState,
        FlippedState,
        LostState,
    }

    private static void Apply(Damage damage, CrashSite site, long checkpoint)
    {
        var metadata = site.CheckpointFile(checkpoint);
        var state = Path.Combine(site.JobFolder!, CheckpointMetadata.Parse(File.ReadAllBytes(metadata), metadata).StateFiles.MaxBy(f => f.Size)!.Path);
        switch (damage)
        {
            case Damage.CutMetadata or Damage.CutState:
                var cut = damage == Damage.CutMetadata ? metadata : state;
                File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^7]);
                break;
            case Damage.FlippedMetadata or Damage.FlippedState:
                var flipped = damage == Damage.FlippedMetadata ? metadata : state;
                var bytes = File.ReadAllBytes(flipped);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(flipped, bytes);
                break;
            default:
                File.Delete(state);
                break;
        }
    }

    // What a crash leaves between a checkpoint and its commit: the next number, whole but for what is done to it afterwards, with state files of its own.
    private static long AddUncommitted(CrashSite site, long newest)
    {
        var metadata = CheckpointMetadata.Parse(File.ReadAllBytes(site.CheckpointFile(newest)), "the newest checkpoint");
        var files = metadata.StateFiles.Select(f => f with { Path = f.Path.Replace("state/", "state/9", StringComparison.Ordinal) }).ToList();
        foreach (var (from, to) in metadata.StateFiles.Zip(files))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(site.JobFolder!, to.Path))!);
            File.Copy(Path.Combine(site.JobFolder!, from.Path), Path.Combine(site.JobFolder!, to.Path));
        }

        var next = metadata with { Checkpoint = newest + 1, StateFiles = files };
        File.WriteAllBytes(site.CheckpointFile(newest + 1), next.ToBytes());
        return newest + 1;
    }

    private static string MarkOf(TableHistory history) => history.ChangeProperties.Single(p => p.Key.StartsWith("arctic.sink.", StringComparison.Ordinal)).Value;

    private static byte[] ImagesOf(CrashFeed feed, byte times) => Enumerable.Range(0, feed.Rows + 1).Select(line => feed.IsImage(line) ? times : (byte)0).ToArray();

    private (CrashFeed Feed, CrashSite Site) Prepare(int rows, string site) =>
        (CrashFeed.Write(Path.Combine(_folder, "feed.csv"), rows, keys: rows / 20, Seed), SiteOf(site));

    private CrashSite SiteOf(string name) => new(Path.Combine(_folder, name), Path.Combine(_folder, "feed.csv"));

    private async Task<(int Status, string Errors)> RunAsync(CrashSite site)
    {
        await using var process = ArcticProcess.Start(site.Script);
        var status = await process.WaitAsync(Patience);
        return (status, process.Errors);
    }

    private async Task StopInTheMiddleAsync(CrashSite site, int signal, int status)
    {
        await using var process = ArcticProcess.Start(site.Script);
        await process.WaitUntilAsync(() => site.Checkpoints.Count > 0, Patience);

        process.Signal(signal);

        Assert.Equal(status, await process.WaitAsync(Patience));
        Assert.Contains("jobs take a final checkpoint", process.Errors);
        Assert.True(site.Checkpoints.Count >= 2, process.Errors);
    }
}

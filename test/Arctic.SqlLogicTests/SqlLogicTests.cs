using Arctic.SqlLogicTests.Files;
using Arctic.SqlLogicTests.Running;

namespace Arctic.SqlLogicTests;

/// <summary>Every case file in every mode. To add a case, add a file below <c>cases</c>.</summary>
public class SqlLogicTests
{
    internal static readonly string Cases = Path.Combine(FindProject(), "cases");

    /// <summary>A test for each file and each mode in which it runs.</summary>
    public static IEnumerable<TheoryDataRow<string, string>> Runs() =>
        from name in SltFile.FindNames(Cases)
        from mode in SltFile.Read(Cases, name).Modes
        select new TheoryDataRow<string, string>(name, mode.ToString()) { TestDisplayName = $"{name} in {mode}" };

    [Theory(Timeout = 20_000)]
    [MemberData(nameof(Runs))]
    public async Task Case_file_gives_what_it_says(string name, string mode)
    {
        var file = SltFile.Read(Cases, name);
        await using var run = new CaseRun(file, Enum.Parse<RunMode>(mode), Path.Combine(Cases, "data"));

        await run.RunAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Restore_mode_kills_every_job_that_reads_a_table()
    {
        await using var run = new CaseRun(SltFile.Read(Cases, "joins/outer"), RunMode.Restore, Path.Combine(Cases, "data"));

        await run.RunAsync(TestContext.Current.CancellationToken);

        Assert.Equal(4, run.InterruptionCount);
    }

    // The sources, not copies of them: a case can be changed and run without a build.
    private static string FindProject()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Arctic.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests do not run below the repository's root.");
        }

        return Path.Combine(folder, "test", "Arctic.SqlLogicTests");
    }
}

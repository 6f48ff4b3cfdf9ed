using Arctic.InteropTests.CommandLine;

namespace Arctic.InteropTests;

/// <summary>The script <c>arctic</c> at the root, with a <c>dotnet</c> that only notes what it is asked: builds when a source is newer than the build, else not.</summary>
public sealed class StartScriptTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("arctic-script-").FullName;

    public StartScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "src"));
        Directory.CreateDirectory(Path.Combine(_root, "bin"));
        File.Copy(Path.Combine(Repository.Root, "arctic"), Path.Combine(_root, "arctic"));
        foreach (var file in new[] { "src/Program.cs", "Directory.Build.props", "Directory.Packages.props", "global.json" })
        {
            File.WriteAllText(Path.Combine(_root, file), "");
            File.SetLastWriteTimeUtc(Path.Combine(_root, file), DateTime.UtcNow.AddHours(-1));
        }

        WriteDotnet("echo built");
    }

    [Fact]
    public async Task The_first_run_builds_and_the_second_does_not()
    {
        var first = await RunAsync("./arctic sql -e 'SELECT 1'");
        var second = await RunAsync("./arctic sql -e 'SELECT 1'");

        Assert.Equal((0, "run: sql -e SELECT 1\n", ""), (first.ExitCode, first.Output, first.Errors));
        Assert.Equal(first, second);
        Assert.Equal(1, BuildCount);
    }

    [Fact]
    public async Task It_runs_from_another_folder_and_through_a_link()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_root, "else where")).FullName;
        File.CreateSymbolicLink(Path.Combine(elsewhere, "link"), Path.Combine(_root, "arctic"));
        File.CreateSymbolicLink(Path.Combine(elsewhere, "link to link"), Path.Combine(elsewhere, "link"));

        var result = await RunAsync($"cd '{elsewhere}' && './link to link' --version");

        Assert.Equal((0, "run: --version\n", ""), (result.ExitCode, result.Output, result.Errors));
        Assert.Equal(1, BuildCount);
    }

    [Fact]
    public async Task A_newer_source_is_built()
    {
        await RunAsync("./arctic");
        File.SetLastWriteTimeUtc(Path.Combine(_root, "src/Program.cs"), DateTime.UtcNow.AddMinutes(1));

        await RunAsync("./arctic");

        Assert.Equal(2, BuildCount);
    }

    [Fact]
    public async Task Outputs_of_builds_are_no_sources()
    {
        await RunAsync("./arctic");
        Directory.CreateDirectory(Path.Combine(_root, "src", "obj"));
        File.WriteAllText(Path.Combine(_root, "src", "obj", "new.cs"), "");
        File.SetLastWriteTimeUtc(Path.Combine(_root, "src", "obj", "new.cs"), DateTime.UtcNow.AddMinutes(1));

        await RunAsync("./arctic");

        Assert.Equal(1, BuildCount);
    }

    [Fact]
    public async Task Two_runs_at_once_build_once()
    {
        var results = await Task.WhenAll(RunAsync("./arctic a"), RunAsync("./arctic b"));

        Assert.Equal([(0, "run: a\n"), (0, "run: b\n")], results.Select(r => (r.ExitCode, r.Output)));
        Assert.Equal(1, BuildCount);
    }

    [Fact]
    public async Task A_failed_build_shows_its_log_and_is_tried_again()
    {
        WriteDotnet("echo 'error CS1002: ; expected'; exit 1");
        var failed = await RunAsync("./arctic a");
        WriteDotnet("echo built");
        var mended = await RunAsync("./arctic a");

        Assert.Equal((1, ""), (failed.ExitCode, failed.Output));
        Assert.Contains("error CS1002: ; expected", failed.Errors, StringComparison.Ordinal);
        Assert.Contains("the build failed", failed.Errors, StringComparison.Ordinal);
        Assert.Equal((0, "run: a\n"), (mended.ExitCode, mended.Output));
    }

    [Fact]
    public async Task The_exit_status_is_that_of_the_program()
    {
        Assert.Equal(3, (await RunAsync("./arctic fail")).ExitCode);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private int BuildCount => File.ReadLines(Path.Combine(_root, "builds")).Count();

    private Task<CommandResult> RunAsync(string commandLine) => ArcticCommand.RunShellAsync($"export PATH={_root}/bin:$PATH; cd {_root} && chmod +x arctic bin/dotnet && {commandLine}");

    private void WriteDotnet(string publish)
    {
        File.WriteAllText(
            Path.Combine(_root, "bin", "dotnet"),
            $$"""
            #!/usr/bin/env bash
            if [ "$1" = publish ]; then
              echo "$@" >> {{_root}}/builds
              mkdir -p {{_root}}/artifacts/cli
              {{publish}}
            else
              shift
              [ "$1" = fail ] && exit 3
              echo "run: $*"
            fi
            """);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Storage.ObjectStores;

/// <summary>
/// Eight processes create the same names in one folder. The experiment behind docs/decisions/0005-atomic-create.md: run the explicit test for the figures of the ways that we do not use.
/// </summary>
public sealed class AtomicCreateRaceTests
{
    private const int ProcessCount = 8;
    private const string FolderVariable = "ARCTIC_RACE_FOLDER";
    private const string ContenderVariable = "ARCTIC_RACE_CONTENDER";
    private const string WayVariable = "ARCTIC_RACE_WAY";
    private const string NamesVariable = "ARCTIC_RACE_NAMES";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_eight_processes_exactly_one_creates_each_name()
    {
        var outcome = await RaceAsync(CreateWay.Link, names: 200);

        Assert.Equal(200, outcome.NamesWithOneWinner);
        Assert.Equal(0, outcome.WrongContents);
        Assert.Equal(0, outcome.LeftOvers);
        Assert.True(outcome.Winners >= 4, "There was no race: few processes created all names.");
    }

    [Fact(Explicit = true)]
    public async Task Experiment_all_ways()
    {
        foreach (var way in Enum.GetValues<CreateWay>())
        {
            for (var run = 1; run <= 5; run++)
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"{way} run {run}: {await RaceAsync(way, names: 1000)}");
            }
        }
    }

    /// <summary>One contender: started in a process of its own by the tests above.</summary>
    [Fact(Explicit = true)]
    public async Task Contend()
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "This is a part of the race, which starts it.");
        var contender = Environment.GetEnvironmentVariable(ContenderVariable);
        var way = Enum.Parse<CreateWay>(Environment.GetEnvironmentVariable(WayVariable) ?? "");
        var names = int.Parse(Environment.GetEnvironmentVariable(NamesVariable) ?? "", CultureInfo.InvariantCulture);
        var content = Encoding.UTF8.GetBytes($"written by contender {contender}, and long enough to be torn: {new string('x', 4000)}");
        await File.WriteAllTextAsync($"{folder}/ready-{contender}", "", Token);
        SpinUntil(() => File.Exists($"{folder}/go"));

        var won = new List<int>();
        for (var name = 0; name < names; name++)
        {
            if (await TryCreateAsync(way, $"{folder}/names/{name}", content))
            {
                won.Add(name);
            }
        }

        await File.WriteAllLinesAsync($"{folder}/won-{contender}", won.Select(n => n.ToString(CultureInfo.InvariantCulture)), Token);
    }

    private static async ValueTask<bool> TryCreateAsync(CreateWay way, string path, byte[] content)
    {
        switch (way)
        {
            case CreateWay.Link:
                return await new LocalObjectStore().CreateIfAbsentAsync(path, content, Token);
            case CreateWay.FileMove:
                // The look is what lets a loser catch up with the others, so that there is a race for the next name.
                if (File.Exists(path))
                {
                    return false;
                }

                var temporary = WriteTemporary(path, content);
                try
                {
                    File.Move(temporary, path, overwrite: false);
                    return true;
                }
                catch (IOException)
                {
                    File.Delete(temporary);
                    return false;
                }

            case CreateWay.LookAndRename:
                if (File.Exists(path))
                {
                    return false;
                }

                return PosixFiles.Rename(WriteTemporary(path, content), path) == 0;
            case CreateWay.ExclusiveCreate:
                try
                {
                    await using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
                    await file.WriteAsync(content, Token);
                    return true;
                }
                catch (IOException)
                {
                    // What stands there may be half written: a reader cannot tell it from a whole one.
                    return false;
                }

            default:
                throw new UnreachableException(way.ToString());
        }
    }

    private static string WriteTemporary(string path, byte[] content)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(temporary, content);
        return temporary;
    }

    private static async Task<RaceOutcome> RaceAsync(CreateWay way, int names)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory($"{folder.Path}/names");
        var processes = Enumerable.Range(0, ProcessCount).Select(i => Start(folder.Path, i, way, names)).ToList();
        SpinUntil(() => Directory.GetFiles(folder.Path, "ready-*").Length == ProcessCount || processes.Exists(p => p.HasExited));
        var clock = Stopwatch.StartNew();
        await File.WriteAllTextAsync($"{folder.Path}/go", "", Token);
        var torn = await CountTornReadsAsync(folder.Path, processes);
        foreach (var process in processes)
        {
            var output = await process.StandardOutput.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 0, $"A contender failed:\n{output}");
            process.Dispose();
        }

        var winners = Enumerable.Range(0, ProcessCount)
            .SelectMany(i => File.ReadAllLines($"{folder.Path}/won-{i}").Select(n => (Name: int.Parse(n, CultureInfo.InvariantCulture), Contender: i)))
            .ToLookup(w => w.Name, w => w.Contender);
        var wrong = winners.Count(w => !File.ReadAllText($"{folder.Path}/names/{w.Key}").StartsWith($"written by contender {w.First()},", StringComparison.Ordinal));
        return new RaceOutcome(
            winners.Count(w => w.Count() == 1),
            winners.Count(w => w.Count() > 1),
            wrong,
            winners.SelectMany(w => w).Distinct().Count(),
            Directory.GetFiles($"{folder.Path}/names").Length - names,
            torn,
            clock.ElapsedMilliseconds);
    }

    // Reads what is there while it is being created, as a reader of metadata would.
    private static async Task<int> CountTornReadsAsync(string folder, List<Process> processes)
    {
        var torn = new HashSet<string>();
        while (processes.Exists(p => !p.HasExited))
        {
            foreach (var path in Directory.GetFiles($"{folder}/names").TakeLast(20))
            {
                try
                {
                    if (Path.GetFileName(path).All(char.IsAsciiDigit) && new FileInfo(path).Length < 4000)
                    {
                        torn.Add(path);
                    }
                }
                catch (FileNotFoundException)
                {
                    // A temporary file that is gone.
                }
            }

            await Task.Yield();
        }

        return torn.Count;
    }

    private static Process Start(string folder, int contender, CreateWay way, int names)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process is unknown."))
        {
            ArgumentList = { "-method", $"{typeof(AtomicCreateRaceTests).FullName}.{nameof(Contend)}", "-explicit", "only" },
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment[FolderVariable] = folder;
        start.Environment[ContenderVariable] = contender.ToString(CultureInfo.InvariantCulture);
        start.Environment[WayVariable] = way.ToString();
        start.Environment[NamesVariable] = names.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start) ?? throw new InvalidOperationException("A contender did not start.");
    }

    private static void SpinUntil(Func<bool> condition)
    {
        while (!condition())
        {
            Token.ThrowIfCancellationRequested();
            Thread.Yield();
        }
    }

    /// <summary>Ways to create a file that must not exist.</summary>
    private enum CreateWay
    {
        /// <summary>Ours: temporary file, fsync, link(2), fsync of the folder.</summary>
        Link,

        /// <summary>Temporary file, File.Move without overwrite.</summary>
        FileMove,

        /// <summary>Temporary file, File.Exists, rename(2).</summary>
        LookAndRename,

        /// <summary>O_EXCL on the final name, then the content.</summary>
        ExclusiveCreate,
    }

    private sealed record RaceOutcome(
        int NamesWithOneWinner, int NamesWithSeveralWinners, int WrongContents, int Winners, int LeftOvers, int TornReads, long Millis);
}

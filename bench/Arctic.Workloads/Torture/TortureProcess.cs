using System.Diagnostics;
using System.Globalization;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;

namespace Arctic.Workloads.Torture;

/// <summary>One process of a torture: two writers over a store that breaks 5 % of its operations.</summary>
internal static class TortureProcess
{
    private const int WriterCount = 2;
    private const long IdsPerWriter = 1_000_000;

    private static readonly FaultRates Rates = new() { FailBefore = 0.02, FailAfter = 0.02, StallBefore = 0.005, StallAfter = 0.005, StallMax = TimeSpan.FromSeconds(1) };

    /// <summary>Runs the writers; what ends them early is an error that nobody foresaw.</summary>
    /// <param name="number">Different for each process of the torture.</param>
    public static async Task RunAsync(TortureSite site, int number, int seed, TimeSpan duration)
    {
        using var journal = new TortureJournal(Path.Combine(site.Journals, string.Create(CultureInfo.InvariantCulture, $"{number}.journal")));
        var faults = new CountedFaults(new SeededFaults(new Random((seed * 1000) + number), Rates));
        var store = new FaultInjectingObjectStore(new LocalObjectStore(), faults, TimeProvider.System);
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, WriterCount).Select(w => Task.Run(() =>
        {
            var random = new Random((((seed * 1000) + number) * 10) + w);
            var writer = new TortureWriter(site.Open(store, random), journal, random, ((number * WriterCount) + w) * IdsPerWriter);
            return writer.RunAsync(() => clock.Elapsed < duration, () => journal.Count(faults.Operations, faults.Faults));
        })));
    }

    /// <summary>Starts a process of this kind: the program of the workloads, as built beside the project that runs.</summary>
    public static Process Start(TortureSite site, int number, int seed, TimeSpan duration)
    {
        string[] arguments =
        [
            FindProgram(), "commit-torture", "--folder", site.Folder, "--process", number.ToString(CultureInfo.InvariantCulture),
            "--seed", seed.ToString(CultureInfo.InvariantCulture), "--seconds", duration.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
        ];
        return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardError = true }) ?? throw new InvalidOperationException("A process of the torture did not start.");
    }

    // Every project builds into bin/CONFIGURATION/FRAMEWORK below its folder.
    private static string FindProgram()
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "Arctic.slnx")))
        {
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("The program does not run below the repository's root.");
        }

        var below = Path.GetRelativePath(root, AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var program = Path.Combine([root, "bench", "Arctic.Workloads", .. below.Skip(2), "Arctic.Workloads.dll"]);
        return File.Exists(program) ? program : throw new FileNotFoundException($"The workloads are not built: '{program}' is not there.");
    }

    /// <summary>Counts what a plan breaks.</summary>
    private sealed class CountedFaults(IFaultPlan plan) : IFaultPlan
    {
        private long _operations;
        private long _faults;

        public long Operations => Interlocked.Read(ref _operations);

        public long Faults => Interlocked.Read(ref _faults);

        public Fault Next(StoreOperation operation, string location)
        {
            // A listing fails at its start or not at all: at a fault for each of its hundreds of entries none would ever end.
            if (operation == StoreOperation.ListNext)
            {
                return Fault.None;
            }

            Interlocked.Increment(ref _operations);
            var fault = plan.Next(operation, location);
            if (fault.Kind != FaultKind.None)
            {
                Interlocked.Increment(ref _faults);
            }

            return fault;
        }
    }
}

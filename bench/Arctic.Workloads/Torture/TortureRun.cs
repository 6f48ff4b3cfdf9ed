using System.Diagnostics;

namespace Arctic.Workloads.Torture;

/// <summary>Runs four processes of two writers on one table, and kills one of them again and again.</summary>
internal sealed record TortureRun(TortureSite Site, int Seed, TimeSpan Duration, TimeSpan KillInterval)
{
    private const int ProcessCount = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs it.</summary>
    /// <returns>How often a process was killed.</returns>
    /// <exception cref="InvalidOperationException">A process ended with an error.</exception>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await Site.CreateAsync(cancellationToken);
        var random = new Random(Seed);
        var clock = Stopwatch.StartNew();
        var started = 0;
        var processes = new List<Running>();
        try
        {
            while (processes.Count < ProcessCount)
            {
                processes.Add(Start());
            }

            var kills = 0;
            using var ticks = new PeriodicTimer(KillInterval);
            while (Duration - clock.Elapsed > KillInterval && await ticks.WaitForNextTickAsync(cancellationToken))
            {
                var index = random.Next(processes.Count);
                kills += await processes[index].KillAsync() ? 1 : 0;
                processes[index] = Start();
            }

            foreach (var process in processes)
            {
                await process.WaitAsync(Duration - clock.Elapsed + Patience, cancellationToken);
            }

            return kills;
        }
        finally
        {
            foreach (var process in processes)
            {
                await process.DisposeAsync();
            }
        }

        Running Start()
        {
            var left = Duration - clock.Elapsed;
            return new Running(TortureProcess.Start(Site, started++, Seed, left > TimeSpan.Zero ? left : TimeSpan.Zero));
        }
    }

    /// <summary>A process and what it says.</summary>
    private sealed class Running(Process process) : IAsyncDisposable
    {
        private readonly Task<string> _errors = process.StandardError.ReadToEndAsync();

        /// <summary>SIGKILL; false when it had ended.</summary>
        /// <exception cref="InvalidOperationException">It had ended with an error.</exception>
        public async Task<bool> KillAsync()
        {
            if (process.HasExited)
            {
                await CheckAsync();
                return false;
            }

            process.Kill();
            await process.WaitForExitAsync();
            return true;
        }

        public async Task WaitAsync(TimeSpan patience, CancellationToken cancellationToken)
        {
            await process.WaitForExitAsync(cancellationToken).WaitAsync(patience, cancellationToken);
            await CheckAsync();
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            await _errors;
            process.Dispose();
        }

        private async Task CheckAsync()
        {
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"A writer met what it must never meet:\n{await _errors}");
            }
        }
    }
}

using Arctic.Columnar.Errors;
using Arctic.Dataflow.Jobs;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Dataflow.Harness;

namespace Arctic.SimulationTests.Runtime;

/// <summary>
/// The real runtime over a store that fails and a table whose answers get lost: killed at random moments, started again at another parallelism, sometimes beside a run that is still alive. Whatever
/// happens, the table ends as after one quiet run, and every batch is given back.
/// </summary>
public sealed class LocalJobSimulationTests
{
    private const int SeedCount = 150;

    [Fact]
    public async Task Killed_and_restarted_jobs_end_as_an_uninterrupted_one()
    {
        for (var seed = 0; seed < SeedCount; seed++)
        {
            var simulation = new Simulation(seed);
            try
            {
                await simulation.PlayAsync().WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (Exception error)
            {
                Assert.Fail($"Seed {seed}: {error}\n{simulation.Describe()}");
            }
        }
    }

    private sealed class Simulation
    {
        private readonly Random _random;
        private readonly LeaseCounter _leases = new();
        private readonly MemoryTable _table = new();
        private readonly MemoryObjectStore _files = new(TimeProvider.System);
        private readonly TestJobs _jobs;
        private readonly long _count;
        private readonly long _keys;
        private readonly int _splits;
        private readonly List<RunningJob> _alive = [];
        private readonly List<RunningJob> _all = [];
        private TaskCompletionSource? _resumeOlder;

        public Simulation(int seed)
        {
            _random = new Random(seed);
            _count = _random.Next(1, 2000);
            _keys = _random.Next(1, 40);
            _splits = _random.Next(1, 9);
            var rates = new FaultRates { FailBefore = 0.01, FailAfter = 0.01, Tear = 0.005 };
            _jobs = new TestJobs(new FaultInjectingObjectStore(_files, new SeededFaults(new Random(seed + 1), rates), TimeProvider.System));
            var faults = new Random(seed + 2);
            _table.Fault = _ =>
            {
                lock (faults)
                {
                    return faults.Next(12) switch { 0 => true, 1 => false, _ => null };
                }
            };
        }

        public async Task PlayAsync()
        {
            for (var kills = _random.Next(0, 6); kills > 0 && !await IsFinishedAsync(); kills--)
            {
                await RunAndKillAsync(_random.Next(1, 60));
            }

            await EndAllAsync();
            if (!await IsFinishedAsync())
            {
                _table.Fault = null;
                await using var last = await new TestJobs(_files).StartAsync(CreateGraph(null), Options());
                _all.Add(last);
                await last.FinishAsync();
            }

            Assert.Equal(TotalsOperator.ExpectedOutput(_count, _keys), _table.Rows.Order());
            Assert.Equal(0, _leases.Held);
        }

        /// <summary>The whole history: what each run went through, and what each commit held.</summary>
        public string Describe() => string.Join('\n', _all.SelectMany((r, i) => r.Events.All.Select(e => $"run {i}: {e}")))
            + "\n" + string.Join('\n', _table.Commits.Select(c => $"commit {c.Checkpoint.Value} of {c.Incarnation.Value}: {string.Join(' ', c.Rows.Select(r => r.Id))}"))
            + $"\n{_count} rows, {_keys} keys, {_splits} splits";

        private async Task RunAndKillAsync(int stepsUntilKill)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var resume = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var job = await _jobs.StartAsync(CreateGraph(PauseAsync), Options());
            _all.Add(job);
            _alive.Add(job);
            if (_resumeOlder is { } resumeOlder)
            {
                // The older run stood still until now, so it cannot have finished the job before this one began.
                await Task.WhenAny(job.Events.WhenAsync<JobEvent.Claimed>(), job.Job.Completion);
                resumeOlder.TrySetResult();
            }

            _resumeOlder = resume;
            await Task.WhenAny(reached.Task, job.Job.Completion);

            // Now and then a run stays alive beside the next one, which fences it.
            if (_random.Next(4) > 0)
            {
                await EndAllAsync();
            }

            async ValueTask PauseAsync(CancellationToken cancellationToken)
            {
                if (Interlocked.Decrement(ref stepsUntilKill) == 0)
                {
                    reached.TrySetResult();
                    await resume.Task.WaitAsync(cancellationToken);
                }
            }
        }

        private async Task EndAllAsync()
        {
            foreach (var job in _alive)
            {
                await job.DisposeAsync();
                if (job.Job.Completion.Exception?.InnerException is { } error && !IsExpected(error))
                {
                    throw new InvalidOperationException("A run ended in an unexpected way.", error);
                }
            }

            _alive.Clear();
            _resumeOlder = null;
        }

        // A newer run fences an older one; a checkpoint that is torn while it is read may look damaged; what fails too often fails the job.
        private static bool IsExpected(Exception error) =>
            error is ArcticException { Code: var code } && (code == ErrorCodes.JobFenced || code == ErrorCodes.CheckpointDamaged || code == ErrorCodes.StorageFailed || code == ErrorCodes.CommitOutcomeUnknown);

        private Arctic.Dataflow.Graph.JobGraph CreateGraph(Func<CancellationToken, ValueTask>? step)
        {
            var pauses = new Random(_random.Next());
            var source = new NumberSource
            {
                Count = _count,
                Keys = _keys,
                Splits = _splits,
                BatchRows = _random.Next(1, 60),
                Leases = _leases,
                Before = async (_, cancellationToken) =>
                {
                    if (step is not null)
                    {
                        await step(cancellationToken);
                    }

                    int dice;
                    lock (pauses)
                    {
                        dice = pauses.Next(10);
                    }

                    if (dice == 0)
                    {
                        await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
                    }
                    else if (dice < 4)
                    {
                        await Task.Yield();
                    }
                },
            };
            return TestJobs.TotalsGraph(source, new TableSink(_table), _random.Next(1, 4));
        }

        private JobOptions Options() => TestJobs.Options with
        {
            CheckpointInterval = TimeSpan.FromMilliseconds(_random.Next(1, 8)),
            RestartAttempts = 1000,
            ExchangeQueueBatchesMax = _random.Next(1, 4),
            ExchangeBatchRowsTarget = _random.Next(1, 200),
        };

        private async Task<bool> IsFinishedAsync()
        {
            await foreach (var file in _files.ListAsync("memory:///checkpoints", CancellationToken.None))
            {
                if (file.Location.Contains("/finished-", StringComparison.Ordinal) && !file.Location.EndsWith("/finished-0", StringComparison.Ordinal))
                {
                    return true;
                }
            }

            return false;
        }
    }
}

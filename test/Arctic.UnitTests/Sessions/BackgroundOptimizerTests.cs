using Microsoft.Extensions.Logging;

namespace Arctic.UnitTests.Sessions;

/// <summary>Keyed tables that a session writes are optimized by themselves.</summary>
public sealed class BackgroundOptimizerTests : IAsyncDisposable
{
    private readonly LogWatch _log = new();
    private readonly Session _session;

    public BackgroundOptimizerTests()
    {
        _session = new SessionBuilder { Options = new Dictionary<string, string> { ["arctic.optimize.interval"] = "10 ms" }, LoggerFactory = _log }.Build();
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task Changes_are_folded_when_a_partition_has_enough_files_of_them()
    {
        await CreateCatalogAsync();
        await CreateTableAsync("t", "'self-optimizing.minor.trigger.file-count' = '3'");
        var folded = _log.WaitForAsync("Folded 3 change files into the base store of 'db.t'");
        for (var id = 1; id <= 3; id++)
        {
            Assert.False(folded.IsCompleted);
            await _session.RunAsync($"INSERT INTO lake.db.t VALUES ({id}, 'v{id}')");
        }

        await folded.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["3"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.`t.base`"));
        Assert.Equal(["1|v1", "2|v2", "3|v3"], await _session.RunAsync("SELECT * FROM lake.db.t ORDER BY id"));
    }

    // The first look finds them too young and comes back.
    [Fact(Timeout = 60_000)]
    public async Task Few_changes_are_folded_when_they_are_old_enough()
    {
        await CreateCatalogAsync();
        await CreateTableAsync("t", "'self-optimizing.minor.trigger.interval' = '300'");
        var folded = _log.WaitForAsync("Folded 1 change files into the base store of 'db.t'");

        await _session.RunAsync("INSERT INTO lake.db.t VALUES (1, 'v')");
        await folded.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.`t.base`"));
    }

    // Tables are looked at in the order of their commits.
    [Fact(Timeout = 60_000)]
    public async Task Tables_that_do_not_want_it_and_tables_without_a_key_are_left_alone()
    {
        await CreateCatalogAsync();
        await CreateTableAsync("unwilling", "'self-optimizing.enabled' = 'false', 'self-optimizing.minor.trigger.interval' = '0'");
        await CreateTableAsync("patient", "'self-optimizing.minor.trigger.interval' = '9223372036854775807'");
        await CreateTableAsync("willing", "'self-optimizing.minor.trigger.interval' = '0'");
        await _session.RunAsync("CREATE TABLE lake.db.plain (id INT)");
        var folded = _log.WaitForAsync("'db.willing'");

        await _session.RunAsync("INSERT INTO lake.db.unwilling VALUES (1, 'v')");
        await _session.RunAsync("INSERT INTO lake.db.plain VALUES (1)");
        await _session.RunAsync("INSERT INTO lake.db.patient VALUES (1, 'v')");
        await _session.RunAsync("INSERT INTO lake.db.willing VALUES (1, 'v')");
        await folded.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["0"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.`unwilling.base`"));
        Assert.Equal(["0"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.`patient.base`"));
        Assert.Equal(["1"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.plain"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_error_is_logged_and_the_table_is_looked_at_again()
    {
        await CreateCatalogAsync(", 'arctic.optimize.memory-limit' = '1 b'");
        await CreateTableAsync("t", "'self-optimizing.minor.trigger.file-count' = '2'");
        var (failed, again) = (_log.WaitForAsync("Table 'db.t' could not be optimized"), _log.WaitForAsync("Table 'db.t' could not be optimized", times: 2));

        await _session.RunAsync("INSERT INTO lake.db.t VALUES (1, 'v')");
        await _session.RunAsync("UPDATE lake.db.t SET v = 'w'");
        await failed.WaitAsync(TestContext.Current.CancellationToken);
        await again.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["1|w"], await _session.RunAsync("SELECT * FROM lake.db.t"));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_interval_of_zero_switches_it_off_for_the_catalogs_that_follow()
    {
        await CreateCatalogAsync();
        await _session.RunAsync("SET 'arctic.optimize.interval' = '0 ms'");
        await CreateCatalogAsync(name: "other");
        await CreateTableAsync("t", "'self-optimizing.minor.trigger.interval' = '0'", catalog: "other");
        await CreateTableAsync("t", "'self-optimizing.minor.trigger.interval' = '0'");
        var folded = _log.WaitForAsync("'db.t'");

        await _session.RunAsync("INSERT INTO other.db.t VALUES (1, 'v')");
        await _session.RunAsync("INSERT INTO lake.db.t VALUES (1, 'v')");
        await folded.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["0"], await _session.RunAsync("SELECT COUNT(*) FROM other.db.`t.base`"));
        Assert.Equal(["1"], await _session.RunAsync("SELECT COUNT(*) FROM lake.db.`t.base`"));
    }

    private async Task CreateCatalogAsync(string options = "", string name = "lake")
    {
        await _session.RunAsync($"CREATE CATALOG {name} WITH ('type' = 'arctic', 'warehouse' = 'memory:///{name}'{options})");
        await _session.RunAsync($"CREATE DATABASE {name}.db");
    }

    private async Task CreateTableAsync(string table, string options, string catalog = "lake") => await _session.RunAsync(
        $"CREATE TABLE {catalog}.db.{table} (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('change.file-index.hash-bucket' = '1', 'base.file-index.hash-bucket' = '1', {options})");

    /// <summary>Tells when something is logged.</summary>
    private sealed class LogWatch : ILoggerFactory, ILogger
    {
        private readonly Lock _lock = new();
        private readonly List<(string Text, TaskCompletionSource Seen, int Times)> _waiting = [];

        public async Task WaitForAsync(string text, int times = 1)
        {
            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                _waiting.Add((text, seen, times));
            }

            await seen.Task;
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            lock (_lock)
            {
                for (var i = 0; i < _waiting.Count; i++)
                {
                    if (message.Contains(_waiting[i].Text, StringComparison.Ordinal))
                    {
                        _waiting[i] = _waiting[i] with { Times = _waiting[i].Times - 1 };
                        if (_waiting[i].Times == 0)
                        {
                            _waiting[i].Seen.SetResult();
                        }
                    }
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Dispose()
        {
        }
    }
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using static Arctic.UnitTests.Iceberg.TableFixture;

namespace Arctic.UnitTests.Iceberg.Transactions;

/// <summary>Writers that race, and stores that lose answers: every acknowledged commit is there exactly once, every other at most once.</summary>
public sealed class CommitRaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Eight_writers_lose_nothing()
    {
        var fixture = new TableFixture();
        await fixture.CreateAsync(null, ("commit.retry.num-retries", "1000"), ("commit.retry.min-wait-ms", "0"), ("commit.manifest.min-count-to-merge", "5"));
        const int CommitsPerWriter = 15;

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < CommitsPerWriter; i++)
            {
                var transaction = (await fixture.Catalog.LoadTableAsync(Orders, Token)).NewTransaction();
                transaction.Append().Add(File($"w{writer}-{i}"));
                transaction.UpdateProperties().Set($"writer.{writer}", i.ToString());
                await transaction.CommitAsync(Token);
            }
        })));

        var table = await fixture.Catalog.LoadTableAsync(Orders, Token);
        var entries = await EntriesAsync(table);
        Assert.Equal(8 * CommitsPerWriter, entries.Select(e => e.File.FilePath).Distinct().Count());
        Assert.Equal(8 * CommitsPerWriter, entries.Count);
        Assert.Equal(Enumerable.Range(1, 8 * CommitsPerWriter).Select(i => (long)i), table.Metadata.Snapshots.Select(s => s.SequenceNumber));
        Assert.Equal((8 * CommitsPerWriter).ToString(), table.Metadata.CurrentSnapshot!.Summary["total-data-files"]);
        Assert.All(Enumerable.Range(0, 8), w => Assert.Equal((CommitsPerWriter - 1).ToString(), table.Metadata.Properties[$"writer.{w}"]));
        Assert.EndsWith($"/v{(8 * CommitsPerWriter) + 1}.metadata.json", table.MetadataLocation);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Writers_on_a_store_that_fails_and_loses_answers_tell_the_truth(int seed)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        var fixture = new TableFixture(sound);
        await fixture.CreateAsync(
            null, ("commit.retry.num-retries", "1000"), ("commit.retry.min-wait-ms", "0"), ("write.metadata.previous-versions-max", "10"), ("write.metadata.delete-after-commit.enabled", "true"));
        var random = new Random(seed);
        var faulty = new FaultInjectingObjectStore(sound, new WholeListings(new SeededFaults(random, new FaultRates { FailBefore = 0.025, FailAfter = 0.025, SayExisted = 0.025 })), TimeProvider.System);
        var catalog = new FileSystemCatalog("faulty", "memory:///warehouse", faulty, new CommitEnvironment(TimeProvider.System, new Random(seed)));
        var (acknowledged, unknown, failed) = (new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        var results = new Lock();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 12; i++)
            {
                var name = $"w{writer}-{i}";
                HashSet<string> outcome;
                try
                {
                    var transaction = (await LoadAsync(catalog)).NewTransaction();
                    transaction.Append().Add(File(name));
                    await transaction.CommitAsync(Token);
                    outcome = acknowledged;
                }
                catch (CommitOutcomeUnknownException)
                {
                    outcome = unknown;
                }
                catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed || e.Code == ErrorCodes.CommitConflict)
                {
                    outcome = failed;
                }

                lock (results)
                {
                    outcome.Add(name);
                }
            }
        })));

        var found = NamesOf(await EntriesAsync(await fixture.Catalog.LoadTableAsync(Orders, Token))).ToList();
        Assert.Equal(found.Distinct(), found);
        Assert.Empty(acknowledged.Except(found));
        Assert.Empty(failed.Intersect(found));
        Assert.Empty(found.Except(acknowledged).Except(unknown));
        Assert.True(acknowledged.Count > 80, $"{acknowledged.Count} acknowledged, {unknown.Count} unknown, {failed.Count} failed");
    }

    [Theory]
    [InlineData(nameof(FaultKind.FailBefore))]
    [InlineData(nameof(FaultKind.FailAfter))]
    public async Task A_lost_answer_to_the_commit_is_looked_into(string kind)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        await new TableFixture(sound).CreateAsync();
        var faults = new ScriptedFaults();
        faults.Add(StoreOperation.CreateIfAbsent, "v2.metadata.json", new Fault(Enum.Parse<FaultKind>(kind)));
        var fixture = new TableFixture(new FaultInjectingObjectStore(sound, faults, TimeProvider.System));

        var transaction = (await fixture.Catalog.LoadTableAsync(Orders, Token)).NewTransaction();
        transaction.Append().Add(File("a"));
        var table = await transaction.CommitAsync(Token);

        Assert.Equal(0, faults.Pending);
        Assert.EndsWith("/v2.metadata.json", table.MetadataLocation);
        Assert.Equal(["a"], NamesOf(await EntriesAsync(table)));
    }

    [Fact]
    public async Task An_outcome_that_stays_unknown_is_said_and_deletes_nothing()
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        await new TableFixture(sound).CreateAsync();
        var faults = new ScriptedFaults();
        faults.Add(StoreOperation.CreateIfAbsent, "v2.metadata.json", new Fault(FaultKind.FailAfter));
        for (var i = 0; i < 4; i++)
        {
            faults.Add(StoreOperation.CreateIfAbsent, "v2.metadata.json", new Fault(FaultKind.FailBefore));
        }

        var fixture = new TableFixture(new FaultInjectingObjectStore(sound, faults, TimeProvider.System));
        var transaction = (await fixture.Catalog.LoadTableAsync(Orders, Token)).NewTransaction();
        transaction.Append().Add(File("a"));

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await transaction.CommitAsync(Token));

        Assert.Equal(ErrorCodes.CommitOutcomeUnknown, error.Code);
        Assert.Contains("v2.metadata.json", error.Message);
        Assert.Equal(["a"], NamesOf(await EntriesAsync(await fixture.Catalog.LoadTableAsync(Orders, Token))));
    }

    [Theory]
    [InlineData("ACCESS_DENIED")]
    [InlineData("STORAGE_REFUSED")]
    [InlineData("OBJECT_NOT_FOUND")]
    public async Task A_refusal_after_a_lost_answer_is_an_unknown_outcome_and_deletes_nothing(string code)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        var faults = new ScriptedFaults();
        var table = await NumbersAsync(sound, faults);
        faults.Add(StoreOperation.CreateIfAbsent, "v3.metadata.json", new Fault(FaultKind.FailAfter));
        faults.Add(StoreOperation.CreateIfAbsent, "v3.metadata.json", new Fault(FaultKind.FailBefore) { Code = CodeOf(code) });

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await table.AppendAsync([new Number(2)], Token));

        Assert.Equal(0, faults.Pending);
        Assert.Equal([1, 2], await ReadAsync(sound));
    }

    [Theory]
    [InlineData("ACCESS_DENIED")]
    [InlineData("STORAGE_REFUSED")]
    [InlineData("OBJECT_NOT_FOUND")]
    public async Task A_refusal_after_the_create_is_an_unknown_outcome_and_deletes_nothing(string code)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        await NumbersAsync(sound, new ScriptedFaults());
        var refusal = new AfterCreate(new Fault(FaultKind.FailBefore) { Code = CodeOf(code) });
        await using var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = new FaultInjectingObjectStore(sound, refusal, TimeProvider.System) });
        var table = await catalog.LoadTableAsync("db.t", Token);

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await table.AppendAsync([new Number(2)], Token));

        Assert.True(refusal.WasMet);
        Assert.Equal([1, 2], await ReadAsync(sound));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(0)]
    public async Task A_commit_that_is_told_that_its_own_object_existed_took_place(int retries)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        var faults = new ScriptedFaults();
        var table = await NumbersAsync(sound, faults, ("commit.retry.num-retries", $"{retries}"), ("commit.retry.min-wait-ms", "0"));
        faults.Add(StoreOperation.CreateIfAbsent, "v3.metadata.json", new Fault(FaultKind.SayExisted));

        await table.AppendAsync([new Number(2)], Token);

        Assert.Equal(0, faults.Pending);
        Assert.Equal([1, 2], await ReadAsync(sound));
        Assert.Equal(2, table.Metadata.Snapshots.Count);
    }

    [Theory]
    [InlineData("ACCESS_DENIED", 4)]
    [InlineData("ACCESS_DENIED", 0)]
    [InlineData("STORAGE_FAILED", 4)]
    public async Task A_commit_that_is_told_that_its_own_object_existed_is_unknown_when_the_table_cannot_be_read_then(string code, int retries)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        await NumbersAsync(sound, new ScriptedFaults(), ("commit.retry.num-retries", $"{retries}"), ("commit.retry.min-wait-ms", "0"));
        var refusal = new AfterDeniedCreate(new Fault(FaultKind.FailBefore) { Code = CodeOf(code) });
        await using var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = new FaultInjectingObjectStore(sound, refusal, TimeProvider.System) });
        var table = await catalog.LoadTableAsync("db.t", Token);

        var error = await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await table.AppendAsync([new Number(2)], Token));

        Assert.Contains("'db.t'", error.Message);
        Assert.Equal([1, 2], await ReadAsync(sound));
    }

    [Fact]
    public async Task A_commit_that_is_told_that_its_own_object_existed_is_looked_for_when_it_is_cancelled_then()
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        await NumbersAsync(sound, new ScriptedFaults(), ("commit.retry.min-wait-ms", "0"));
        using var cancel = new CancellationTokenSource();
        var plan = new AfterDeniedCreate(Fault.None) { Then = cancel.Cancel };
        await using var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = new FaultInjectingObjectStore(sound, plan, TimeProvider.System) });
        var table = await catalog.LoadTableAsync("db.t", Token);

        await table.AppendAsync([new Number(2)], cancel.Token);

        Assert.True(cancel.IsCancellationRequested);
        Assert.Equal(2, table.Metadata.Snapshots.Count);
        Assert.Equal([1, 2], await ReadAsync(sound));
    }

    [Theory]
    [InlineData("append")]
    [InlineData("delete")]
    [InlineData("rewrite")]
    [InlineData("gather deletes")]
    public async Task What_a_commit_throws_that_is_no_refusal_deletes_nothing(string change)
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        var before = await NumbersAsync(sound, new ScriptedFaults(), ("write.delete.mode", change == "gather deletes" ? "merge-on-read" : "copy-on-write"));
        await before.AppendAsync(Enumerable.Range(2, 9).Select(i => new Number(i)), Token);
        if (change == "gather deletes")
        {
            await before.DeleteAsync<Number>(n => n.Id == 5, Token);
            var upgrade = before.NewTransaction();
            upgrade.UpgradeFormatVersion(3);
            await upgrade.CommitAsync(Token);
        }

        var plan = new AfterCreate(Fault.None) { Then = () => throw new InvalidTimeZoneException("a bug of the store") };
        await using var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = new FaultInjectingObjectStore(sound, plan, TimeProvider.System) });
        var table = await catalog.LoadTableAsync("db.t", Token);

        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => change switch
        {
            "append" => table.AppendAsync([new Number(11)], Token).AsTask(),
            "delete" => table.DeleteAsync<Number>(n => n.Id == 5, Token).AsTask(),
            "rewrite" => table.RewriteDataFilesAsync(new() { RewriteAll = true }, cancellationToken: Token).AsTask(),
            _ => table.RewritePositionDeletesAsync(cancellationToken: Token).AsTask(),
        });

        var expected = Enumerable.Range(1, change == "append" ? 11 : 10).Select(i => (long)i);
        Assert.Equal(change is "append" or "rewrite" ? expected : expected.Where(i => i != 5), await ReadAsync(sound));
    }

    [Fact]
    public async Task A_new_table_that_is_told_that_it_existed_itself_is_unknown_when_it_cannot_be_read_then()
    {
        var sound = new MemoryObjectStore(TimeProvider.System);
        var refusal = new AfterDeniedCreate(new Fault(FaultKind.FailBefore) { Code = ErrorCodes.AccessDenied });
        var fixture = new TableFixture(new FaultInjectingObjectStore(sound, refusal, TimeProvider.System));
        await new TableFixture(sound).Catalog.CreateNamespaceAsync(Orders.Namespace, new Dictionary<string, string>(), Token);
        var staged = await fixture.Catalog.StageTableAsync(Orders, new TableCreation { Schema = Columns }, Token);
        var transaction = staged.NewTransaction();
        transaction.Append().Add(File("a") with { Partition = Arctic.Iceberg.Spec.PartitionTuple.Empty });

        await Assert.ThrowsAsync<CommitOutcomeUnknownException>(async () => await transaction.CommitAsync(Token));

        Assert.Equal(["a"], NamesOf(await EntriesAsync(await new TableFixture(sound).Catalog.LoadTableAsync(Orders, Token))));
    }

    private static async Task<IcebergTable> NumbersAsync(IObjectStore sound, IFaultPlan faults, params (string Key, string Value)[] properties)
    {
        var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = new FaultInjectingObjectStore(sound, faults, TimeProvider.System) });
        var creation = properties.Aggregate(TableCreation.For<Number>(), (c, p) => c.WithProperty(p.Key, p.Value));
        var table = await catalog.CreateTableAsync("db.t", creation, Token);
        await table.AppendAsync([new Number(1)], Token);
        return table;
    }

    private static async Task<List<long>> ReadAsync(IObjectStore sound)
    {
        await using var catalog = IcebergCatalog.OpenFileSystem("memory:///warehouse", new IcebergCatalogOptions { Store = sound });
        return await (await catalog.LoadTableAsync("db.t", Token)).ReadAsync<Number>(Token).Select(n => n.Id).Order().ToListAsync(Token);
    }

    private static ErrorCode CodeOf(string name) =>
        new[] { ErrorCodes.AccessDenied, ErrorCodes.StorageRefused, ErrorCodes.ObjectNotFound, ErrorCodes.StorageFailed }.Single(c => c.Name == name);

    private sealed record Number(long Id);

    /// <summary>Once a version of the metadata was created, the first operation is refused.</summary>
    private sealed class AfterCreate(Fault fault) : IFaultPlan
    {
        private int _created;
        private int _refused;

        public bool WasMet => Volatile.Read(ref _refused) > 0;

        /// <summary>Done before each operation from then on.</summary>
        public Action? Then { get; init; }

        public Fault Next(StoreOperation operation, string location)
        {
            if (Volatile.Read(ref _created) > 0)
            {
                if (operation is not StoreOperation.Delete)
                {
                    Then?.Invoke();
                }

                return Interlocked.Exchange(ref _refused, 1) == 0 ? fault : Fault.None;
            }

            if (operation == StoreOperation.CreateIfAbsent)
            {
                Interlocked.Exchange(ref _created, 1);
            }

            return Fault.None;
        }
    }

    /// <summary>A create of metadata takes effect and is told that the object existed; from then on nothing can be read, and all can be deleted.</summary>
    private sealed class AfterDeniedCreate(Fault fault) : IFaultPlan
    {
        private int _denied;

        /// <summary>Done before each read.</summary>
        public Action? Then { get; init; }

        public Fault Next(StoreOperation operation, string location)
        {
            if (operation == StoreOperation.CreateIfAbsent && location.EndsWith(".metadata.json", StringComparison.Ordinal))
            {
                Interlocked.Exchange(ref _denied, 1);
                return new Fault(FaultKind.SayExisted);
            }

            if (Volatile.Read(ref _denied) == 0 || operation is not (StoreOperation.Find or StoreOperation.OpenRead or StoreOperation.List))
            {
                return Fault.None;
            }

            Then?.Invoke();
            return fault;
        }
    }

    /// <summary>A listing fails at its start or not at all: at a fault for each of its hundreds of entries none would ever end.</summary>
    private sealed class WholeListings(IFaultPlan plan) : IFaultPlan
    {
        public Fault Next(StoreOperation operation, string location) => operation == StoreOperation.ListNext ? Fault.None : plan.Next(operation, location);
    }

    private static async Task<IcebergTable> LoadAsync(FileSystemCatalog catalog)
    {
        while (true)
        {
            try
            {
                return await catalog.LoadTableAsync(Orders, Token);
            }
            catch (ArcticException e) when (e.Code == ErrorCodes.StorageFailed)
            {
                // The store fails by chance: ask again.
            }
        }
    }
}

using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;
using Arctic.Testing.Faults;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.KeyedTables;

/// <summary>ALTER TABLE of a keyed table whose process dies at each of its operations in turn, before or after that took effect.</summary>
public class AlterCrashTests
{
    private const string Alter = "ALTER TABLE lake.db.t ADD (extra STRING AFTER id)";

    private static readonly string[] OldRows = ["1|one", "2|two"];
    private static readonly string[] NewRows = ["1|NULL|one", "2|NULL|two"];

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task A_crash_leaves_the_table_as_it_was_or_altered_and_what_comes_next_makes_both_stores_alike(object kind)
    {
        var (before, after, behind) = (0, 0, 0);
        for (var crashAt = 1; ; crashAt++)
        {
            var store = new MemoryObjectStore(TimeProvider.System);
            await using var session = await OpenAsync(store);
            await session.RunAsync("CREATE DATABASE lake.db");
            await session.RunAsync("CREATE TABLE lake.db.t (id INT, v STRING, PRIMARY KEY (id) NOT ENFORCED) WITH ('write.upsert.enabled' = 'true', 'commit.retry.num-retries' = '0')");
            await session.RunAsync("INSERT INTO lake.db.t VALUES (1, 'one'), (2, 'two')");

            var hasCrashed = await TryAlterAsync(new FaultInjectingObjectStore(store, new CrashAt(crashAt, (FaultKind)kind), TimeProvider.System));

            var isAltered = (await session.RunAsync("DESCRIBE lake.db.t")).Count == 3;
            (before, after) = isAltered ? (before, after + 1) : (before + 1, after);
            behind += isAltered && (await session.RunAsync("DESCRIBE lake.db.t.change")).Count == 2 ? 1 : 0;
            Assert.Equal(isAltered ? NewRows : OldRows, (await session.RunAsync("SELECT * FROM lake.db.t")).Order());

            // An INSERT or UPDATE lets the change store follow, and so does the next ALTER.
            await session.RunAsync(!isAltered ? Alter : crashAt % 2 == 0 ? "INSERT INTO lake.db.t VALUES (1, 'x', 'eins')" : "UPDATE lake.db.t SET extra = 'x', v = 'eins' WHERE id = 1");
            Assert.Equal(3, (await session.RunAsync("DESCRIBE lake.db.t.change")).Count);
            await session.RunAsync("ALTER TABLE lake.db.t DROP v");
            Assert.Equal(isAltered ? ["1|x", "2|NULL"] : ["1|NULL", "2|NULL"], (await session.RunAsync("SELECT * FROM lake.db.t")).Order());
            Assert.Equal(await session.RunAsync("DESCRIBE lake.db.t.base"), await session.RunAsync("DESCRIBE lake.db.t.change"));
            if (!hasCrashed)
            {
                Assert.True(isAltered);
                break;
            }
        }

        Assert.True(before > 3 && after > 3 && behind > 1, $"{before} crashes came before the commit, {after} after it, {behind} of these before the change store's");
    }

    private static async Task<bool> TryAlterAsync(IObjectStore store)
    {
        await using var session = await OpenAsync(store);
        try
        {
            await session.RunAsync(Alter);
            return false;
        }
        catch (ArcticException)
        {
            return true;
        }
    }

    private static async Task<Session> OpenAsync(IObjectStore store)
    {
        var session = new SessionBuilder { ObjectStore = store, Random = new Random(5), Options = new Dictionary<string, string> { ["execution.checkpointing.dir"] = "memory:///checkpoints" } }.Build();
        await session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')");
        return session;
    }

    // From one operation on nothing works any more.
    private sealed class CrashAt(int operation, FaultKind kind) : IFaultPlan
    {
        private int _operations;

        public Fault Next(StoreOperation next, string location)
        {
            var number = Interlocked.Increment(ref _operations);
            return number < operation ? Fault.None : new Fault(number == operation ? kind : FaultKind.FailBefore);
        }
    }
}

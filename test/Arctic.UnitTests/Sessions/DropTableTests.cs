using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.UnitTests.Sessions;

/// <summary>DROP TABLE of tables that a crash or a damage has left in pieces.</summary>
public sealed class DropTableTests : IAsyncLifetime
{
    private readonly IObjectStore _store = ObjectStoreRouter.CreateDefault(TimeProvider.System);
    private Session _session = null!; // InitializeAsync

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _session = new SessionBuilder { ObjectStore = _store }.Build();
        await _session.RunAsync("SET 'execution.runtime-mode' = 'batch'");
        await _session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')");
        await _session.RunAsync("USE CATALOG lake");
        await _session.RunAsync("CREATE DATABASE db");
        await _session.RunAsync("USE db");
        await _session.RunAsync("CREATE TABLE t (id INT, v INT, PRIMARY KEY (id) NOT ENFORCED)");
        await _session.RunAsync("INSERT INTO t VALUES (1, 2)");
        await _session.RunAsync("CREATE TABLE other (id INT)");
    }

    public ValueTask DisposeAsync() => _session.DisposeAsync();

    [Theory]
    [InlineData("t")]
    [InlineData("t_change_")]
    public async Task A_table_with_a_damaged_store_is_dropped(string store)
    {
        foreach (var location in await FilesAsync($"memory:///lake/db/{store}/metadata"))
        {
            if (location.EndsWith(".metadata.json", StringComparison.Ordinal))
            {
                await _store.PutAsync(location, "{"u8.ToArray(), Token);
            }
        }

        var error = await Assert.ThrowsAsync<ArcticException>(() => _session.RunAsync("SELECT * FROM t"));
        await _session.RunAsync("DROP TABLE t");

        Assert.Equal(ErrorCodes.TableCorrupt, error.Code);
        await IsGoneAsync();
    }

    [Theory]
    [InlineData("DROP TABLE t")]
    [InlineData("DROP TABLE IF EXISTS t")]
    public async Task What_a_drop_that_was_cut_off_has_left_goes_with_the_next_one(string statement)
    {
        // The change store is gone, and of the base store the metadata.
        foreach (var location in (await FilesAsync("memory:///lake/db/t_change_")).Concat((await FilesAsync("memory:///lake/db/t/metadata")).Where(l => l.EndsWith(".metadata.json", StringComparison.Ordinal))))
        {
            await _store.DeleteAsync(location, Token);
        }

        Assert.Equal(["other"], await _session.RunAsync("SHOW TABLES"));
        await _session.RunAsync(statement);

        await IsGoneAsync();
        Assert.Equal(ErrorCodes.UnknownName, (await Assert.ThrowsAsync<ArcticException>(() => _session.RunAsync("DROP TABLE t"))).Code);
        await _session.RunAsync("DROP TABLE IF EXISTS t");
        await IsGoneAsync();
    }

    private async Task IsGoneAsync()
    {
        Assert.DoesNotContain(await FilesAsync("memory:///lake/db"), f => f.Contains("/db/t", StringComparison.Ordinal));
        Assert.Empty(await _session.RunAsync("SELECT * FROM other"));
    }

    private async Task<List<string>> FilesAsync(string folder)
    {
        var files = new List<string>();
        await foreach (var info in _store.ListAsync(folder, Token))
        {
            files.Add(info.Location);
        }

        return files;
    }
}

using Arctic.Storage.ObjectStores;
using Arctic.UnitTests.Sessions;

namespace Arctic.UnitTests.Streams;

/// <summary>Sessions over a store in memory, with a lake in it.</summary>
internal static class StreamSession
{
    /// <summary>Opens a session; the lake is there already or is made.</summary>
    public static async Task<Session> OpenAsync(IObjectStore store, params (string Key, string Value)[] options)
    {
        var session = new SessionBuilder
        {
            ObjectStore = store,
            Options = new Dictionary<string, string>(options.Select(o => KeyValuePair.Create(o.Key, o.Value)))
            {
                ["execution.checkpointing.dir"] = "memory:///checkpoints",
                ["restart-strategy.type"] = "none",
                ["execution.checkpointing.interval"] = "10 ms",
            },
        }.Build();
        await session.RunAsync("CREATE CATALOG lake WITH ('type' = 'arctic', 'warehouse' = 'memory:///lake')");
        await session.RunAsync("CREATE DATABASE IF NOT EXISTS lake.db");
        return session;
    }

    /// <summary>Waits until a table has had so many changes.</summary>
    public static async Task WaitForChangesAsync(this Session session, string table, int count, CancellationToken cancellationToken)
    {
        await using var result = await session.ExecuteAsync($"SELECT * FROM {table} /*+ OPTIONS('streaming' = 'true', 'monitor-interval' = '5 ms') */", cancellationToken);
        var seen = 0;
        await foreach (var batch in result.ReadAsync(cancellationToken))
        {
            seen += batch.RowCount;
            if (seen >= count)
            {
                return;
            }
        }
    }
}

namespace Arctic.InteropTests.CommandLine;

/// <summary>A folder with a warehouse in which <c>db.orders</c> has no key and two rows, and <c>db.keyed</c> has a key and none; made once for the tests of a class.</summary>
public sealed class CommandFolder : IAsyncLifetime
{
    internal string Root { get; } = Directory.CreateTempSubdirectory("arctic-command-").FullName;

    internal string Warehouse => Path.Combine(Root, "warehouse");

    /// <summary>A script that opens the warehouse and uses its database.</summary>
    internal string Init => Path.Combine(Root, "init.sql");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Init, $"CREATE CATALOG lake WITH ('type'='arctic', 'warehouse'='{Warehouse}');\nUSE lake.db;\n");
        await FillAsync(Warehouse);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Writes a file and gives its path.</summary>
    internal string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>All files of the warehouse with their lengths: equal before and after when a statement left nothing.</summary>
    internal List<string> Files() => Directory.EnumerateFiles(Warehouse, "*", SearchOption.AllDirectories).Where(f => !f.Contains("/.arctic/", StringComparison.Ordinal)).Select(f => $"{f} {new FileInfo(f).Length}").Order(StringComparer.Ordinal).ToList();

    /// <summary>Makes another warehouse of the same content, which a test may damage.</summary>
    internal async Task<string> CreateWarehouseAsync(string name)
    {
        var warehouse = Path.Combine(Root, name);
        await FillAsync(warehouse);
        return warehouse;
    }

    private static async Task FillAsync(string warehouse)
    {
        await using var session = new SessionBuilder().Build();
        string[] statements =
        [
            $"CREATE CATALOG lake WITH ('type'='arctic', 'warehouse'='{warehouse}')", "CREATE DATABASE lake.db", "USE lake.db",
            "CREATE TABLE orders (id INT NOT NULL, name STRING, amount DECIMAL(10, 2))", "CREATE TABLE keyed (id INT, s STRING, PRIMARY KEY (id) NOT ENFORCED)",
            "INSERT INTO orders VALUES (1, 'one', 1.00), (2, 'two', 2.00)",
        ];
        foreach (var statement in statements)
        {
            await using var _ = await session.ExecuteAsync(statement);
        }
    }
}

using Arctic.Iceberg;
using Arctic.Iceberg.Catalog;
using Arctic.Iceberg.Spec;
using Arctic.Iceberg.Transactions;
using Arctic.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

namespace Arctic.UnitTests.Iceberg.Evolution;

/// <summary>Tables in memory for tests of how they change.</summary>
internal static class EvolutionTables
{
    public static async Task<IcebergTable> CreateAsync(Schema schema, PartitionSpec spec, int version, params (string Key, string Value)[] properties)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var catalog = new MemoryCatalog("test", "memory:///w", new MemoryObjectStore(time), new CommitEnvironment(time, new Random(1)));
        await catalog.CreateNamespaceAsync(Namespace.Parse("db"), new Dictionary<string, string>(), default);
        var creation = new TableCreation
        {
            Schema = schema,
            PartitionSpec = spec,
            Properties = properties.Append(("format-version", $"{version}")).ToDictionary(p => p.Item1, p => p.Item2),
        };
        return await catalog.CreateTableAsync(TableIdentifier.Parse("db.t"), creation, default);
    }
}

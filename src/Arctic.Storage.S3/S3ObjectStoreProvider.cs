using System.Collections.Concurrent;
using Arctic.Columnar.Options;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>Opens S3 stores with what catalogs, sessions and users say: one store for equal options. Thread-safe.</summary>
/// <param name="time">The clock of the stores.</param>
/// <param name="random">Seeds the stores' own.</param>
public sealed class S3ObjectStoreProvider(TimeProvider time, Random random) : IObjectStoreProvider, IDisposable
{
    private readonly ConcurrentDictionary<S3Options, Lazy<S3ObjectStore>> _stores = [];

    /// <inheritdoc/>
    /// <remarks>Credentials that a server renews make a store each time; the provider's end closes them all.</remarks>
    public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties)
    {
        var options = OptionReader.Read<S3Options>(properties, $"the store of '{location}'").Check();
        return _stores.GetOrAdd(options, o => new Lazy<S3ObjectStore>(() => new S3ObjectStore(o, time, NextRandom()))).Value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var store in _stores.Values.Where(s => s.IsValueCreated))
        {
            store.Value.Dispose();
        }
    }

    private Random NextRandom()
    {
        lock (random)
        {
            return new Random(random.Next());
        }
    }
}

using Arctic.Columnar.Options;
using Arctic.Columnar.Randomness;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>Opens S3 stores with what catalogs, sessions and users say: one store for equal options, as long as it is among the last that were asked for. Thread-safe.</summary>
/// <param name="time">The clock of the stores.</param>
/// <param name="random">Seeds the stores' own.</param>
public sealed class S3ObjectStoreProvider(TimeProvider time, Random random) : IObjectStoreProvider, IDisposable
{
    // Keys that a catalog renews each hour for each table must not add up.
    private const int StoresMax = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<S3Options, LinkedListNode<(S3Options Options, S3ObjectStore Store)>> _stores = [];
    private readonly LinkedList<(S3Options Options, S3ObjectStore Store)> _byUse = [];

    /// <inheritdoc/>
    public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties)
    {
        var options = OptionReader.Read<S3Options>(properties, $"the store of '{location}'").Check();
        lock (_lock)
        {
            if (_stores.TryGetValue(options, out var known))
            {
                _byUse.Remove(known);
                _byUse.AddLast(known);
                return known.Value.Store;
            }

            var store = new S3ObjectStore(options, time, EntropyRandom.Fork(random));
            _stores.Add(options, _byUse.AddLast((options, store)));
            if (_stores.Count > StoresMax)
            {
                // Whoever still holds it goes on with it: it is forgotten, not closed.
                _stores.Remove(_byUse.First!.Value.Options);
                _byUse.RemoveFirst();
            }

            return store;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, store) in _byUse)
            {
                store.Dispose();
            }
        }
    }
}

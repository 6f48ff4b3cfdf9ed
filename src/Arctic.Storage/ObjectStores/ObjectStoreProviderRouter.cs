using System.Collections.Frozen;

namespace Arctic.Storage.ObjectStores;

/// <summary>Hands each location to the provider of its scheme; what has none is in a store that needs no properties, such as local files and memory.</summary>
/// <param name="fallback">The store of every other scheme; an <see cref="ObjectStoreRouter"/> refuses those that it does not know.</param>
/// <param name="providers">Schemes in lower case to their providers.</param>
public sealed class ObjectStoreProviderRouter(IObjectStore fallback, params IEnumerable<KeyValuePair<string, IObjectStoreProvider>> providers) : IObjectStoreProvider
{
    private readonly FrozenDictionary<string, IObjectStoreProvider> _providers = providers.ToFrozenDictionary(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IObjectStore Open(string location, IReadOnlyDictionary<string, string> properties) =>
        _providers.TryGetValue(ObjectLocation.SchemeOf(location), out var provider) ? provider.Open(location, properties) : fallback;
}

using Arctic.Storage.ObjectStores;

namespace Arctic.Stores;

/// <summary>Hands each call to the store that is the right one at that moment: options of a session may change between two statements.</summary>
/// <param name="find">Gives the store of a location.</param>
internal sealed class CurrentObjectStore(Func<string, IObjectStore> find) : ForwardingObjectStore
{
    protected override ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken) => new((find(location), location));
}

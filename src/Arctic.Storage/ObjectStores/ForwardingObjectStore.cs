using System.Runtime.CompilerServices;

namespace Arctic.Storage.ObjectStores;

/// <summary>A store that hands each call to another one, perhaps under another location. Thread-safe when <see cref="LocateAsync"/> is.</summary>
internal abstract class ForwardingObjectStore : IObjectStore
{
    /// <inheritdoc/>
    public virtual async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        return await store.FindAsync(at, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        return await store.OpenReadAsync(at, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        return await store.CreateAsync(at, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        return await store.CreateIfAbsentAsync(at, content, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        await store.PutAsync(at, content, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public virtual async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(folder, cancellationToken).ConfigureAwait(false);
        await foreach (var info in store.ListAsync(at, cancellationToken).ConfigureAwait(false))
        {
            yield return info;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => ListFolderAsync(folder, "", cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(folder, cancellationToken).ConfigureAwait(false);
        var entries = namePrefix.Length == 0 ? store.ListFolderAsync(at, cancellationToken) : store.ListFolderAsync(at, namePrefix, cancellationToken);
        await foreach (var entry in entries.ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var (store, at) = await LocateAsync(location, cancellationToken).ConfigureAwait(false);
        await store.DeleteAsync(at, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The store that a call goes to, and the location there.</summary>
    protected abstract ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken);
}

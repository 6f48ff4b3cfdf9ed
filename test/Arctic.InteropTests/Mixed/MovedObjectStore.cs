using Arctic.Storage.ObjectStores;

namespace Arctic.InteropTests.Mixed;

/// <summary>Shows a folder under another location: golden tables keep the absolute paths of the machine that wrote them.</summary>
internal sealed class MovedObjectStore(IObjectStore inner, string shownFolder, Func<string, string> moveTo) : IObjectStore
{
    private readonly string _shown = ObjectLocation.Normalize(shownFolder);

    public ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) => inner.FindAsync(Move(location), cancellationToken);

    public ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken) => inner.OpenReadAsync(Move(location), cancellationToken);

    public ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken) => inner.CreateAsync(Move(location), cancellationToken);

    public ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        inner.CreateIfAbsentAsync(Move(location), content, cancellationToken);

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.PutAsync(Move(location), content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) => inner.ListAsync(Move(folder), cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) => inner.ListFolderAsync(Move(folder), cancellationToken);

    public ValueTask DeleteAsync(string location, CancellationToken cancellationToken) => inner.DeleteAsync(Move(location), cancellationToken);

    private string Move(string location)
    {
        var normal = ObjectLocation.Normalize(location);
        return normal == _shown ? moveTo("") : normal.StartsWith(_shown + "/", StringComparison.Ordinal) ? moveTo(normal[(_shown.Length + 1)..]) : location;
    }
}

using System.Runtime.CompilerServices;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// Opens the files of a table that was moved or copied: locations below the recorded folder are looked for below the actual one. Schemes and authorities of
/// recorded locations are left aside, since writers spell them differently in metadata, manifests and delete files. What it lists has recorded locations again: whoever compares
/// listed files with those that the table names must not take all of them for strangers.
/// </summary>
/// <param name="recordedFolder">The table's location as its metadata has it.</param>
/// <param name="actualFolder">Where it lies.</param>
internal sealed class RelocatingObjectStore(IObjectStore inner, string recordedFolder, string actualFolder) : ForwardingObjectStore
{
    private readonly string _recordedPath = ObjectLocation.PathOf(recordedFolder);
    private readonly string _actualPath = ObjectLocation.PathOf(actualFolder);
    private readonly string _actual = ObjectLocation.Normalize(actualFolder);
    private readonly string _recordedRoot = ObjectLocation.RootOf(recordedFolder);
    private readonly string _actualRoot = ObjectLocation.RootOf(actualFolder);

    // Then all recorded locations look like actual ones, and the deeper folder decides.
    private readonly bool _isMovedUp = ObjectLocation.IsBelow(ObjectLocation.PathOf(recordedFolder), ObjectLocation.PathOf(actualFolder));

    private readonly bool _isMovedDown = ObjectLocation.IsBelow(ObjectLocation.PathOf(actualFolder), ObjectLocation.PathOf(recordedFolder));

    /// <summary>Whether nothing is ever deleted through this: only then it looks at what is there where a recorded location could be an actual one as well.</summary>
    public bool IsOnlyRead { get; init; }

    /// <summary>Where a recorded location really is.</summary>
    public string Resolve(string location)
    {
        var path = ObjectLocation.PathOf(location);
        var isRecorded = path == _recordedPath || ObjectLocation.IsBelow(path, _recordedPath);
        if (!(_isMovedUp && isRecorded) && ObjectLocation.IsBelow(path, _actualPath) && ObjectLocation.Normalize(location).StartsWith(_actual, StringComparison.Ordinal))
        {
            return location;
        }

        return !isRecorded ? location
            : path == _recordedPath ? _actual
            : ObjectLocation.Combine(_actual, path[_recordedPath.Length..]);
    }

    /// <summary>Whether a recorded location is in the folder where the table lies.</summary>
    public bool IsWithin(string location)
    {
        var resolved = Resolve(location);
        return ObjectLocation.RootOf(resolved) == _actualRoot && ObjectLocation.IsBelow(ObjectLocation.PathOf(resolved), _actualPath);
    }

    /// <summary>How the table would record a location; itself when it is outside of the actual folder, or when the recorded one would be taken for another file (a copy within the original).</summary>
    public string RecordedLocationOf(string location)
    {
        var path = ObjectLocation.PathOf(location);
        if ((path != _actualPath && !ObjectLocation.IsBelow(path, _actualPath)) || ObjectLocation.RootOf(location) != _actualRoot)
        {
            return location;
        }

        var recorded = _recordedPath + path[_actualPath.Length..];
        return !_isMovedUp && ObjectLocation.IsBelow(recorded, _actualPath) && _recordedRoot == _actualRoot ? location : _recordedRoot + recorded;
    }

    public override async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken) =>
        await base.FindAsync(location, cancellationToken).ConfigureAwait(false) is { } info ? Recorded(info) : null;

    public override async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var info in base.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            yield return Recorded(info);
        }
    }

    protected override ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken) =>
        IsOnlyRead && _isMovedDown && ObjectLocation.IsBelow(ObjectLocation.PathOf(location), _actualPath) ? LocateEitherAsync(location, cancellationToken) : new((inner, Resolve(location)));

    // Of a table that was moved into its own folder, under the name of a folder that it has: recorded locations look like actual ones, and what is there decides.
    private async ValueTask<(IObjectStore Store, string Location)> LocateEitherAsync(string location, CancellationToken cancellationToken)
    {
        var moved = ObjectLocation.Combine(_actual, ObjectLocation.PathOf(location)[_recordedPath.Length..]);
        return (inner, await inner.FindAsync(moved, cancellationToken).ConfigureAwait(false) is null ? Resolve(location) : moved);
    }

    private ObjectInfo Recorded(ObjectInfo info) => info with { Location = RecordedLocationOf(info.Location) };
}

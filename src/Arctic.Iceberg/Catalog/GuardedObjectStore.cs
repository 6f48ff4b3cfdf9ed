using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Iceberg.Catalog;

/// <summary>
/// Opens only what a table may name. Its files may lie outside of its folder (files of other tables that were added to it do), but their locations are absolute, and a table in
/// a remote store names no files of this machine: whoever can write there must not choose what is read here.
/// </summary>
/// <param name="tableFolder">Where the table lies, or says that it lies.</param>
/// <param name="metadataLocation">Where its metadata was found: a table that was read from a remote store is in one, whatever its metadata says. Empty for a table that has none yet.</param>
internal sealed class GuardedObjectStore(IObjectStore inner, string tableFolder, string metadataLocation = "") : ForwardingObjectStore
{
    private readonly bool _isRemote = ObjectLocation.SchemeOf(tableFolder) != "file" || (metadataLocation.Length > 0 && ObjectLocation.SchemeOf(metadataLocation) != "file");

    /// <summary>What opens the files.</summary>
    public IObjectStore Inner => inner;

    protected override ValueTask<(IObjectStore Store, string Location)> LocateAsync(string location, CancellationToken cancellationToken) => new((inner, Check(location)));

    /// <summary>The location itself, when it is an absolute one, or lies below the folder of a table that records itself without a root, as some writers do.</summary>
    /// <exception cref="ArcticException"><c>TABLE_CORRUPT</c>.</exception>
    private string RequireAbsolute(string location)
    {
        var isOwn = !IsAbsolute(tableFolder) && location.StartsWith(tableFolder + "/", StringComparison.Ordinal) && !location.Split('/').Contains("..");
        return (isOwn || IsAbsolute(location)) && !location.Contains('\0', StringComparison.Ordinal)
            ? location
            : throw new ArcticException(ErrorCodes.TableCorrupt, $"A table names a file as '{Printable(location)}', which is not an absolute location.");
    }

    private static bool IsAbsolute(string location)
    {
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        return location.StartsWith('/') || (colon > 0 && location.AsSpan(0, colon).IndexOf('/') < 0);
    }

    private static string Printable(string location) => string.Concat((location.Length > 200 ? location[..200] + "…" : location).Select(c => char.IsControl(c) ? '?' : c));

    private string Check(string location) => !_isRemote || ObjectLocation.SchemeOf(RequireAbsolute(location)) != "file"
        ? RequireAbsolute(location)
        : throw new ArcticException(ErrorCodes.TableCorrupt, $"The table in '{tableFolder}' names the file '{location}' of this machine; a table in a remote store may not.")
        {
            Hint = "If the file belongs to the table, copy it beside the others and have the writer of the table record that location.",
        };
}

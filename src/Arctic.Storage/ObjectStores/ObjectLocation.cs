namespace Arctic.Storage.ObjectStores;

/// <summary>The one rule by which spellings of a location are the same (spec/iceberg.md, section c: schemes that differ between a delete file and a manifest).</summary>
public static class ObjectLocation
{
    /// <summary>
    /// A canonical spelling: <c>file:/x</c>, <c>file:///x</c>, <c>file://localhost/x</c> and <c>/x</c> become <c>file:///x</c>; <c>s3a</c> and <c>s3n</c> become <c>s3</c>;
    /// a trailing slash goes. Characters are neither encoded nor decoded.
    /// </summary>
    public static string Normalize(string location)
    {
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        var slash = location.IndexOf('/', StringComparison.Ordinal);
        if (colon <= 0 || (slash >= 0 && slash < colon))
        {
            return "file://" + TrimSlash(location.StartsWith('/') ? "/" + location.TrimStart('/') : FullPathOf(location));
        }

        var scheme = location[..colon].ToLowerInvariant();
        var rest = location[(colon + 1)..];
        if (scheme == "file")
        {
            var path = rest.StartsWith("//", StringComparison.Ordinal) && !rest.StartsWith("///", StringComparison.Ordinal)
                ? rest[Math.Max(2, rest.IndexOf('/', 2) is var i and > 0 ? i : rest.Length)..]
                : rest;
            return "file://" + TrimSlash("/" + path.TrimStart('/'));
        }

        return (scheme is "s3a" or "s3n" ? "s3" : scheme) + ":" + TrimSlash(rest);
    }

    /// <summary>The scheme of a location, in lower case; <c>file</c> for a path.</summary>
    public static string SchemeOf(string location)
    {
        var normal = Normalize(location);
        return normal[..normal.IndexOf(':', StringComparison.Ordinal)];
    }

    /// <summary>The path of a <c>file</c> location in the local file system.</summary>
    /// <exception cref="Columnar.Errors.ArcticException"><c>STORAGE_REFUSED</c>: it is a location of another scheme.</exception>
    public static string LocalPathOf(string location)
    {
        var normal = Normalize(location);
        return normal.StartsWith("file://", StringComparison.Ordinal)
            ? normal["file://".Length..]
            : throw ObjectStoreRouter.NoStoreFor(location, ["file"]);
    }

    /// <summary>
    /// What two spellings of one file have in common: for local and HDFS files the path alone, since engines write the scheme and the name node in one place and leave them out in another
    /// (spec/iceberg.md, section c); for others the canonical spelling, since to an object store <c>a//b</c> and <c>a/b</c> are two objects.
    /// </summary>
    internal static string IdentityOf(string location)
    {
        var normal = Normalize(location);
        return normal[..normal.IndexOf(':', StringComparison.Ordinal)] is "file" or "hdfs" or "viewfs" ? "file:///" + PathOf(normal).TrimStart('/') : normal;
    }

    /// <summary>
    /// The path without scheme and authority, beginning with a slash: <c>hdfs://host:20500/a/b</c>, <c>/a//b</c> and <c>file:/a/b</c> all give <c>/a/b</c>. Empty for an authority alone.
    /// Empty parts go.
    /// </summary>
    internal static string PathOf(string location)
    {
        var normal = Normalize(location);
        var path = normal[RootLengthOf(normal)..];
        while (path.Contains("//", StringComparison.Ordinal))
        {
            path = path.Replace("//", "/", StringComparison.Ordinal);
        }

        return path;
    }

    /// <summary>Scheme and authority, which the path follows: <c>s3://bucket</c>, <c>file://</c>.</summary>
    internal static string RootOf(string location)
    {
        var normal = Normalize(location);
        return normal[..RootLengthOf(normal)];
    }

    /// <summary>Whether a path is below that of a folder; both are of <see cref="PathOf"/>.</summary>
    internal static bool IsBelow(string path, string folder) =>
        path.Length > folder.Length && path.StartsWith(folder, StringComparison.Ordinal) && (path[folder.Length] == '/' || folder.EndsWith('/'));

    /// <summary>A location below a folder.</summary>
    public static string Combine(string folder, string relative) => folder.TrimEnd('/') + "/" + relative.TrimStart('/');

    private static int RootLengthOf(string normal)
    {
        var start = normal.IndexOf(':', StringComparison.Ordinal) + 1;
        if (!normal.AsSpan(start).StartsWith("//", StringComparison.Ordinal))
        {
            return start;
        }

        var slash = normal.IndexOf('/', start + 2);
        return slash < 0 ? normal.Length : slash;
    }

    // What a damaged file names may be no path at all: then nothing is of that name, and nothing is opened by it.
    private static string FullPathOf(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? "/" + path : Path.GetFullPath(path);

    private static string TrimSlash(string path) => path.Length > 1 ? path.TrimEnd('/') : path;
}

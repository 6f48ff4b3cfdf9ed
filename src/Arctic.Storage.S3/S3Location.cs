using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Storage.S3;

/// <summary>A location taken apart.</summary>
/// <param name="Bucket">Not empty.</param>
/// <param name="Key">The object, or a folder without its slash; empty for the whole bucket.</param>
internal readonly record struct S3Location(string Bucket, string Key)
{
    private const string Scheme = "s3://";

    /// <summary>What every key below this folder begins with.</summary>
    public string FolderPrefix => Key.Length == 0 ? "" : Key + "/";

    /// <summary>Takes any spelling: <c>s3</c>, <c>s3a</c>, <c>s3n</c>.</summary>
    /// <exception cref="ArcticException"><c>STORAGE_REFUSED</c>: it is not a location in a bucket.</exception>
    public static S3Location Parse(string location)
    {
        var normal = ObjectLocation.Normalize(location);
        var slash = normal.StartsWith(Scheme, StringComparison.Ordinal) ? normal.IndexOf('/', Scheme.Length) : -1;
        var (bucket, key) = slash < 0 ? (normal[Math.Min(Scheme.Length, normal.Length)..], "") : (normal[Scheme.Length..slash], normal[(slash + 1)..]);
        return normal.StartsWith(Scheme, StringComparison.Ordinal) && bucket.Length > 0
            ? new S3Location(bucket, key)
            : throw new ArcticException(ErrorCodes.StorageRefused, $"Cannot reach '{location}': a location in S3 is written 's3://bucket/key'.");
    }

    /// <summary>Takes the location of an object.</summary>
    /// <exception cref="ArcticException"><c>STORAGE_REFUSED</c>: it is a whole bucket.</exception>
    public static S3Location ParseObject(string location)
    {
        var parsed = Parse(location);
        return parsed.Key.Length > 0 ? parsed : throw new ArcticException(ErrorCodes.StorageRefused, $"Cannot use '{location}' as an object: it is a bucket.");
    }

    /// <summary>The canonical spelling.</summary>
    public override string ToString() => Key.Length == 0 ? Scheme + Bucket : $"{Scheme}{Bucket}/{Key}";
}

using System.Runtime.InteropServices;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>Says what an error number of the operating system means for a store.</summary>
internal static class PosixError
{
    public const int NotPermitted = 1;
    public const int NotFound = 2;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int CrossDevice = 18;
    public const int NotAFolder = 20;
    public const int IsAFolder = 21;
    public const int InvalidArgument = 22;
    public const int TooManyLinks = 31;
    public const int ReadOnlyFileSystem = 30;

    private static bool IsMac => OperatingSystem.IsMacOS();

    private static int NameTooLong => IsMac ? 63 : 36;

    private static int NoSuchCall => IsMac ? 78 : 38;

    private static int NotSupported => IsMac ? 45 : 95;

    /// <summary>The error of a failed <c>link(2)</c>.</summary>
    /// <param name="error">The error number; not <see cref="Exists"/>.</param>
    /// <param name="path">The final name.</param>
    public static ArcticException OfLink(int error, string path) =>
        error is NotPermitted or TooManyLinks or CrossDevice || error == NoSuchCall || error == NotSupported
            ? new ArcticException(
                ErrorCodes.StorageRefused,
                $"Cannot create '{path}' atomically: its file system has no hard links ({TextOf(error)}), which commits rest on. Keep the table on another file system (ext4, xfs, btrfs, apfs, tmpfs) or in an object store.")
            : Of(error, "create", path);

    /// <summary>The error of any other call.</summary>
    /// <param name="error">The error number.</param>
    /// <param name="action">What was being done: <c>create</c>, <c>delete</c>.</param>
    /// <param name="path">The file or folder.</param>
    /// <param name="inner">What .NET threw, when it did.</param>
    public static ArcticException Of(int error, string action, string path, Exception? inner = null)
    {
        if (error == NotFound)
        {
            return new ArcticException(ErrorCodes.ObjectNotFound, $"Cannot {action} '{path}': it does not exist.", inner);
        }

        if (error is NotPermitted or AccessDenied or ReadOnlyFileSystem)
        {
            return new ArcticException(
                ErrorCodes.StorageRefused,
                $"Cannot {action} '{path}': {TextOf(error)}. Check the permissions of the folder, and that its file system is mounted writable.",
                inner);
        }

        return error is NotAFolder or IsAFolder or Exists || error == NameTooLong
            ? new ArcticException(ErrorCodes.StorageRefused, $"Cannot {action} '{path}': {TextOf(error)}.", inner)
            : new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{path}': {TextOf(error)}.", inner);
    }

    /// <summary>The error for an exception of the .NET file API.</summary>
    public static ArcticException Of(Exception exception, string action, string path) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Of(NotFound, action, path, exception),
        UnauthorizedAccessException => Of(AccessDenied, action, path, exception),
        PathTooLongException => Of(NameTooLong, action, path, exception),

        // On Unix the lower half of the result of an IOException is the error number where .NET has no name for it.
        IOException when exception.HResult is > 0 and < 256 => Of(exception.HResult, action, path, exception),
        IOException when File.Exists(path) || AncestorIsFile(path) => Of(NotAFolder, action, path, exception),
        _ => new ArcticException(ErrorCodes.StorageFailed, $"Cannot {action} '{path}': {exception.Message}", exception),
    };

    /// <summary>Whether an exception of the .NET file API is one that <see cref="Of(Exception, string, string)"/> translates.</summary>
    public static bool IsFileError(Exception exception) => exception is IOException or UnauthorizedAccessException;

    private static bool AncestorIsFile(string path)
    {
        for (var parent = Path.GetDirectoryName(path); parent is not null; parent = Path.GetDirectoryName(parent))
        {
            if (File.Exists(parent))
            {
                return true;
            }
        }

        return false;
    }

    private static string TextOf(int error) => $"{Marshal.GetPInvokeErrorMessage(error)} (error {error})";
}

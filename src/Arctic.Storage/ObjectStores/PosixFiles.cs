using System.Runtime.InteropServices;

namespace Arctic.Storage.ObjectStores;

/// <summary>The few calls of the operating system that .NET does not offer, or offers with a look before the leap (architecture, decision 13).</summary>
internal static partial class PosixFiles
{
    /// <summary>Gives the file a second name; fails when that name exists. Atomic among all processes.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Link(string path, string newPath) => link(path, newPath) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Renames the file, replacing a file of the new name. Atomic among all processes.</summary>
    /// <returns>0, or the error number.</returns>
    public static int Rename(string path, string newPath) => rename(path, newPath) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Removes an empty folder.</summary>
    /// <returns>0, or the error number.</returns>
    public static int RemoveFolder(string path) => rmdir(path) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Makes the names in a folder durable.</summary>
    /// <returns>0, or the error number.</returns>
    public static int SyncFolder(string path)
    {
        var descriptor = open(path, OpenReadOnly);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        // A file system that cannot sync a folder says EINVAL; its names are as durable as they get.
        var error = fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = close(descriptor);
        return error == PosixError.InvalidArgument ? 0 : error;
    }

    private static int OpenReadOnly => OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_RDONLY | O_CLOEXEC

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newPath);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string path, string newPath);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rmdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}

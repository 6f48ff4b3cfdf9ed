using Arctic.Columnar.Errors;
using Microsoft.Win32.SafeHandles;

namespace Arctic.Storage.ObjectStores;

/// <summary>Reads a file at any offset.</summary>
internal sealed class LocalObjectReader(string path, SafeFileHandle handle) : IObjectReader, ISpanReader
{
    // Below this a read that blocks (the page cache has it, mostly) costs less than a hop to another thread.
    private const int SynchronousBytesMax = 256 * 1024;

    public long Size { get; } = RandomAccess.GetLength(handle);

    public string? LocalPath => path;

    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.Length > SynchronousBytesMax)
        {
            return ReadLargeAsync(offset, buffer, cancellationToken);
        }

        Read(offset, buffer.Span);
        return ValueTask.CompletedTask;
    }

    public void Read(long offset, Span<byte> buffer)
    {
        var read = 0;
        try
        {
            while (read < buffer.Length)
            {
                var count = RandomAccess.Read(handle, buffer[read..], offset + read);
                EnsureMore(count, offset, buffer.Length);
                read += count;
            }
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "read", path);
        }
    }

    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask ReadLargeAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = 0;
        try
        {
            while (read < buffer.Length)
            {
                var count = await RandomAccess.ReadAsync(handle, buffer[read..], offset + read, cancellationToken).ConfigureAwait(false);
                EnsureMore(count, offset, buffer.Length);
                read += count;
            }
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "read", path);
        }
    }

    private void EnsureMore(int count, long offset, int wanted)
    {
        if (count == 0)
        {
            throw ObjectErrors.EndsEarly(path, offset, wanted, Size);
        }
    }
}

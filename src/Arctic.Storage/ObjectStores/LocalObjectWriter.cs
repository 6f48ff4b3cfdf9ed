namespace Arctic.Storage.ObjectStores;

/// <summary>Writes a temporary file and renames it to its final name when it is complete.</summary>
internal sealed class LocalObjectWriter(FileStream temporary, string path) : ObjectWriter
{
    private long _bytesWritten = -1;
    private bool _isComplete;

    public override Stream Stream => temporary;

    public override long BytesWritten => _bytesWritten >= 0 ? _bytesWritten : temporary.Position;

    public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (_isComplete)
        {
            throw new InvalidOperationException($"'{path}' was completed before.");
        }

        try
        {
            await temporary.FlushAsync(cancellationToken).ConfigureAwait(false);
            _bytesWritten = temporary.Position;
            temporary.Flush(flushToDisk: true);
        }
        catch (Exception e) when (PosixError.IsFileError(e))
        {
            throw PosixError.Of(e, "write", path);
        }

        await temporary.DisposeAsync().ConfigureAwait(false);
        LocalObjectStore.MoveIntoPlace(temporary.Name, path);
        _isComplete = true;
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await temporary.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (PosixError.IsFileError(e) && !_isComplete)
        {
            // Bytes that could not be flushed belong to an object that nobody will see.
        }

        if (!_isComplete)
        {
            LocalObjectStore.DeleteTemporary(temporary.Name);
        }
    }
}

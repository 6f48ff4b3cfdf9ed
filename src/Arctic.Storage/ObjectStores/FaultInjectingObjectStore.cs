using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.ObjectStores;

/// <summary>
/// A store whose operations fail, stall or tear as a plan says, before or after their effect: for simulations. A failure after the effect is a lost answer:
/// the caller must look before it retries.
/// </summary>
/// <param name="inner">Does the work.</param>
/// <param name="plan">Asked once an operation (once a read, a completion, a listed entry). Must be thread-safe when callers run in parallel.</param>
/// <param name="time">The clock of stalls.</param>
internal sealed class FaultInjectingObjectStore(IObjectStore inner, IFaultPlan plan, TimeProvider time) : IObjectStore
{
    public async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        await BeforeAsync(StoreOperation.Find, location, cancellationToken).ConfigureAwait(false);
        return await inner.FindAsync(location, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        await BeforeAsync(StoreOperation.OpenRead, location, cancellationToken).ConfigureAwait(false);
        return new Reader(this, location, await inner.OpenReadAsync(location, cancellationToken).ConfigureAwait(false));
    }

    public async ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        await BeforeAsync(StoreOperation.Create, location, cancellationToken).ConfigureAwait(false);
        return new Writer(this, location);
    }

    public async ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.CreateIfAbsent, location, cancellationToken).ConfigureAwait(false);
        var written = fault.Kind == FaultKind.Tear ? content[..(content.Length / 2)] : content;
        var created = await inner.CreateIfAbsentAsync(location, written, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.CreateIfAbsent, location, cancellationToken).ConfigureAwait(false);
        return created;
    }

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => PutAsync(StoreOperation.Put, location, content, cancellationToken);

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeforeAsync(StoreOperation.List, folder, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in inner.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
            await BeforeAsync(StoreOperation.ListNext, folder, cancellationToken).ConfigureAwait(false);
        }
    }

    public async IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeforeAsync(StoreOperation.List, folder, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in inner.ListFolderAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
            await BeforeAsync(StoreOperation.ListNext, folder, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.Delete, location, cancellationToken).ConfigureAwait(false);
        await inner.DeleteAsync(location, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.Delete, location, cancellationToken).ConfigureAwait(false);
    }

    private static ArcticException Failure(StoreOperation operation, string location, string moment) =>
        new(ErrorCodes.StorageFailed, $"Injected fault: {operation} of '{location}' failed {moment}.");

    private async ValueTask PutAsync(StoreOperation operation, string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(operation, location, cancellationToken).ConfigureAwait(false);
        var written = fault.Kind == FaultKind.Tear ? content[..(content.Length / 2)] : content;
        await inner.PutAsync(location, written, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, operation, location, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Fault> BeforeAsync(StoreOperation operation, string location, CancellationToken cancellationToken)
    {
        var fault = plan.Next(operation, location);
        if (fault.Kind == FaultKind.FailBefore)
        {
            throw Failure(operation, location, "before it took effect");
        }

        if (fault.Kind == FaultKind.StallBefore)
        {
            await Task.Delay(fault.Stall, time, cancellationToken).ConfigureAwait(false);
        }

        return fault;
    }

    private async ValueTask AfterAsync(Fault fault, StoreOperation operation, string location, CancellationToken cancellationToken)
    {
        if (fault.Kind is FaultKind.FailAfter or FaultKind.Tear)
        {
            throw Failure(operation, location, fault.Kind == FaultKind.Tear ? "with half of its content written" : "after it took effect");
        }

        if (fault.Kind == FaultKind.StallAfter)
        {
            await Task.Delay(fault.Stall, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Reader(FaultInjectingObjectStore store, string location, IObjectReader inner) : IObjectReader
    {
        public long Size => inner.Size;

        // A native reader would go around the faults.
        public string? LocalPath => null;

        public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var fault = await store.BeforeAsync(StoreOperation.Read, location, cancellationToken).ConfigureAwait(false);
            if (fault.Kind == FaultKind.Tear)
            {
                throw ObjectErrors.EndsEarly(location, offset, buffer.Length, offset + (buffer.Length / 2));
            }

            await inner.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Writer(FaultInjectingObjectStore store, string location) : ObjectWriter
    {
        private readonly MemoryStream _stream = new();
        private long _bytesWritten = -1;

        public override Stream Stream => _stream;

        public override long BytesWritten => _bytesWritten >= 0 ? _bytesWritten : _stream.Length;

        public override async ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            _bytesWritten = _stream.Length;
            await store.PutAsync(StoreOperation.Complete, location, _stream.ToArray(), cancellationToken).ConfigureAwait(false);
        }

        public override ValueTask DisposeAsync() => _stream.DisposeAsync();
    }
}

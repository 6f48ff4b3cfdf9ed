using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Storage.ObjectStores;

namespace Arctic.Testing.Faults;

/// <summary>
/// A store whose operations fail, stall or tear as a plan says, before or after their effect: for simulations. A failure after the effect is a lost answer:
/// the caller must look before it retries.
/// </summary>
/// <param name="inner">Does the work.</param>
/// <param name="plan">Asked once an operation (once a read, a write, a completion, a listed entry). Must be thread-safe when callers run in parallel.</param>
/// <param name="time">The clock of stalls.</param>
internal sealed class FaultInjectingObjectStore(IObjectStore inner, IFaultPlan plan, TimeProvider time) : IObjectStore
{
    private IFaultPlan Plan => plan;

    public async ValueTask<ObjectInfo?> FindAsync(string location, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.Find, location, cancellationToken).ConfigureAwait(false);
        var found = await inner.FindAsync(location, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.Find, location, cancellationToken).ConfigureAwait(false);
        return found;
    }

    public async ValueTask<IObjectReader> OpenReadAsync(string location, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.OpenRead, location, cancellationToken).ConfigureAwait(false);
        var reader = await inner.OpenReadAsync(location, cancellationToken).ConfigureAwait(false);
        try
        {
            await AfterAsync(fault, StoreOperation.OpenRead, location, cancellationToken).ConfigureAwait(false);
            return new Reader(this, location, reader);
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<ObjectWriter> CreateAsync(string location, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.Create, location, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.Create, location, cancellationToken).ConfigureAwait(false);
        return new Writer(this, location);
    }

    public async ValueTask<bool> CreateIfAbsentAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.CreateIfAbsent, location, cancellationToken).ConfigureAwait(false);
        var written = fault.Kind == FaultKind.Tear ? content[..(content.Length / 2)] : content;
        var created = await inner.CreateIfAbsentAsync(location, written, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.CreateIfAbsent, location, cancellationToken).ConfigureAwait(false);
        return created && fault.Kind != FaultKind.SayExisted;
    }

    public ValueTask PutAsync(string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => PutAsync(StoreOperation.Put, location, content, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListAsync(string folder, CancellationToken cancellationToken) =>
        ListAsync(folder, inner.ListAsync(folder, cancellationToken), cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, CancellationToken cancellationToken) =>
        ListAsync(folder, inner.ListFolderAsync(folder, cancellationToken), cancellationToken);

    public IAsyncEnumerable<FolderEntry> ListFolderAsync(string folder, string namePrefix, CancellationToken cancellationToken) =>
        ListAsync(folder, inner.ListFolderAsync(folder, namePrefix, cancellationToken), cancellationToken);

    public async ValueTask DeleteAsync(string location, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.Delete, location, cancellationToken).ConfigureAwait(false);
        await inner.DeleteAsync(location, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, StoreOperation.Delete, location, cancellationToken).ConfigureAwait(false);
    }

    // Torn: some of the entries, then the failure.
    private async IAsyncEnumerable<T> ListAsync<T>(string folder, IAsyncEnumerable<T> entries, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(StoreOperation.List, folder, cancellationToken).ConfigureAwait(false);
        await foreach (var entry in entries.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
            await AfterAsync(fault, StoreOperation.List, folder, cancellationToken).ConfigureAwait(false);
            fault = await BeforeAsync(StoreOperation.ListNext, folder, cancellationToken).ConfigureAwait(false);
        }

        await AfterAsync(fault, StoreOperation.List, folder, cancellationToken).ConfigureAwait(false);
    }

    private static ArcticException Failure(Fault fault, StoreOperation operation, string location, string moment) =>
        new(fault.Code ?? ErrorCodes.StorageFailed, $"Injected fault: {operation} of '{location}' failed {moment}.");

    private async ValueTask PutAsync(StoreOperation operation, string location, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var fault = await BeforeAsync(operation, location, cancellationToken).ConfigureAwait(false);
        var written = fault.Kind == FaultKind.Tear ? content[..(content.Length / 2)] : content;
        await inner.PutAsync(location, written, cancellationToken).ConfigureAwait(false);
        await AfterAsync(fault, operation, location, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Fault> BeforeAsync(StoreOperation operation, string location, CancellationToken cancellationToken)
    {
        var fault = Plan.Next(operation, location);
        if (fault.Kind == FaultKind.FailBefore)
        {
            throw Failure(fault, operation, location, "before it took effect");
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
            throw Failure(fault, operation, location, fault.Kind == FaultKind.Tear ? "half way" : "after it took effect");
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
            await store.AfterAsync(fault, StoreOperation.Read, location, cancellationToken).ConfigureAwait(false);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Writer(FaultInjectingObjectStore store, string location) : ObjectWriter
    {
        private readonly FaultyStream _stream = new(store, location);
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

    /// <summary>Keeps what is written; asked synchronously, a write fails but does not stall.</summary>
    private sealed class FaultyStream(FaultInjectingObjectStore store, string location) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var fault = store.Plan.Next(StoreOperation.Write, location);
            switch (fault.Kind)
            {
                case FaultKind.FailBefore:
                    throw Failure(fault, StoreOperation.Write, location, "before it took effect");
                case FaultKind.FailAfter:
                    Keep(buffer);
                    throw Failure(fault, StoreOperation.Write, location, "after it took effect");
                case FaultKind.Tear:
                    Keep(buffer[..(buffer.Length / 2)]);
                    throw Failure(fault, StoreOperation.Write, location, "half way");
                default:
                    Keep(buffer);
                    break;
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var fault = await store.BeforeAsync(StoreOperation.Write, location, cancellationToken).ConfigureAwait(false);
            Keep((fault.Kind == FaultKind.Tear ? buffer[..(buffer.Length / 2)] : buffer).Span);
            await store.AfterAsync(fault, StoreOperation.Write, location, cancellationToken).ConfigureAwait(false);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        // The base class would hand a span to the overridden method above.
        private void Keep(ReadOnlySpan<byte> buffer) => base.Write(buffer.ToArray(), 0, buffer.Length);
    }
}

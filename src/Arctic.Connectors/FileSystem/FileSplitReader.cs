using Arctic.Columnar;
using Arctic.Columnar.Errors;
using Arctic.Dataflow.Connectors;
using Arctic.Storage.Formats;
using Arctic.Storage.ObjectStores;

namespace Arctic.Connectors.FileSystem;

/// <summary>Reads files one after another, a stretch of lines at a time.</summary>
internal sealed class FileSplitReader(IObjectStore store, SourceContext context, Func<RecordDecoder> makeDecoder, RowRateLimiter? limiter) : ISourceReader
{
    private readonly Queue<FileSplit> _waiting = [];
    private readonly SkippedLines _skipped = new(context.Logger, context.Name);
    private OpenFile? _open;

    public void AddSplit(SourceSplit split) => _waiting.Enqueue(FileSplit.From(split.State));

    public async ValueTask<SourceRead> ReadAsync(CancellationToken cancellationToken)
    {
        var file = _open ??= await OpenAsync(_waiting.Dequeue(), cancellationToken).ConfigureAwait(false);
        while (true)
        {
            if (file.Records.TryDecode(limiter?.BatchRows ?? int.MaxValue, file.Ending, out var decoded))
            {
                _skipped.Add(decoded);
                if (decoded.Batch is { } batch)
                {
                    await ReleaseAsync(batch, cancellationToken).ConfigureAwait(false);
                    return new SourceRead(file.Location, batch, file.State, IsSplitFinished: false);
                }
            }
            else if (file.Ending == StreamEnding.Last)
            {
                await CloseAsync().ConfigureAwait(false);
                return new SourceRead(file.Location, null, file.State, IsSplitFinished: true);
            }
            else
            {
                await file.ReadMoreAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async ValueTask ReleaseAsync(ChangeBatch batch, CancellationToken cancellationToken)
    {
        if (limiter is null)
        {
            return;
        }

        try
        {
            await limiter.WaitAsync(batch.RowCount, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private async ValueTask<OpenFile> OpenAsync(FileSplit split, CancellationToken cancellationToken)
    {
        var reader = await store.OpenReadAsync(split.Location, cancellationToken).ConfigureAwait(false);
        if (split.Position.Offset <= reader.Size)
        {
            return new OpenFile(split, reader, makeDecoder());
        }

        var size = reader.Size;
        await reader.DisposeAsync().ConfigureAwait(false);
        throw new ArcticException(
            ErrorCodes.InvalidInput,
            $"Cannot go on reading '{split.Location}' at offset {split.Position.Offset:N0}: the file has only {size:N0} bytes now. It was replaced or cut since the checkpoint; put it back, or start the job anew.");
    }

    private async ValueTask CloseAsync()
    {
        if (_open is { } open)
        {
            _open = null;
            await open.Reader.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The size is that of the moment of opening: bytes appended later are not read.
    private sealed class OpenFile(FileSplit split, IObjectReader reader, RecordDecoder decoder)
    {
        private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

        private long _readOffset = split.Position.Offset;

        public string Location => split.Location;

        public IObjectReader Reader => reader;

        public RecordStream Records { get; private set; } = new(decoder, split.Location, split.Position);

        public StreamEnding Ending => _readOffset == reader.Size ? StreamEnding.Last : StreamEnding.More;

        public ReadOnlyMemory<byte> State => (split with { Position = Records.Position }).ToState();

        public async ValueTask ReadMoreAsync(CancellationToken cancellationToken)
        {
            var space = Records.FreeSpace;
            var count = (int)Math.Min(space.Length, reader.Size - _readOffset);
            await reader.ReadAsync(_readOffset, space[..count], cancellationToken).ConfigureAwait(false);
            _readOffset += count;
            if (_readOffset == count && space.Span[..count].StartsWith(ByteOrderMark))
            {
                // The mark is no part of the first line; the stream starts anew behind it.
                Records = new RecordStream(decoder, split.Location, new RecordPosition(ByteOrderMark.Length, 1));
                _readOffset = ByteOrderMark.Length;
                return;
            }

            Records.Advance(count);
        }
    }
}

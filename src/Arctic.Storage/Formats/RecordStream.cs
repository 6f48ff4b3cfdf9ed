using Arctic.Columnar.Errors;

namespace Arctic.Storage.Formats;

/// <summary>
/// Cuts bytes that arrive in pieces into whole records and decodes them. Keeps one buffer, which grows only for a record that is longer than it, up to a bound. Not thread-safe.
/// </summary>
internal sealed class RecordStream
{
    private readonly RecordDecoder _decoder;
    private readonly string _source;
    private readonly int _recordBytesMax;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private long _skippingBytes = -1;

    /// <summary>Makes a stream.</summary>
    /// <param name="decoder">Decodes the records; owned by the stream.</param>
    /// <param name="source">What the bytes come from, for messages.</param>
    /// <param name="position">Where they start.</param>
    /// <param name="bufferSize">The bytes that are taken in before records are decoded.</param>
    /// <param name="recordBytesMax">The longest record; a longer one is a bad line.</param>
    public RecordStream(RecordDecoder decoder, string source, RecordPosition position, int bufferSize = 128 * 1024, int recordBytesMax = 16 * 1024 * 1024)
    {
        (_decoder, _source, Position, _recordBytesMax) = (decoder, source, position, recordBytesMax);
        _buffer = new byte[Math.Min(bufferSize, recordBytesMax)];
    }

    /// <summary>The place behind the records decoded so far.</summary>
    public RecordPosition Position { get; private set; }

    /// <summary>The bytes taken in and not decoded yet.</summary>
    public int PendingSize => _end - _start;

    /// <summary>The room that is left before the buffer would have to grow.</summary>
    public int FreeSize => _buffer.Length - PendingSize;

    /// <summary>Room for the next bytes; never empty. Valid until the next call.</summary>
    public Memory<byte> FreeSpace
    {
        get
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, PendingSize).CopyTo(_buffer);
                (_start, _end) = (0, PendingSize);
            }

            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, _recordBytesMax + 1L));
            }

            return _buffer.AsMemory(_end);
        }
    }

    /// <summary>Takes in bytes that were written to <see cref="FreeSpace"/>.</summary>
    public void Advance(int count) => _end += count;

    /// <summary>Forgets the bytes that are not decoded: the rest of a record that will not come.</summary>
    public void DropPending() => (_start, _end, _skippingBytes) = (0, 0, -1);

    /// <summary>Decodes the whole records that are there.</summary>
    /// <param name="recordsMax">The most records to decode.</param>
    /// <param name="ending">Whether bytes will follow; when not, the rest is a record too.</param>
    /// <param name="decoded">What came of them; perhaps only bad lines.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidInput"/>.</exception>
    public bool TryDecode(int recordsMax, StreamEnding ending, out DecodedRecords decoded)
    {
        decoded = default;
        if (_skippingBytes >= 0 && !TryEndSkipping(ending))
        {
            return false;
        }

        var pending = _buffer.AsSpan(_start, PendingSize);
        var size = _decoder.FindRecordsEnd(pending, recordsMax);
        if (size == 0 && ending == StreamEnding.Last)
        {
            size = pending.Length;
        }

        if (size == 0)
        {
            return pending.Length > _recordBytesMax && SkipLongRecord(out decoded);
        }

        decoded = _decoder.Decode(pending[..size], new RecordOrigin(_source, Position.Line));
        _start += size;
        Position = new RecordPosition(Position.Offset + size, Position.Line + decoded.LineCount);
        return true;
    }

    private bool SkipLongRecord(out DecodedRecords decoded)
    {
        var badLines = new BadLines(_decoder.BadLinePolicy);
        badLines.Add(0, $"it is longer than {_recordBytesMax:N0} bytes");
        var reasons = badLines.Resolve(new RecordOrigin(_source, Position.Line));
        _skippingBytes = 0;
        decoded = new DecodedRecords(null, 0, 1, reasons);
        return true;
    }

    // The position stays in front of the long record until its end is found, so that a restart skips it again.
    private bool TryEndSkipping(StreamEnding ending)
    {
        var pending = _buffer.AsSpan(_start, PendingSize);
        var lineFeed = pending.IndexOf((byte)'\n');
        var size = lineFeed < 0 ? pending.Length : lineFeed + 1;
        _start += size;
        _skippingBytes += size;
        if (lineFeed < 0 && ending == StreamEnding.More)
        {
            return false;
        }

        Position = new RecordPosition(Position.Offset + _skippingBytes, Position.Line + 1);
        _skippingBytes = -1;
        return true;
    }
}

/// <summary>A place between records.</summary>
/// <param name="Offset">In bytes.</param>
/// <param name="Line">The 1-based number of the line that follows.</param>
internal readonly record struct RecordPosition(long Offset, long Line)
{
    public static readonly RecordPosition Start = new(0, 1);
}

/// <summary>Whether bytes will follow those that are there.</summary>
internal enum StreamEnding
{
    /// <summary>More may come.</summary>
    More,

    /// <summary>These are the last ones.</summary>
    Last,
}

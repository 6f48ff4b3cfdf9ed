using System.Text;

namespace Arctic.Storage.Avro;

/// <summary>
/// Writes an Avro object container file: encode a record into <see cref="Encoder"/>, then <see cref="EndRecord"/>; <see cref="Complete"/> writes the last block.
/// The stream stays the caller's. Not thread-safe.
/// </summary>
internal sealed class AvroFileWriter
{
    /// <summary>A block is written when it has this many bytes before compression.</summary>
    public const int BlockBytesTarget = 64 * 1024;

    private readonly Stream _stream;
    private readonly AvroCodec _codec;
    private readonly byte[] _sync = new byte[16];
    private readonly AvroEncoder _frame = new();
    private int _blockRecords;

    /// <summary>Writes the header.</summary>
    /// <param name="random">Gives the sync marker.</param>
    public AvroFileWriter(Stream stream, AvroSchema schema, AvroCodec codec, IEnumerable<KeyValuePair<string, string>> metadata, Random random)
    {
        _stream = stream;
        _codec = codec;
        random.NextBytes(_sync);
        WriteHeader([new("avro.schema", schema.ToJson()), new("avro.codec", AvroCodecs.NameOf(codec)), .. metadata]);
    }

    /// <summary>Takes the bytes of the current record.</summary>
    public AvroEncoder Encoder { get; } = new();

    /// <summary>The records so far.</summary>
    public long RecordCount { get; private set; }

    /// <summary>The bytes that went to the stream; exact after <see cref="Complete"/>.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>The current record is whole.</summary>
    public void EndRecord()
    {
        RecordCount++;
        _blockRecords++;
        if (Encoder.Length >= BlockBytesTarget)
        {
            WriteBlock();
        }
    }

    /// <summary>Writes what is left.</summary>
    public void Complete()
    {
        if (_blockRecords > 0)
        {
            WriteBlock();
        }
    }

    private void WriteHeader(List<KeyValuePair<string, string>> metadata)
    {
        _frame.WriteRaw("Obj\u0001"u8);
        _frame.WriteLong(metadata.Count);
        foreach (var (key, value) in metadata)
        {
            _frame.WriteString(key);
            _frame.WriteBytes(Encoding.UTF8.GetBytes(value));
        }

        _frame.WriteLong(0);
        _frame.WriteRaw(_sync);
        FlushFrame();
    }

    private void WriteBlock()
    {
        var packed = AvroCodecs.Compress(_codec, Encoder.Written);
        _frame.WriteLong(_blockRecords);
        _frame.WriteLong(packed.Length);
        _frame.WriteRaw(packed.Span);
        _frame.WriteRaw(_sync);
        FlushFrame();
        Encoder.Clear();
        _blockRecords = 0;
    }

    private void FlushFrame()
    {
        _stream.Write(_frame.Written.Span);
        BytesWritten += _frame.Length;
        _frame.Clear();
    }
}

using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Turns stretches of whole records (lines) into batches of one schema. Not thread-safe; keeps buffers from call to call.</summary>
internal abstract class RecordDecoder
{
    private protected RecordDecoder(RowSchema schema, BadLinePolicy badLines) => (Schema, BadLinePolicy) = (schema, badLines);

    /// <summary>What the batches hold.</summary>
    public RowSchema Schema { get; }

    /// <summary>Whether every row is <c>+I</c>.</summary>
    public virtual bool IsInsertOnly => true;

    /// <summary>What happens to a line that cannot be read.</summary>
    public BadLinePolicy BadLinePolicy { get; }

    /// <summary>The length of the longest prefix that consists of whole records; 0 when there is none.</summary>
    /// <param name="bytes">Starts at a record.</param>
    public virtual int FindRecordsEnd(ReadOnlySpan<byte> bytes) => bytes.LastIndexOf((byte)'\n') + 1;

    /// <summary>The length of the longest prefix that consists of at most so many whole records; 0 when there is none.</summary>
    public int FindRecordsEnd(ReadOnlySpan<byte> bytes, int recordsMax)
    {
        if (recordsMax == int.MaxValue)
        {
            return FindRecordsEnd(bytes);
        }

        var end = 0;
        for (var count = 0; count < recordsMax && FindRecordEnd(bytes, end) is var next and > 0; count++)
        {
            end = next;
        }

        return end;
    }

    /// <summary>Decodes whole records, the last of which need not end with a line feed. Blank lines are no records.</summary>
    /// <param name="records">Changed by the call: escapes are resolved in place. The batch does not refer to it.</param>
    /// <param name="origin">Where the records come from, for messages.</param>
    /// <exception cref="Columnar.Errors.ArcticException"><c>INVALID_INPUT</c>: a line cannot be read, and the policy is to fail.</exception>
    public abstract DecodedRecords Decode(Span<byte> records, RecordOrigin origin);

    /// <summary>The index behind the record that starts at an index; 0 when its end is not there.</summary>
    private protected virtual int FindRecordEnd(ReadOnlySpan<byte> bytes, int start) =>
        bytes[start..].IndexOf((byte)'\n') is var length and >= 0 ? start + length + 1 : 0;
}

/// <summary>The place of the first of some records.</summary>
/// <param name="Source">A file's location, a socket's address.</param>
/// <param name="FirstLine">1-based.</param>
internal readonly record struct RecordOrigin(string Source, long FirstLine);

/// <summary>What came of some records.</summary>
/// <param name="Batch">The rows, owned by the receiver; null when there are none.</param>
/// <param name="LineCount">The lines read, bad and blank ones too.</param>
/// <param name="SkippedCount">The lines that could not be read.</param>
/// <param name="SkippedReasons">What was wrong with the first few of them.</param>
internal readonly record struct DecodedRecords(ChangeBatch? Batch, long LineCount, int SkippedCount, IReadOnlyList<string> SkippedReasons);

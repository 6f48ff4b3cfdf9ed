using System.Buffers;
using Arctic.Columnar;
using Arctic.Storage.Formats;

namespace Arctic.Cli.Output;

/// <summary>One JSON object a line, <c>op</c> first when the result is a changelog.</summary>
internal sealed class JsonPrinter(QueryResult result, StandardOutput target) : IResultPrinter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly JsonRowEncoder _encoder = new(result.Schema, result.IsChangelog ? RowKindOutput.Op : RowKindOutput.None);

    public void Begin()
    {
    }

    public void Write(ChangeBatch batch)
    {
        _buffer.ResetWrittenCount();
        _encoder.Encode(batch, _buffer);
        target.Write(_buffer.WrittenSpan);
    }

    public void End(bool isInterrupted)
    {
    }
}

/// <summary>Plans and answers of procedures as they are: text, not a table.</summary>
internal sealed class TextPrinter(StandardOutput target) : IResultPrinter
{
    public void Begin()
    {
    }

    public void Write(ChangeBatch batch)
    {
        foreach (var (_, cells) in RowText.Of(batch, TimeZoneInfo.Utc))
        {
            target.WriteLine(TerminalText.OfLines(cells[0]));
        }
    }

    public void End(bool isInterrupted)
    {
    }
}

/// <summary>Comma-separated values under a line of names, <c>op</c> first when the result is a changelog.</summary>
internal sealed class CsvPrinter(QueryResult result, StandardOutput target) : IResultPrinter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly CsvRowEncoder _encoder = new(result.Schema, result.IsChangelog ? RowKindOutput.Op : RowKindOutput.None, new CsvOptions(), "--output csv");

    public void Begin()
    {
        _encoder.EncodeHeader(_buffer);
        target.Write(_buffer.WrittenSpan);
    }

    public void Write(ChangeBatch batch)
    {
        _buffer.ResetWrittenCount();
        _encoder.Encode(batch, _buffer);
        target.Write(_buffer.WrittenSpan);
    }

    public void End(bool isInterrupted)
    {
    }
}

using System.Buffers;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Delimited text with quotes where they are needed, with the forms of <see cref="CsvCellRenderer"/>.</summary>
internal sealed class CsvRowEncoder : RowEncoder
{
    private readonly CsvCellRenderer _renderer;
    private readonly byte _delimiter;

    public CsvRowEncoder(RowSchema schema, RowKindOutput kinds, CsvOptions options, string context)
        : this(schema, kinds, new CsvCellRenderer(options, context))
    {
    }

    private CsvRowEncoder(RowSchema schema, RowKindOutput kinds, CsvCellRenderer renderer)
        : base(schema, kinds, renderer) => (_renderer, _delimiter) = (renderer, renderer.Delimiter);

    /// <summary>Writes the line of column names.</summary>
    public void EncodeHeader(IBufferWriter<byte> output)
    {
        var line = new CellBuffer();
        var names = Kinds == RowKindOutput.Op ? ColumnNames.Prepend("op") : ColumnNames;
        foreach (var (index, name) in names.Index())
        {
            if (index > 0)
            {
                line.Append(_delimiter);
            }

            _renderer.AppendText(Encoding.UTF8.GetBytes(name), line);
        }

        line.Append((byte)'\n');
        line.EndCell();
        output.Write(line[0]);
    }

    private protected override void WriteRow(int row, RowKind kind, ReadOnlySpan<CellBuffer> columns, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> delimiter = [_delimiter];
        if (Kinds == RowKindOutput.Op)
        {
            output.Write(OpText(kind));
        }

        for (var i = 0; i < columns.Length; i++)
        {
            if (i > 0 || Kinds == RowKindOutput.Op)
            {
                output.Write(delimiter);
            }

            output.Write(columns[i][row]);
        }

        output.Write("\n"u8);
    }
}

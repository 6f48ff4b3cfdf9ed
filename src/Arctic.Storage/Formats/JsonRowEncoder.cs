using System.Buffers;
using System.Text;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>One JSON object a line, with the forms of <see cref="JsonCellRenderer"/>: what <c>--output json</c> prints.</summary>
internal sealed class JsonRowEncoder : RowEncoder
{
    // What stands before each cell: the brace or comma, and the name.
    private readonly byte[][] _prefixes;

    public JsonRowEncoder(RowSchema schema, RowKindOutput kinds)
        : base(schema, kinds, new JsonCellRenderer())
    {
        _prefixes = ColumnNames.Select((n, i) => (byte[])[(byte)(i == 0 && kinds == RowKindOutput.None ? '{' : ','), .. NameText(n)]).ToArray();
    }

    /// <summary>A name as the text before a value: quoted, with a colon.</summary>
    internal static byte[] NameText(string name)
    {
        var buffer = new CellBuffer();
        JsonCellRenderer.AppendString(Encoding.UTF8.GetBytes(name), buffer);
        buffer.Append((byte)':');
        buffer.EndCell();
        return buffer[0].ToArray();
    }

    private protected override void WriteRow(int row, RowKind kind, ReadOnlySpan<CellBuffer> columns, IBufferWriter<byte> output)
    {
        if (Kinds == RowKindOutput.Op)
        {
            output.Write("{\""u8);
            output.Write(OpName);
            output.Write("\":\""u8);
            output.Write(OpText(kind));
            output.Write("\""u8);
        }
        else if (columns.IsEmpty)
        {
            output.Write("{"u8);
        }

        for (var i = 0; i < columns.Length; i++)
        {
            output.Write(_prefixes[i]);
            output.Write(columns[i][row]);
        }

        output.Write("}\n"u8);
    }
}

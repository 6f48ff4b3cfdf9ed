using System.Buffers;
using Arctic.Columnar;
using Arctic.Columnar.Types;

namespace Arctic.Storage.Formats;

/// <summary>Whether a text output has the kind of each row.</summary>
internal enum RowKindOutput
{
    /// <summary>No: results that only ever grow, as those of batch queries do.</summary>
    None,

    /// <summary>Yes, first, as <c>op</c>: <c>+I</c>, <c>-U</c>, <c>+U</c>, <c>-D</c>.</summary>
    Op,
}

/// <summary>Writes batches of one schema as lines of UTF-8 text. Not thread-safe; keeps buffers from call to call.</summary>
internal abstract class RowEncoder
{
    private readonly CellRenderer _renderer;
    private readonly CellBuffer[] _columns;

    private protected RowEncoder(RowSchema schema, RowKindOutput kinds, CellRenderer renderer)
    {
        (Schema, Kinds, _renderer) = (schema, kinds, renderer);
        _columns = schema.Fields.Select(_ => new CellBuffer()).ToArray();
    }

    /// <summary>What the batches hold.</summary>
    public RowSchema Schema { get; }

    /// <summary>Whether lines have the kind of the row.</summary>
    public RowKindOutput Kinds { get; }

    /// <summary>Writes one line a row, line feed included. The caller still disposes the batch.</summary>
    public void Encode(ChangeBatch batch, IBufferWriter<byte> output)
    {
        using var compact = batch.Compact();
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i].Clear();
            _renderer.Render(compact.Columns[i], _columns[i]);
        }

        for (var row = 0; row < compact.RowCount; row++)
        {
            WriteRow(row, compact.KindAt(row), _columns, output);
        }
    }

    /// <summary>The name of the kind's column: <c>op</c>.</summary>
    protected static ReadOnlySpan<byte> OpName => "op"u8;

    /// <summary>The names of the columns: those of the schema, but <c>op</c> is <c>op_1</c> (or the next number that is free) when lines have the kind.</summary>
    protected IReadOnlyList<string> ColumnNames => Schema.Fields.Select(f => Kinds == RowKindOutput.Op && f.Name == "op" ? FreeOpName() : f.Name).ToList();

    /// <summary>Writes one line out of the columns' cells.</summary>
    private protected abstract void WriteRow(int row, RowKind kind, ReadOnlySpan<CellBuffer> columns, IBufferWriter<byte> output);

    /// <summary>The text of a kind.</summary>
    protected static ReadOnlySpan<byte> OpText(RowKind kind) => kind switch
    {
        RowKind.Insert => "+I"u8,
        RowKind.UpdateBefore => "-U"u8,
        RowKind.UpdateAfter => "+U"u8,
        RowKind.Delete => "-D"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private string FreeOpName()
    {
        var number = 1;
        while (Schema.FindIndex($"op_{number}") >= 0)
        {
            number++;
        }

        return $"op_{number}";
    }
}

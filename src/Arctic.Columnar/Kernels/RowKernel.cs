using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>
/// The inner step of a kernel whose work a row is more than an instruction: text, calendars, casts that may fail. A ref struct that holds
/// the readers of its arguments, so that the loop around it is compiled for it alone.
/// </summary>
internal interface IRowOp<TSelf, TWriter>
    where TSelf : struct, IRowOp<TSelf, TWriter>, allows ref struct
    where TWriter : ColumnWriter
{
    /// <summary>Whether a NULL argument makes the result NULL without a call of <see cref="Apply"/>.</summary>
    static virtual bool IsStrict => true;

    /// <summary>Takes hold of a batch's arguments.</summary>
    static abstract TSelf Open(in KernelArguments arguments);

    /// <summary>Computes one row; writes nothing for an empty string.</summary>
    void Apply(int row, TWriter output);
}

/// <summary>What a kernel works on in one batch.</summary>
internal readonly ref struct KernelArguments(ReadOnlySpan<Column> columns, object? state, DataType type, EvaluationSettings settings)
{
    /// <summary>The evaluated arguments; some may be constants.</summary>
    public readonly ReadOnlySpan<Column> Columns = columns;

    /// <summary>What was prepared when the plan was made: a pattern, a format, a flag.</summary>
    public readonly object? State = state;

    /// <summary>The type of the result.</summary>
    public readonly DataType Type = type;

    public readonly EvaluationSettings Settings = settings;

    public FixedReader<T> Fixed<T>(int index)
        where T : unmanaged => new(Columns[index]);

    public BytesReader Bytes(int index) => new(Columns[index]);

    public BooleanReader Boolean(int index) => new(Columns[index]);

    public NullReader Nulls(int index) => new(Columns[index]);
}

/// <summary>Evaluates arguments and runs a <see cref="IRowOp{TSelf,TWriter}"/> over the selected rows; constants are computed once.</summary>
internal sealed class RowKernel<TOp, TWriter>(DataType type, IReadOnlyList<IBatchExpression> arguments, object? state, EvaluationSettings settings, bool isDeterministic = true)
    : IBatchExpression
    where TOp : struct, IRowOp<TOp, TWriter>, allows ref struct
    where TWriter : ColumnWriter, IColumnWriter<TWriter>
{
    private readonly Column[] _columns = new Column[arguments.Count];

    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        if (input.RowCount == 0)
        {
            return ColumnBuilder.NullsOf(Type, input.ColumnLength);
        }

        var areConstant = isDeterministic;
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = arguments[i].Evaluate(input);
            areConstant &= _columns[i] is ConstantColumn or NullColumn;
        }

        var result = areConstant
            ? new ConstantColumn(Run(1, new RowCursor(1, null)), input.ColumnLength)
            : Run(input.ColumnLength, new RowCursor(input.ColumnLength, input.Selection));
        Array.Clear(_columns);
        return result;
    }

    private Column Run(int length, RowCursor rows)
    {
        var validity = TOp.IsStrict ? ValidityMath.And(_columns, length) : Bitmap.AllSet;
        var output = TWriter.Create(Type, length, validity);
        var op = TOp.Open(new KernelArguments(_columns, state, Type, settings));
        if (validity.IsAllSet)
        {
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                output.MoveTo(row);
                op.Apply(row, output);
            }
        }
        else
        {
            var bits = validity.Bytes.Span;
            for (var i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                if (Bitmap.IsSet(bits, validity.Offset + row))
                {
                    output.MoveTo(row);
                    op.Apply(row, output);
                }
            }
        }

        return output.Build();
    }
}

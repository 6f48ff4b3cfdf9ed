using System.Diagnostics;
using System.Numerics;
using System.Text;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>Casts to CHAR and VARCHAR: each type's text, cut to the length, and for CHAR padded with blanks.</summary>
internal static class TextCasts
{
    public static IBatchExpression Compile(IBatchExpression operand, DataType to, EvaluationSettings settings)
    {
        var state = new TextCast(operand.Type, LengthOf(to), to is DataType.Char, new ZoneClock(settings.TimeZone));
        return operand.Type switch
        {
            DataType.Boolean => Make<BooleanText>(operand, to, state, settings),
            DataType.TinyInt => Make<IntegerText<sbyte>>(operand, to, state, settings),
            DataType.SmallInt => Make<IntegerText<short>>(operand, to, state, settings),
            DataType.Int => Make<IntegerText<int>>(operand, to, state, settings),
            DataType.BigInt => Make<IntegerText<long>>(operand, to, state, settings),
            DataType.Char or DataType.VarChar or DataType.Binary or DataType.VarBinary => Make<BytesText>(operand, to, state, settings),
            _ => Make<AnyText>(operand, to, state, settings),
        };
    }

    public static int LengthOf(DataType type) => type switch
    {
        DataType.Char c => c.Length,
        DataType.VarChar c => c.Length,
        DataType.Binary b => b.Length,
        DataType.VarBinary b => b.Length,
        _ => throw new UnreachableException($"Length of {type}"),
    };

    private static IBatchExpression Make<TSource>(IBatchExpression operand, DataType to, TextCast state, EvaluationSettings settings)
        where TSource : struct, ITextSource<TSource>, allows ref struct => new RowKernel<ToTextOp<TSource>, BytesWriter>(to, [operand], state, settings);

    /// <summary>Cuts the row under way to so many code points and, for CHAR, pads it.</summary>
    public static void Fit(BytesWriter output, int length, bool isPadded)
    {
        var written = output.Written;
        if (written.Length <= length && !isPadded)
        {
            return;
        }

        var count = 0;
        for (var i = 0; i < written.Length; i++)
        {
            if ((written[i] & 0xC0) == 0x80)
            {
                continue;
            }

            if (count == length)
            {
                output.Truncate(i);
                return;
            }

            count++;
        }

        if (isPadded && count < length)
        {
            output.Reserve(length - count)[..(length - count)].Fill((byte)' ');
            output.Advance(length - count);
        }
    }
}

/// <summary>What a cast to text depends on.</summary>
internal sealed record TextCast(DataType From, int Length, bool IsPadded, ZoneClock Clock);

/// <summary>Writes the text of a value.</summary>
internal interface ITextSource<TSelf>
    where TSelf : struct, ITextSource<TSelf>, allows ref struct
{
    static abstract TSelf Open(in KernelArguments arguments, TextCast cast);

    void Write(int row, BytesWriter output);
}

internal readonly ref struct ToTextOp<TSource>(TSource source, TextCast cast) : IRowOp<ToTextOp<TSource>, BytesWriter>
    where TSource : struct, ITextSource<TSource>, allows ref struct
{
    private readonly TSource _source = source;

    public static ToTextOp<TSource> Open(in KernelArguments arguments) => new(TSource.Open(arguments, (TextCast)arguments.State!), (TextCast)arguments.State!); // prepared above

    public void Apply(int row, BytesWriter output)
    {
        _source.Write(row, output);
        TextCasts.Fit(output, cast.Length, cast.IsPadded);
    }
}

internal readonly ref struct BooleanText(BooleanReader value) : ITextSource<BooleanText>
{
    private readonly BooleanReader _value = value;

    public static BooleanText Open(in KernelArguments arguments, TextCast cast) => new(arguments.Boolean(0));

    public void Write(int row, BytesWriter output) => output.Append(_value[row] ? "TRUE"u8 : "FALSE"u8);
}

internal readonly ref struct IntegerText<T>(FixedReader<T> value) : ITextSource<IntegerText<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FixedReader<T> _value = value;

    public static IntegerText<T> Open(in KernelArguments arguments, TextCast cast) => new(arguments.Fixed<T>(0));

    public void Write(int row, BytesWriter output) => output.Advance(NumberText.WriteInteger(long.CreateTruncating(_value[row]), output.Reserve(NumberText.MaxLength)));
}

/// <summary>Text as it is; bytes as UTF-8, bad ones as U+FFFD.</summary>
internal readonly ref struct BytesText(BytesReader value, bool isText) : ITextSource<BytesText>
{
    private readonly BytesReader _value = value;

    public static BytesText Open(in KernelArguments arguments, TextCast cast) => new(arguments.Bytes(0), cast.From.IsCharacter());

    public void Write(int row, BytesWriter output)
    {
        var bytes = _value[row];
        if (isText || System.Text.Unicode.Utf8.IsValid(bytes))
        {
            output.Append(bytes);
        }
        else
        {
            output.Append(Encoding.UTF8.GetString(bytes));
        }
    }
}

/// <summary>Every other type, by <see cref="ValueText"/>.</summary>
internal readonly ref struct AnyText(Column column, ZoneClock clock) : ITextSource<AnyText>
{
    private readonly Column _column = column;

    public static AnyText Open(in KernelArguments arguments, TextCast cast) => new(arguments.Columns[0], cast.Clock);

    public void Write(int row, BytesWriter output) => ValueText.Append(_column, row, clock, output);
}

/// <summary>Casts to BINARY and VARBINARY: cut to the length, BINARY padded with zero bytes.</summary>
internal readonly ref struct BytesFitOp(BytesReader value, int length, bool isPadded) : IRowOp<BytesFitOp, BytesWriter>
{
    private readonly BytesReader _value = value;

    public static BytesFitOp Open(in KernelArguments arguments) => new(arguments.Bytes(0), TextCasts.LengthOf(arguments.Type), arguments.Type is DataType.Binary);

    public void Apply(int row, BytesWriter output)
    {
        var bytes = _value[row];
        output.Append(bytes.Length > length ? bytes[..length] : bytes);
        if (isPadded && bytes.Length < length)
        {
            output.Reserve(length - bytes.Length)[..(length - bytes.Length)].Clear();
            output.Advance(length - bytes.Length);
        }
    }
}

using System.Diagnostics;
using System.Numerics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>Casts from text.</summary>
internal static class ParseCasts
{
    public static IBatchExpression Compile(IBatchExpression operand, DataType to, bool isTry, EvaluationSettings settings) => to switch
    {
        DataType.Boolean => new RowKernel<ParseBoolean, BooleanWriter>(to, [operand], isTry, settings),
        DataType.TinyInt => new RowKernel<ParseInteger<sbyte>, FixedWriter<sbyte>>(to, [operand], isTry, settings),
        DataType.SmallInt => new RowKernel<ParseInteger<short>, FixedWriter<short>>(to, [operand], isTry, settings),
        DataType.Int => new RowKernel<ParseInteger<int>, FixedWriter<int>>(to, [operand], isTry, settings),
        DataType.BigInt => new RowKernel<ParseInteger<long>, FixedWriter<long>>(to, [operand], isTry, settings),
        DataType.Float => new RowKernel<ParseSingle, FixedWriter<float>>(to, [operand], isTry, settings),
        DataType.Double => new RowKernel<ParseDouble, FixedWriter<double>>(to, [operand], isTry, settings),
        DataType.Decimal => new RowKernel<ParseDecimal, FixedWriter<Int128>>(to, [operand], isTry, settings),
        DataType.Date => new RowKernel<ParseDate, FixedWriter<int>>(to, [operand], isTry, settings),
        DataType.Time => new RowKernel<ParseTime, FixedWriter<long>>(to, [operand], isTry, settings),
        DataType.Timestamp or DataType.TimestampLtz => new RowKernel<ParseTimestamp, FixedWriter<long>>(to, [operand], new TimestampParsing(isTry, new ZoneClock(settings.TimeZone)), settings),
        _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
    };

    /// <summary>Reads any case of t, true, y, yes, 1 and f, false, n, no, 0; not trimmed.</summary>
    public static bool TryParseBoolean(ReadOnlySpan<byte> text, out bool value)
    {
        Span<byte> lower = stackalloc byte[8];
        value = false;
        if (text.Length is 0 or > 5)
        {
            return false;
        }

        System.Text.Ascii.ToLower(text, lower, out var length);
        lower = lower[..length];
        value = lower.SequenceEqual("t"u8) || lower.SequenceEqual("true"u8) || lower.SequenceEqual("y"u8) || lower.SequenceEqual("yes"u8) || lower.SequenceEqual("1"u8);
        return value || lower.SequenceEqual("f"u8) || lower.SequenceEqual("false"u8) || lower.SequenceEqual("n"u8) || lower.SequenceEqual("no"u8) || lower.SequenceEqual("0"u8);
    }
}

/// <summary>What reading a timestamp depends on.</summary>
internal sealed record TimestampParsing(bool IsTry, ZoneClock Clock);

internal readonly ref struct ParseBoolean(BytesReader text, bool isTry) : IRowOp<ParseBoolean, BooleanWriter>
{
    private readonly BytesReader _text = text;

    public static ParseBoolean Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true);

    public void Apply(int row, BooleanWriter output)
    {
        if (ParseCasts.TryParseBoolean(_text[row], out var value))
        {
            output.Set(value);
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseInteger<T>(BytesReader text, bool isTry, long min, long max) : IRowOp<ParseInteger<T>, FixedWriter<T>>
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private readonly BytesReader _text = text;

    public static ParseInteger<T> Open(in KernelArguments arguments) =>
        new(arguments.Bytes(0), arguments.State is true, long.CreateTruncating(T.MinValue), long.CreateTruncating(T.MaxValue));

    public void Apply(int row, FixedWriter<T> output)
    {
        if (NumberText.TryParseInteger(_text[row], min, max, out var value))
        {
            output.Set(T.CreateTruncating(value));
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseSingle(BytesReader text, bool isTry) : IRowOp<ParseSingle, FixedWriter<float>>
{
    private readonly BytesReader _text = text;

    public static ParseSingle Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true);

    public void Apply(int row, FixedWriter<float> output)
    {
        if (NumberText.TryParseSingle(_text[row], out var value))
        {
            output.Set(value);
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseDouble(BytesReader text, bool isTry) : IRowOp<ParseDouble, FixedWriter<double>>
{
    private readonly BytesReader _text = text;

    public static ParseDouble Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true);

    public void Apply(int row, FixedWriter<double> output)
    {
        if (NumberText.TryParseDouble(_text[row], out var value))
        {
            output.Set(value);
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseDecimal(BytesReader text, bool isTry, DataType.Decimal type) : IRowOp<ParseDecimal, FixedWriter<Int128>>
{
    private readonly BytesReader _text = text;

    public static ParseDecimal Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true, (DataType.Decimal)arguments.Type);

    public void Apply(int row, FixedWriter<Int128> output)
    {
        if (NumberText.TryParseDecimal(_text[row], type.Precision, type.Scale, out var value))
        {
            output.Set(value);
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseDate(BytesReader text, bool isTry) : IRowOp<ParseDate, FixedWriter<int>>
{
    private readonly BytesReader _text = text;

    public static ParseDate Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true);

    public void Apply(int row, FixedWriter<int> output)
    {
        if (TemporalText.TryParseDate(_text[row], out var value))
        {
            output.Set(value);
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

internal readonly ref struct ParseTime(BytesReader text, bool isTry, int precision) : IRowOp<ParseTime, FixedWriter<long>>
{
    private readonly BytesReader _text = text;

    public static ParseTime Open(in KernelArguments arguments) => new(arguments.Bytes(0), arguments.State is true, ((DataType.Time)arguments.Type).Precision);

    public void Apply(int row, FixedWriter<long> output)
    {
        if (TemporalText.TryParseTime(_text[row], out var value))
        {
            output.Set(TemporalText.Cut(value, precision, 6));
        }
        else if (isTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

/// <summary>Reads TIMESTAMP, and TIMESTAMP_LTZ in the session's zone.</summary>
internal readonly ref struct ParseTimestamp(BytesReader text, TimestampParsing parsing, DataType type, int precision) : IRowOp<ParseTimestamp, FixedWriter<long>>
{
    private readonly BytesReader _text = text;

    public static ParseTimestamp Open(in KernelArguments arguments) =>
        new(arguments.Bytes(0), (TimestampParsing)arguments.State!, arguments.Type, TimeShift.PrecisionOf(arguments.Type)); // prepared by the compiler

    public void Apply(int row, FixedWriter<long> output)
    {
        if (TemporalText.TryParseTimestamp(_text[row], out var days, out var nanosOfDay)
            && TemporalCasts.TryWrite(days, nanosOfDay, precision, type is DataType.TimestampLtz ? parsing.Clock : null, out var value))
        {
            output.Set(value);
        }
        else if (parsing.IsTry)
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(_text[row], output.Type);
        }
    }
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels.Casts;

/// <summary>Casts among numbers and truth values: integers wrap, floats saturate, decimals round HALF_UP.</summary>
internal static class NumberCasts
{
    public static IBatchExpression Compile(IBatchExpression operand, DataType to, bool isTry, EvaluationSettings settings) => operand.Type.Layout switch
    {
        ColumnLayout.Boolean => FromBoolean(operand, to, settings),
        ColumnLayout.Int8 => FromInteger<sbyte>(operand, to, settings),
        ColumnLayout.Int16 => FromInteger<short>(operand, to, settings),
        ColumnLayout.Int32 => FromInteger<int>(operand, to, settings),
        ColumnLayout.Int64 => FromInteger<long>(operand, to, settings),
        ColumnLayout.Float32 => FromFloat<float>(operand, to, isTry, settings),
        ColumnLayout.Float64 => FromFloat<double>(operand, to, isTry, settings),
        ColumnLayout.Int128 => FromDecimal(operand, to, settings),
        _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
    };

    private static IBatchExpression FromBoolean(IBatchExpression operand, DataType to, EvaluationSettings settings) => to.Layout switch
    {
        ColumnLayout.Int8 => new RowKernel<BooleanToNumber<sbyte>, FixedWriter<sbyte>>(to, [operand], null, settings),
        ColumnLayout.Int16 => new RowKernel<BooleanToNumber<short>, FixedWriter<short>>(to, [operand], null, settings),
        ColumnLayout.Int32 => new RowKernel<BooleanToNumber<int>, FixedWriter<int>>(to, [operand], null, settings),
        ColumnLayout.Int64 => new RowKernel<BooleanToNumber<long>, FixedWriter<long>>(to, [operand], null, settings),
        ColumnLayout.Float32 => new RowKernel<BooleanToNumber<float>, FixedWriter<float>>(to, [operand], null, settings),
        ColumnLayout.Float64 => new RowKernel<BooleanToNumber<double>, FixedWriter<double>>(to, [operand], null, settings),
        ColumnLayout.Int128 => FromInteger<int>(FromBoolean(operand, DataTypes.Int.WithNullability(operand.Type.IsNullable), settings), to, settings),
        _ => throw new UnreachableException($"Cast of BOOLEAN to {to}"),
    };

    private static IBatchExpression FromInteger<T>(IBatchExpression operand, DataType to, EvaluationSettings settings)
        where T : unmanaged, IBinaryInteger<T> => to.Layout switch
        {
            ColumnLayout.Boolean => new RowKernel<NumberToBoolean<T>, BooleanWriter>(to, [operand], null, settings),
            ColumnLayout.Int8 => new ConvertKernel<T, sbyte, WrapConversion<T, sbyte>>(to, operand),
            ColumnLayout.Int16 => new ConvertKernel<T, short, WrapConversion<T, short>>(to, operand),
            ColumnLayout.Int32 => new ConvertKernel<T, int, WrapConversion<T, int>>(to, operand),
            ColumnLayout.Int64 => new ConvertKernel<T, long, WrapConversion<T, long>>(to, operand),
            ColumnLayout.Float32 => new ConvertKernel<T, float, WrapConversion<T, float>>(to, operand),
            ColumnLayout.Float64 => new ConvertKernel<T, double, WrapConversion<T, double>>(to, operand),
            ColumnLayout.Int128 => new RowKernel<IntegerToDecimal<T>, FixedWriter<Int128>>(to, [operand], null, settings),
            _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
        };

    private static IBatchExpression FromFloat<T>(IBatchExpression operand, DataType to, bool isTry, EvaluationSettings settings)
        where T : unmanaged, IFloatingPointIeee754<T> => to.Layout switch
        {
            ColumnLayout.Boolean => new RowKernel<NumberToBoolean<T>, BooleanWriter>(to, [operand], null, settings),
            ColumnLayout.Int8 => new ConvertKernel<T, sbyte, SaturateConversion<T, int, sbyte>>(to, operand),
            ColumnLayout.Int16 => new ConvertKernel<T, short, SaturateConversion<T, int, short>>(to, operand),
            ColumnLayout.Int32 => new ConvertKernel<T, int, SaturateConversion<T, int, int>>(to, operand),
            ColumnLayout.Int64 => new ConvertKernel<T, long, SaturateConversion<T, long, long>>(to, operand),
            ColumnLayout.Float32 => new ConvertKernel<T, float, WrapConversion<T, float>>(to, operand),
            ColumnLayout.Float64 => new ConvertKernel<T, double, WrapConversion<T, double>>(to, operand),
            ColumnLayout.Int128 => new RowKernel<FloatToDecimal<T>, FixedWriter<Int128>>(to, [operand], isTry, settings),
            _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
        };

    private static IBatchExpression FromDecimal(IBatchExpression operand, DataType to, EvaluationSettings settings)
    {
        object scale = ((DataType.Decimal)operand.Type).Scale;
        return to.Layout switch
        {
            ColumnLayout.Boolean => new RowKernel<NumberToBoolean<Int128>, BooleanWriter>(to, [operand], null, settings),
            ColumnLayout.Int8 => new RowKernel<DecimalToInteger<sbyte>, FixedWriter<sbyte>>(to, [operand], scale, settings),
            ColumnLayout.Int16 => new RowKernel<DecimalToInteger<short>, FixedWriter<short>>(to, [operand], scale, settings),
            ColumnLayout.Int32 => new RowKernel<DecimalToInteger<int>, FixedWriter<int>>(to, [operand], scale, settings),
            ColumnLayout.Int64 => new RowKernel<DecimalToInteger<long>, FixedWriter<long>>(to, [operand], scale, settings),
            ColumnLayout.Float32 => new RowKernel<DecimalToSingle, FixedWriter<float>>(to, [operand], scale, settings),
            ColumnLayout.Float64 => new RowKernel<DecimalToDouble, FixedWriter<double>>(to, [operand], scale, settings),
            ColumnLayout.Int128 => new RowKernel<DecimalToDecimal, FixedWriter<Int128>>(to, [operand], scale, settings),
            _ => throw new UnreachableException($"Cast of {operand.Type} to {to}"),
        };
    }
}

/// <summary>A conversion of one value that cannot fail.</summary>
internal interface IConversion<TFrom, TTo>
{
    static abstract TTo Apply(TFrom value);
}

/// <summary>Low bits of integers, rounding to floats.</summary>
internal readonly struct WrapConversion<TFrom, TTo> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, INumberBase<TFrom>
    where TTo : unmanaged, INumberBase<TTo>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TTo Apply(TFrom value) => TTo.CreateTruncating(value);
}

/// <summary>Floats to integers as Java has it: saturates in INT or BIGINT, then wraps to the narrower type; NaN is 0.</summary>
internal readonly struct SaturateConversion<TFrom, TWide, TTo> : IConversion<TFrom, TTo>
    where TFrom : unmanaged, INumberBase<TFrom>
    where TWide : unmanaged, IBinaryInteger<TWide>
    where TTo : unmanaged, IBinaryInteger<TTo>
{
    public static TTo Apply(TFrom value) => TTo.CreateTruncating(TWide.CreateSaturating(value));
}

/// <summary>Converts a whole column, NULL rows too.</summary>
internal sealed class ConvertKernel<TFrom, TTo, TConversion>(DataType type, IBatchExpression operand) : IBatchExpression
    where TFrom : unmanaged
    where TTo : unmanaged
    where TConversion : struct, IConversion<TFrom, TTo>
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input)
    {
        var column = operand.Evaluate(input);
        return column is ConstantColumn constant ? new ConstantColumn(Run((FixedColumn<TFrom>)constant.Value), input.ColumnLength) : Run((FixedColumn<TFrom>)column);
    }

    private FixedColumn<TTo> Run(FixedColumn<TFrom> column)
    {
        var source = column.Values;
        var target = GC.AllocateUninitializedArray<TTo>(source.Length);
        for (var i = 0; i < target.Length; i++)
        {
            target[i] = TConversion.Apply(source[i]);
        }

        return new FixedColumn<TTo>(Type, target, column.Validity);
    }
}

internal readonly ref struct BooleanToNumber<T>(BooleanReader value) : IRowOp<BooleanToNumber<T>, FixedWriter<T>>
    where T : unmanaged, INumber<T>
{
    private readonly BooleanReader _value = value;

    public static BooleanToNumber<T> Open(in KernelArguments arguments) => new(arguments.Boolean(0));

    public void Apply(int row, FixedWriter<T> output) => output.Set(_value[row] ? T.One : T.Zero);
}

internal readonly ref struct NumberToBoolean<T>(FixedReader<T> value) : IRowOp<NumberToBoolean<T>, BooleanWriter>
    where T : unmanaged, INumber<T>
{
    private readonly FixedReader<T> _value = value;

    public static NumberToBoolean<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0));

    public void Apply(int row, BooleanWriter output) => output.Set(!T.IsZero(_value[row]));
}

internal readonly ref struct IntegerToDecimal<T>(FixedReader<T> value, DataType.Decimal type) : IRowOp<IntegerToDecimal<T>, FixedWriter<Int128>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FixedReader<T> _value = value;

    public static IntegerToDecimal<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), (DataType.Decimal)arguments.Type);

    public void Apply(int row, FixedWriter<Int128> output)
    {
        if (DecimalMath.TryRescale(Int128.CreateTruncating(_value[row]), 0, type.Scale, type.Precision, out var result))
        {
            output.Set(result);
        }
        else
        {
            output.SetNull();
        }
    }
}

/// <summary>By the shortest decimal text of the float; NaN and Infinity are errors, what does not fit is NULL.</summary>
internal readonly ref struct FloatToDecimal<T>(FixedReader<T> value, DataType.Decimal type, bool isTry) : IRowOp<FloatToDecimal<T>, FixedWriter<Int128>>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly FixedReader<T> _value = value;

    public static FloatToDecimal<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), (DataType.Decimal)arguments.Type, arguments.State is true);

    public void Apply(int row, FixedWriter<Int128> output)
    {
        var value = _value[row];
        Span<byte> text = stackalloc byte[NumberText.MaxLength];
        var length = typeof(T) == typeof(float) ? NumberText.WriteSingle(float.CreateTruncating(value), text) : NumberText.WriteDouble(double.CreateTruncating(value), text);
        if (NumberText.TryParseDecimal(text[..length], type.Precision, type.Scale, out var result))
        {
            output.Set(result);
        }
        else if (isTry || T.IsFinite(value))
        {
            output.SetNull();
        }
        else
        {
            throw EvaluationErrors.CannotParse(text[..length], type);
        }
    }
}

internal readonly ref struct DecimalToInteger<T>(FixedReader<Int128> value, int scale) : IRowOp<DecimalToInteger<T>, FixedWriter<T>>
    where T : unmanaged, IBinaryInteger<T>
{
    private readonly FixedReader<Int128> _value = value;

    public static DecimalToInteger<T> Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (int)arguments.State!); // the scale

    public void Apply(int row, FixedWriter<T> output) => output.Set(T.CreateTruncating(DecimalMath.Truncate(_value[row], scale)));
}

internal readonly ref struct DecimalToSingle(FixedReader<Int128> value, int scale) : IRowOp<DecimalToSingle, FixedWriter<float>>
{
    private readonly FixedReader<Int128> _value = value;

    public static DecimalToSingle Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (int)arguments.State!); // the scale

    public void Apply(int row, FixedWriter<float> output) => output.Set(DecimalMath.ToSingle(_value[row], scale));
}

internal readonly ref struct DecimalToDouble(FixedReader<Int128> value, int scale) : IRowOp<DecimalToDouble, FixedWriter<double>>
{
    private readonly FixedReader<Int128> _value = value;

    public static DecimalToDouble Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (int)arguments.State!); // the scale

    public void Apply(int row, FixedWriter<double> output) => output.Set(DecimalMath.ToDouble(_value[row], scale));
}

internal readonly ref struct DecimalToDecimal(FixedReader<Int128> value, int scale, DataType.Decimal type) : IRowOp<DecimalToDecimal, FixedWriter<Int128>>
{
    private readonly FixedReader<Int128> _value = value;

    public static DecimalToDecimal Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (int)arguments.State!, (DataType.Decimal)arguments.Type); // the scale

    public void Apply(int row, FixedWriter<Int128> output)
    {
        if (DecimalMath.TryRescale(_value[row], scale, type.Scale, type.Precision, out var result))
        {
            output.Set(result);
        }
        else
        {
            output.SetNull();
        }
    }
}

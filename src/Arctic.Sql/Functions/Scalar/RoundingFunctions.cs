using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>ROUND and TRUNCATE to decimal places: HALF_UP on the decimal form, or toward zero. Integers and floats keep their type.</summary>
internal sealed class RoundFunction(string name, bool truncates) : ScalarFunction(name)
{
    public override bool CanFail(Expression.Call call) => call.Type is DataType.Decimal;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 2);
        BindErrors.RefuseNull(arguments);
        if (!arguments[0].Type.IsNumeric() || (arguments.Count == 2 && !arguments[1].Type.IsInteger()))
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        var digits = arguments.Count == 2 ? TypeCoercion.Coerce(arguments[1], DataTypes.Int) : new Expression.Literal(0, DataTypes.Int.AsNotNull());
        var type = arguments[0].Type is DataType.Decimal decimalType ? DecimalResult(decimalType, digits) : arguments[0].Type;
        return new Expression.Call(this, [arguments[0], digits], type.WithNullability(arguments[0].Type.IsNullable || digits.Type.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        var state = new RoundState(truncates, call.Arguments[0].Type as DataType.Decimal, call.Type as DataType.Decimal);
        return call.Type.Layout switch
        {
            ColumnLayout.Int8 => new RowKernel<RoundIntegerOp<sbyte>, FixedWriter<sbyte>>(call.Type, arguments, state, settings),
            ColumnLayout.Int16 => new RowKernel<RoundIntegerOp<short>, FixedWriter<short>>(call.Type, arguments, state, settings),
            ColumnLayout.Int32 => new RowKernel<RoundIntegerOp<int>, FixedWriter<int>>(call.Type, arguments, state, settings),
            ColumnLayout.Int64 => new RowKernel<RoundIntegerOp<long>, FixedWriter<long>>(call.Type, arguments, state, settings),
            ColumnLayout.Float32 => new RowKernel<RoundFloatOp<float>, FixedWriter<float>>(call.Type, arguments, state, settings),
            ColumnLayout.Float64 => new RowKernel<RoundFloatOp<double>, FixedWriter<double>>(call.Type, arguments, state, settings),
            ColumnLayout.Int128 => new RowKernel<RoundDecimalOp, FixedWriter<Int128>>(call.Type, arguments, state, settings),
            _ => throw new UnreachableException($"Rounding of {call.Type}"),
        };
    }

    // A number of places that is not known when planning keeps the scale.
    private static DataType DecimalResult(DataType.Decimal type, Expression digits)
    {
        var places = ConstantFolder.Fold(digits, EvaluationSettings.Default) is Expression.Literal { Value: int value } ? value : type.Scale;
        var whole = type.Precision - type.Scale;
        return places >= type.Scale ? type
            : places < 0 ? DataTypes.Decimal(Math.Min(38, 1 + whole), 0)
            : DataTypes.Decimal(Math.Min(38, 1 + whole + places), places);
    }

    private sealed record RoundState(bool Truncates, DataType.Decimal? From, DataType.Decimal? To);

    // Rounds an unscaled value of a scale to so many places, at that scale still.
    private static Int128 RoundAt(Int128 value, int scale, int places, bool truncates)
    {
        var cut = scale - places;
        if (cut <= 0)
        {
            return value;
        }

        if (cut > 38)
        {
            return 0;
        }

        var unit = DecimalMath.PowerOf10(cut);
        return (truncates ? value / unit : DecimalMath.RoundedQuotient(value, cut)) * unit;
    }

    private readonly ref struct RoundIntegerOp<T>(FixedReader<T> value, FixedReader<int> places, bool truncates) : IRowOp<RoundIntegerOp<T>, FixedWriter<T>>
        where T : unmanaged, IBinaryInteger<T>
    {
        private readonly FixedReader<T> _value = value;
        private readonly FixedReader<int> _places = places;

        public static RoundIntegerOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.Fixed<int>(1), ((RoundState)arguments.State!).Truncates); // made above

        public void Apply(int row, FixedWriter<T> output) => output.Set(T.CreateTruncating(RoundAt(Int128.CreateTruncating(_value[row]), 0, _places[row], truncates)));
    }

    private readonly ref struct RoundDecimalOp(FixedReader<Int128> value, FixedReader<int> places, RoundState state) : IRowOp<RoundDecimalOp, FixedWriter<Int128>>
    {
        private readonly FixedReader<Int128> _value = value;
        private readonly FixedReader<int> _places = places;

        public static RoundDecimalOp Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), arguments.Fixed<int>(1), (RoundState)arguments.State!); // made above

        public void Apply(int row, FixedWriter<Int128> output)
        {
            var rounded = RoundAt(_value[row], state.From!.Scale, _places[row], state.Truncates); // a decimal, as Compile saw
            if (DecimalMath.TryRescale(rounded, state.From.Scale, state.To!.Scale, state.To.Precision, out var result))
            {
                output.Set(result);
            }
            else
            {
                output.SetNull();
            }
        }
    }

    private readonly ref struct RoundFloatOp<T>(FixedReader<T> value, FixedReader<int> places, bool truncates) : IRowOp<RoundFloatOp<T>, FixedWriter<T>>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly FixedReader<T> _value = value;
        private readonly FixedReader<int> _places = places;

        public static RoundFloatOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.Fixed<int>(1), ((RoundState)arguments.State!).Truncates); // made above

        public void Apply(int row, FixedWriter<T> output)
        {
            var value = _value[row];
            var places = _places[row];

            // The decimal form decides (2.675 to 2 places is 2.68); a form too long for it is already as round as it gets.
            Span<byte> text = stackalloc byte[NumberText.MaxLength];
            var length = typeof(T) == typeof(float) ? NumberText.WriteSingle(float.CreateTruncating(value), text) : NumberText.WriteDouble(double.CreateTruncating(value), text);
            if (!T.IsFinite(value) || places > 18 || !NumberText.TryParseDecimal(text[..length], 38, 20, out var unscaled))
            {
                output.Set(value);
                return;
            }

            var rounded = RoundAt(unscaled, 20, places, truncates);
            length = NumberText.WriteDecimal(rounded, 20, text);
            output.Set(T.Parse(text[..length], NumberStyles.Float, CultureInfo.InvariantCulture));
        }
    }
}

/// <summary>SIGN: -1, 0 or 1 in the argument's type.</summary>
internal sealed class SignFunction() : ScalarFunction("SIGN")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 1);
        BindErrors.RefuseNull(arguments);
        return arguments[0].Type.IsNumeric() ? new Expression.Call(this, [arguments[0]], arguments[0].Type) : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        object one = call.Type is DataType.Decimal decimalType ? DecimalMath.PowerOf10(decimalType.Scale) : Int128.One;
        return call.Type.Layout switch
        {
            ColumnLayout.Int8 => new RowKernel<SignOp<sbyte>, FixedWriter<sbyte>>(call.Type, arguments, one, settings),
            ColumnLayout.Int16 => new RowKernel<SignOp<short>, FixedWriter<short>>(call.Type, arguments, one, settings),
            ColumnLayout.Int32 => new RowKernel<SignOp<int>, FixedWriter<int>>(call.Type, arguments, one, settings),
            ColumnLayout.Int64 => new RowKernel<SignOp<long>, FixedWriter<long>>(call.Type, arguments, one, settings),
            ColumnLayout.Float32 => new RowKernel<SignOp<float>, FixedWriter<float>>(call.Type, arguments, one, settings),
            ColumnLayout.Float64 => new RowKernel<SignOp<double>, FixedWriter<double>>(call.Type, arguments, one, settings),
            ColumnLayout.Int128 => new RowKernel<SignOp<Int128>, FixedWriter<Int128>>(call.Type, arguments, one, settings),
            _ => throw new UnreachableException($"Sign of {call.Type}"),
        };
    }

    private readonly ref struct SignOp<T>(FixedReader<T> value, T one) : IRowOp<SignOp<T>, FixedWriter<T>>
        where T : unmanaged, INumber<T>
    {
        private readonly FixedReader<T> _value = value;
        private readonly T _one = one;

        public static SignOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), T.CreateTruncating((Int128)arguments.State!)); // made above

        public void Apply(int row, FixedWriter<T> output)
        {
            var value = _value[row];
            output.Set(T.IsZero(value) || T.IsNaN(value) ? value : T.IsNegative(value) ? -_one : _one);
        }
    }
}

/// <summary>FLOOR and CEIL of numbers; with a unit as the second argument, of points in time.</summary>
internal sealed class FloorCeilFunction(string name, bool isCeil) : ScalarFunction(name)
{
    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, 2);
        BindErrors.RefuseNull(arguments);
        var type = arguments[0].Type;
        if (arguments.Count == 2)
        {
            return TimeFloor.Bind(this, arguments);
        }

        return type.IsNumeric()
            ? new Expression.Call(this, [arguments[0]], type is DataType.Decimal d ? DataTypes.Decimal(d.Precision, 0).WithNullability(type.IsNullable) : type)
            : throw BindErrors.CannotApply(Name, arguments);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings)
    {
        if (arguments.Count == 2)
        {
            return TimeFloor.Compile(call, arguments[0], isCeil, settings);
        }

        return call.Arguments[0].Type switch
        {
            DataType.Float => new RowKernel<FloorFloatOp<float>, FixedWriter<float>>(call.Type, arguments, isCeil, settings),
            DataType.Double => new RowKernel<FloorFloatOp<double>, FixedWriter<double>>(call.Type, arguments, isCeil, settings),
            DataType.Decimal d => new RowKernel<FloorDecimalOp, FixedWriter<Int128>>(call.Type, arguments, new FloorState(isCeil, d.Scale, d.Precision), settings),
            _ => arguments[0],
        };
    }

    private sealed record FloorState(bool IsCeil, int Scale, int Precision);

    private readonly ref struct FloorFloatOp<T>(FixedReader<T> value, bool isCeil) : IRowOp<FloorFloatOp<T>, FixedWriter<T>>
        where T : unmanaged, IFloatingPoint<T>
    {
        private readonly FixedReader<T> _value = value;

        public static FloorFloatOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<T>(0), arguments.State is true);

        public void Apply(int row, FixedWriter<T> output) => output.Set(isCeil ? T.Ceiling(_value[row]) : T.Floor(_value[row]));
    }

    private readonly ref struct FloorDecimalOp(FixedReader<Int128> value, FloorState state) : IRowOp<FloorDecimalOp, FixedWriter<Int128>>
    {
        private readonly FixedReader<Int128> _value = value;

        public static FloorDecimalOp Open(in KernelArguments arguments) => new(arguments.Fixed<Int128>(0), (FloorState)arguments.State!); // made above

        public void Apply(int row, FixedWriter<Int128> output)
        {
            var unit = DecimalMath.PowerOf10(state.Scale);
            var (quotient, rest) = Int128.DivRem(_value[row], unit);
            quotient += state.IsCeil && rest > 0 ? 1 : !state.IsCeil && rest < 0 ? -1 : 0;
            if (DecimalMath.Fits(quotient, state.Precision))
            {
                output.Set(quotient);
            }
            else
            {
                output.SetNull();
            }
        }
    }
}

using System.Numerics;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>A function of one DOUBLE.</summary>
internal interface IDoubleFunction
{
    static abstract double Apply(double value);
}

/// <summary>A function of two DOUBLEs.</summary>
internal interface IDoubleFunction2
{
    static abstract double Apply(double left, double right);
}

/// <summary>The functions of analysis: IEEE results, NaN rather than errors.</summary>
internal static class MathFunctions
{
    public static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        One<Sqrt>("SQRT"), One<Exp>("EXP"), One<Ln>("LN"), One<Log10>("LOG10"), One<Log2>("LOG2"),
        One<Sin>("SIN"), One<Cos>("COS"), One<Tan>("TAN"), One<Cot>("COT"), One<Sinh>("SINH"), One<Cosh>("COSH"), One<Tanh>("TANH"),
        One<Asin>("ASIN"), One<Acos>("ACOS"), One<Atan>("ATAN"), One<Degrees>("DEGREES"), One<Radians>("RADIANS"),
        Two<Power>("POWER"), Two<Atan2>("ATAN2"),
        ("LOG", new LogFunction()),
        ("PI", new ConstantFunction("PI", Math.PI)),
        ("E", new ConstantFunction("E", Math.E)),
    ];

    private static (string Name, ScalarFunction Function) One<T>(string name)
        where T : struct, IDoubleFunction => (name, new RowFunction<DoubleOp<T>, FixedWriter<double>>(name, new Signature(ArgumentKind.Double), ResultTypes.Double));

    private static (string Name, ScalarFunction Function) Two<T>(string name)
        where T : struct, IDoubleFunction2 => (name, new RowFunction<DoubleOp2<T>, FixedWriter<double>>(name, new Signature(ArgumentKind.Double, ArgumentKind.Double), ResultTypes.Double));

    private readonly struct Sqrt : IDoubleFunction
    {
        public static double Apply(double value) => Math.Sqrt(value);
    }

    private readonly struct Exp : IDoubleFunction
    {
        public static double Apply(double value) => Math.Exp(value);
    }

    private readonly struct Ln : IDoubleFunction
    {
        public static double Apply(double value) => Math.Log(value);
    }

    private readonly struct Log10 : IDoubleFunction
    {
        public static double Apply(double value) => Math.Log10(value);
    }

    private readonly struct Log2 : IDoubleFunction
    {
        public static double Apply(double value) => Math.Log(value) / Math.Log(2);
    }

    private readonly struct Sin : IDoubleFunction
    {
        public static double Apply(double value) => Math.Sin(value);
    }

    private readonly struct Cos : IDoubleFunction
    {
        public static double Apply(double value) => Math.Cos(value);
    }

    private readonly struct Tan : IDoubleFunction
    {
        public static double Apply(double value) => Math.Tan(value);
    }

    private readonly struct Cot : IDoubleFunction
    {
        public static double Apply(double value) => 1 / Math.Tan(value);
    }

    private readonly struct Sinh : IDoubleFunction
    {
        public static double Apply(double value) => Math.Sinh(value);
    }

    private readonly struct Cosh : IDoubleFunction
    {
        public static double Apply(double value) => Math.Cosh(value);
    }

    private readonly struct Tanh : IDoubleFunction
    {
        public static double Apply(double value) => Math.Tanh(value);
    }

    private readonly struct Asin : IDoubleFunction
    {
        public static double Apply(double value) => Math.Asin(value);
    }

    private readonly struct Acos : IDoubleFunction
    {
        public static double Apply(double value) => Math.Acos(value);
    }

    private readonly struct Atan : IDoubleFunction
    {
        public static double Apply(double value) => Math.Atan(value);
    }

    private readonly struct Degrees : IDoubleFunction
    {
        // As Java's Math.toDegrees: one multiplication by a rounded constant.
        public static double Apply(double value) => value * (180.0 / Math.PI);
    }

    private readonly struct Radians : IDoubleFunction
    {
        public static double Apply(double value) => value * (Math.PI / 180.0);
    }

    private readonly struct Power : IDoubleFunction2
    {
        public static double Apply(double left, double right) => Math.Pow(left, right);
    }

    private readonly struct Atan2 : IDoubleFunction2
    {
        public static double Apply(double left, double right) => Math.Atan2(left, right);
    }

    private readonly ref struct DoubleOp<T>(FixedReader<double> value) : IRowOp<DoubleOp<T>, FixedWriter<double>>
        where T : struct, IDoubleFunction
    {
        private readonly FixedReader<double> _value = value;

        public static DoubleOp<T> Open(in KernelArguments arguments) => new(arguments.Fixed<double>(0));

        public void Apply(int row, FixedWriter<double> output) => output.Set(T.Apply(_value[row]));
    }

    private readonly ref struct DoubleOp2<T>(FixedReader<double> left, FixedReader<double> right) : IRowOp<DoubleOp2<T>, FixedWriter<double>>
        where T : struct, IDoubleFunction2
    {
        private readonly FixedReader<double> _left = left;
        private readonly FixedReader<double> _right = right;

        public static DoubleOp2<T> Open(in KernelArguments arguments) => new(arguments.Fixed<double>(0), arguments.Fixed<double>(1));

        public void Apply(int row, FixedWriter<double> output) => output.Set(T.Apply(_left[row], _right[row]));
    }

    /// <summary>LOG(x) natural, LOG(base, x).</summary>
    private sealed class LogFunction() : ScalarFunction("LOG")
    {
        private static readonly Signature Arguments = new(ArgumentKind.Double, ArgumentKind.Double) { OptionalCount = 1 };

        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            var bound = Arguments.Bind(Name, arguments);
            return new Expression.Call(this, new(bound), DataTypes.Double.WithNullability(BindErrors.AnyNullable(bound)));
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            arguments.Count == 1
                ? new RowKernel<DoubleOp<Ln>, FixedWriter<double>>(call.Type, arguments, null, settings)
                : new RowKernel<DoubleOp2<LogOfBase>, FixedWriter<double>>(call.Type, arguments, null, settings);

        private readonly struct LogOfBase : IDoubleFunction2
        {
            public static double Apply(double left, double right) => Math.Log(right) / Math.Log(left);
        }
    }

    private sealed class ConstantFunction(string name, double value) : ScalarFunction(name)
    {
        public override bool CanFail(Expression.Call call) => false;

        public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
        {
            BindErrors.RequireCount(Name, arguments, 0, 0);
            return new Expression.Call(this, [], DataTypes.Double.AsNotNull());
        }

        public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
            ExpressionCompiler.Compile(new Expression.Literal(value, call.Type), settings);
    }
}

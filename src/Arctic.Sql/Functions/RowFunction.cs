using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions;

/// <summary>A function that is one row step: its typing, and what the step needs from the plan.</summary>
/// <param name="name">In upper case.</param>
/// <param name="signature">What arguments it takes.</param>
/// <param name="typeOf">The type of the result, its nullability left aside when <paramref name="nullability"/> rules it.</param>
/// <param name="nullability">When the result admits NULL.</param>
/// <param name="prepare">Makes the step's state from the bound call; null for none.</param>
internal sealed class RowFunction<TOp, TWriter>(
    string name,
    Signature signature,
    Func<IReadOnlyList<Expression>, DataType> typeOf,
    ResultNullability nullability = ResultNullability.OfArguments,
    Func<Expression.Call, EvaluationSettings, object?>? prepare = null)
    : ScalarFunction(name)
    where TOp : struct, IRowOp<TOp, TWriter>, allows ref struct
    where TWriter : ColumnWriter, IColumnWriter<TWriter>
{
    public override bool CanFail(Expression.Call call) => true;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        var bound = signature.Bind(Name, arguments);
        var type = typeOf(bound);
        return new Expression.Call(this, new(bound), nullability switch
        {
            ResultNullability.OfArguments => type.WithNullability(BindErrors.AnyNullable(bound)),
            ResultNullability.Always => type.AsNullable(),
            _ => type.AsNotNull(),
        });
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new RowKernel<TOp, TWriter>(call.Type, arguments, prepare?.Invoke(call, settings), settings);
}

/// <summary>When a function's result admits NULL.</summary>
internal enum ResultNullability
{
    /// <summary>When an argument does.</summary>
    OfArguments,

    /// <summary>Always.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>What an argument must be, and what it is cast to.</summary>
internal enum ArgumentKind
{
    /// <summary>CHAR or VARCHAR, as it is.</summary>
    Text,

    /// <summary>BINARY or VARBINARY, as it is.</summary>
    Binary,

    /// <summary>Text or bytes.</summary>
    TextOrBinary,

    /// <summary>An integer, as INT.</summary>
    Int,

    /// <summary>An integer, as BIGINT.</summary>
    BigInt,

    /// <summary>A number, as DOUBLE.</summary>
    Double,

    /// <summary>BOOLEAN.</summary>
    Boolean,

    /// <summary>Anything but a bare NULL.</summary>
    Any,
}

/// <summary>The arguments of a function: fixed ones, then optional ones, or the last one repeated.</summary>
internal sealed class Signature(params ArgumentKind[] kinds)
{
    /// <summary>How many of the kinds, from the end, may be left out.</summary>
    public int OptionalCount { get; init; }

    /// <summary>Whether the last kind may come any number of times, also not at all.</summary>
    public bool IsLastRepeated { get; init; }

    /// <summary>Whether a bare NULL is taken as a NULL of the argument's type.</summary>
    public bool AdmitsNull { get; init; }

    /// <summary>Checks and casts.</summary>
    public IReadOnlyList<Expression> Bind(string name, IReadOnlyList<Expression> arguments)
    {
        var min = kinds.Length - OptionalCount - (IsLastRepeated ? 1 : 0);
        BindErrors.RequireCount(name, arguments, min, IsLastRepeated ? int.MaxValue : kinds.Length);
        if (!AdmitsNull)
        {
            BindErrors.RefuseNull(arguments);
        }

        var bound = new Expression[arguments.Count];
        for (var i = 0; i < bound.Length; i++)
        {
            bound[i] = Convert(arguments[i], kinds[Math.Min(i, kinds.Length - 1)]) ?? throw BindErrors.CannotApply(name, arguments);
        }

        return bound;
    }

    private static Expression? Convert(Expression argument, ArgumentKind kind)
    {
        var type = argument.Type;
        return kind switch
        {
            ArgumentKind.Text when type.IsCharacter() => argument,
            ArgumentKind.Text when type is DataType.Null => TypeCoercion.Coerce(argument, DataTypes.String),
            ArgumentKind.Binary when type.IsBinary() => argument,
            ArgumentKind.TextOrBinary when type.IsCharacter() || type.IsBinary() => argument,
            ArgumentKind.TextOrBinary when type is DataType.Null => TypeCoercion.Coerce(argument, DataTypes.String),
            ArgumentKind.Int when type.IsInteger() => TypeCoercion.Coerce(argument, DataTypes.Int),
            ArgumentKind.BigInt when type.IsInteger() => TypeCoercion.Coerce(argument, DataTypes.BigInt),
            ArgumentKind.Double when type.IsNumeric() => TypeCoercion.Coerce(argument, DataTypes.Double),
            ArgumentKind.Boolean when type is DataType.Boolean => argument,
            ArgumentKind.Any => argument,
            _ => null,
        };
    }
}

/// <summary>Result types that several functions have.</summary>
internal static class ResultTypes
{
    public static DataType String(IReadOnlyList<Expression> arguments) => DataTypes.String;

    public static DataType Int(IReadOnlyList<Expression> arguments) => DataTypes.Int;

    public static DataType BigInt(IReadOnlyList<Expression> arguments) => DataTypes.BigInt;

    public static DataType Double(IReadOnlyList<Expression> arguments) => DataTypes.Double;

    public static DataType Boolean(IReadOnlyList<Expression> arguments) => DataTypes.Boolean;

    public static DataType Bytes(IReadOnlyList<Expression> arguments) => DataTypes.Bytes;

    public static DataType OfFirst(IReadOnlyList<Expression> arguments) => arguments[0].Type;

    /// <summary>VARCHAR of the length of the argument at an index.</summary>
    public static Func<IReadOnlyList<Expression>, DataType> VarCharOf(int index) => arguments => new DataType.VarChar(LengthOf(arguments[index].Type));

    public static int LengthOf(DataType type) => type switch
    {
        DataType.Char c => c.Length,
        DataType.VarChar c => c.Length,
        _ => DataType.MaxLength,
    };
}

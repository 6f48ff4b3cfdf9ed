using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary><c>ROW(…)</c>. A bare NULL keeps the type NULL until a cast or a comparison gives it one; the binder refuses what is left.</summary>
internal sealed class RowConstructor() : ScalarFunction("ROW")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 1, int.MaxValue);
        var fields = arguments.Select((a, i) => new Field($"EXPR${i}", a.Type));
        return new Expression.Call(this, new(arguments), new DataType.Row(new EquatableList<Field>(fields)).AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new RowKernelOfColumns(call.Type, arguments);
}

/// <summary><c>ARRAY[…]</c> of the elements' common type.</summary>
internal sealed class ArrayConstructor() : ScalarFunction("ARRAY")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"ARRAY[{string.Join(", ", arguments)}]";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        if (arguments.Count == 0)
        {
            throw BindErrors.Invalid("Require at least 1 argument to ARRAY.");
        }

        var element = TypeCoercion.FindCommonType(arguments.Select(a => a.Type).ToArray());
        if (element is null or DataType.Null)
        {
            throw BindErrors.Invalid("Parameters must be of the same type in ARRAY.");
        }

        return new Expression.Call(this, new(arguments.Select(a => TypeCoercion.Coerce(a, element))), new DataType.Array(element).AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new ArrayKernel((DataType.Array)call.Type, arguments);
}

/// <summary><c>MAP[k, v, …]</c>.</summary>
internal sealed class MapConstructor() : ScalarFunction("MAP")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"MAP[{string.Join(", ", arguments)}]";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        if (arguments.Count == 0)
        {
            throw BindErrors.Invalid("Map requires at least 2 arguments.");
        }

        if (arguments.Count % 2 != 0)
        {
            throw BindErrors.Invalid("Map requires an even number of arguments.");
        }

        var key = TypeCoercion.FindCommonType(arguments.Where((_, i) => i % 2 == 0).Select(a => a.Type).ToArray());
        var value = TypeCoercion.FindCommonType(arguments.Where((_, i) => i % 2 == 1).Select(a => a.Type).ToArray());
        if (key is null or DataType.Null || value is null or DataType.Null)
        {
            throw BindErrors.Invalid("Parameters must be of the same type in MAP.");
        }

        return new Expression.Call(this, new(arguments.Select((a, i) => TypeCoercion.Coerce(a, i % 2 == 0 ? key : value))), new DataType.Map(key, value).AsNotNull());
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) => new MapKernel((DataType.Map)call.Type, arguments);
}

/// <summary><c>a[i]</c> and <c>m[k]</c>; always nullable.</summary>
internal sealed class ElementAtFunction() : ScalarFunction("ITEM")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) => $"{arguments[0]}[{arguments[1]}]";

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        BindErrors.RefuseNull(arguments);
        switch (arguments[0].Type)
        {
            case DataType.Array array when arguments[1].Type is DataType.TinyInt or DataType.SmallInt or DataType.Int:
                if (arguments[1] is Expression.Literal { Value: int and < 1 } index)
                {
                    throw BindErrors.Invalid($"Array element access needs an index starting at 1 but was {index}.");
                }

                return new Expression.Call(this, [arguments[0], TypeCoercion.Coerce(arguments[1], DataTypes.Int)], array.Element.AsNullable());
            case DataType.Map map when TypeCoercion.CanAssign(arguments[1].Type, map.Key) || TypeCoercion.FindCommonType(map.Key, arguments[1].Type) is not null:
                return BindMap(arguments, map);
            default:
                throw BindErrors.CannotApply(Name, arguments);
        }
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new ElementAtKernel(call.Type, arguments[0], arguments[1]);

    // Text keys of any length compare as they are; other keys take the map's type.
    private Expression.Call BindMap(IReadOnlyList<Expression> arguments, DataType.Map map)
    {
        var key = map.Key.IsCharacter() ? arguments[1] : TypeCoercion.Coerce(arguments[1], map.Key);
        return new Expression.Call(this, [arguments[0], key], map.Value.AsNullable());
    }
}

/// <summary><c>r.f</c> by the field's index.</summary>
internal sealed class FieldAtFunction() : ScalarFunction("DOT")
{
    public override bool CanFail(Expression.Call call) => false;

    public override string Print(IReadOnlyList<Expression> arguments) =>
        arguments[0].Type is DataType.Row row && arguments[1] is Expression.Literal { Value: int index } ? $"{arguments[0]}.{row.Fields[index].Name}" : base.Print(arguments);

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, 2);
        if (arguments[0].Type is not DataType.Row row || arguments[1] is not Expression.Literal { Value: int index } || (uint)index >= (uint)row.Fields.Count)
        {
            throw BindErrors.CannotApply(".", arguments);
        }

        return new Expression.Call(this, new(arguments), row.Fields[index].Type.WithNullability(row.IsNullable || row.Fields[index].Type.IsNullable));
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new FieldAtKernel(call.Type, arguments[0], (int)((Expression.Literal)call.Arguments[1]).Value!); // an INT literal, as Bind requires
}

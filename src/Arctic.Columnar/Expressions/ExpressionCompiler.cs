using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>Turns an expression into a tree of kernels, once a plan and task.</summary>
public static class ExpressionCompiler
{
    /// <summary>Compiles a bound expression whose column references are indices into the columns it will be given.</summary>
    public static IBatchExpression Compile(Expression expression, EvaluationSettings settings)
    {
        var compiled = CompileNode(expression, settings);
        return expression.Origin.Position is { } position && FailsItself(expression) ? new LocatedExpression(compiled, expression, position) : compiled;
    }

    /// <summary>Whether evaluating the expression can end in an error; conditions before it then narrow the rows it sees.</summary>
    internal static bool CanFail(Expression expression) => expression switch
    {
        Expression.ColumnReference or Expression.Literal => false,
        Expression.Cast cast => CastCompiler.CanFail(cast.Operand.Type, cast.Type, cast.IsTry) || CanFail(cast.Operand),
        Expression.Call call => call.Function.CanFail(call) || call.Arguments.Any(CanFail),
        Expression.Case conditional => CanFail(conditional.Else) || conditional.Branches.Any(b => CanFail(b.Condition) || CanFail(b.Result)),
        _ => true,
    };

    // A decimal that does not fit is NULL, and an error where there may be none.
    private static bool FailsItself(Expression expression) => expression switch
    {
        Expression.Cast cast => CastCompiler.CanFail(cast.Operand.Type, cast.Type, cast.IsTry) || cast.Type is DataType.Decimal { IsNullable: false },
        Expression.Call call => call.Function.CanFail(call) || call.Type is DataType.Decimal { IsNullable: false },
        _ => false,
    };

    private static IBatchExpression CompileNode(Expression expression, EvaluationSettings settings) => expression switch
    {
        Expression.ColumnReference column => new ColumnExpression(column.Index, column.Type),
        Expression.Literal { Value: null } literal => new Kernels.Casts.NullExpression(literal.Type),
        Expression.Literal literal => new ConstantExpression(LiteralColumn.Of(literal)),
        Expression.Call call => call.Function.Compile(call, call.Arguments.Select(a => Compile(a, settings)).ToArray(), settings),
        Expression.Cast cast => CastCompiler.Compile(Compile(cast.Operand, settings), cast.Type, cast.IsTry, settings),
        Expression.Case conditional => new CaseKernel(
            conditional.Type,
            conditional.Branches.Select(b => (Compile(b.Condition, settings), Compile(TypeCoercion.Coerce(b.Result, conditional.Type), settings))).ToArray(),
            Compile(TypeCoercion.Coerce(conditional.Else, conditional.Type), settings)),
        _ => throw new UnreachableException($"Expression {expression.GetType()}"),
    };
}

/// <summary>An input column.</summary>
internal sealed class ColumnExpression(int index, DataType type) : IBatchExpression
{
    public DataType Type { get; } = type;

    public Column Evaluate(in EvaluationInput input) => input.Columns[index];
}

/// <summary>A value that is the same for every row.</summary>
internal sealed class ConstantExpression(Column value) : IBatchExpression
{
    public DataType Type => value.Type;

    public Column Evaluate(in EvaluationInput input) => new ConstantColumn(value, input.ColumnLength);
}

/// <summary>Makes columns of one row from literals, and literals from columns.</summary>
internal static class LiteralColumn
{
    /// <summary>A column of one row; the literal is not NULL.</summary>
    public static Column Of(Expression.Literal literal)
    {
        var builder = ColumnBuilder.Create(literal.Type);
        switch (builder, literal.Value)
        {
            case (BooleanColumnBuilder b, bool value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<sbyte> b, sbyte value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<short> b, short value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<int> b, int value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<long> b, long value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<float> b, float value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<double> b, double value):
                b.Append(value);
                break;
            case (FixedColumnBuilder<Int128> b, Int128 value):
                b.Append(value);
                break;
            case (BytesColumnBuilder b, string value):
                b.Append(value.AsSpan());
                break;
            case (BytesColumnBuilder b, EquatableList<byte> value):
                b.Append(value.AsSpan());
                break;
            default:
                throw new UnreachableException($"A literal of type {literal.Type} holds a {literal.Value?.GetType()}.");
        }

        return builder.Build();
    }

    /// <summary>The first row as a literal; null for nested types, which have no literals.</summary>
    public static Expression.Literal? ToLiteral(Column column, DataType type)
    {
        if (column is ConstantColumn constant)
        {
            column = constant.Value;
        }

        if (column.IsNull(0))
        {
            return new Expression.Literal(null, type.AsNullable());
        }

        object? value = column switch
        {
            BooleanColumn c => c.Bits[0],
            FixedColumn<sbyte> c => c.Values[0],
            FixedColumn<short> c => c.Values[0],
            FixedColumn<int> c => c.Values[0],
            FixedColumn<long> c => c.Values[0],
            FixedColumn<float> c => c.Values[0],
            FixedColumn<double> c => c.Values[0],
            FixedColumn<Int128> c => c.Values[0],
            BytesColumn c when type.IsCharacter() => System.Text.Encoding.UTF8.GetString(c[0]),
            BytesColumn c => EquatableList.Create(c[0]),
            _ => null,
        };
        return value is null ? null : new Expression.Literal(value, type);
    }
}

using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Kernels;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>ELT: the value at a 1-based place among the others; NULL when there is none.</summary>
internal sealed class ChooseFunction() : ScalarFunction("ELT")
{
    public override bool CanFail(Expression.Call call) => false;

    public override Expression.Call Bind(IReadOnlyList<Expression> arguments)
    {
        BindErrors.RequireCount(Name, arguments, 2, int.MaxValue);
        BindErrors.RefuseNull(arguments);
        var values = arguments.Skip(1).ToArray();
        if (!arguments[0].Type.IsInteger() || !(values.All(v => v.Type.IsCharacter()) || values.All(v => v.Type.IsBinary()))
            || TypeCoercion.FindCommonType(values.Select(v => v.Type).ToArray()) is not { } common)
        {
            throw BindErrors.CannotApply(Name, arguments);
        }

        if (ConstantFolder.Fold(TypeCoercion.Coerce(arguments[0], DataTypes.BigInt), EvaluationSettings.Default) is Expression.Literal { Value: long and < 0 and var index })
        {
            throw BindErrors.Invalid($"Invalid function call of ELT: Index must be an integer starting from '0', but was '{index}'.");
        }

        var type = common.AsNullable();
        return new Expression.Call(this, [TypeCoercion.Coerce(arguments[0], DataTypes.BigInt), .. values.Select(v => TypeCoercion.Coerce(v, type))], type);
    }

    public override IBatchExpression Compile(Expression.Call call, IReadOnlyList<IBatchExpression> arguments, EvaluationSettings settings) =>
        new ColumnKernel(call.Type, arguments, (columns, length, rows) => Choose(call.Type, columns, length, rows));

    private static Column Choose(DataType type, Column[] columns, int length, RowCursor rows)
    {
        var indices = new FixedReader<long>(columns[0]);
        var places = new int[length];
        places.AsSpan().Fill(-1);
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (!columns[0].IsNull(row) && indices[row] is >= 1 and var index && index < columns.Length)
            {
                places[row] = (((int)index - 1) * length) + row;
            }
        }

        return ColumnGather.Concat(columns.Skip(1).Select(c => c.ToDense()).ToArray()).Gather(places).WithType(type);
    }
}

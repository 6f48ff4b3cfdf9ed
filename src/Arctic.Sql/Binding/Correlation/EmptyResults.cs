using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;

namespace Arctic.Sql.Binding.Correlation;

/// <summary>What aggregates give for no rows, where an outer join has put NULL.</summary>
internal static class EmptyResults
{
    /// <summary>The result of a call, or what it is without rows.</summary>
    /// <param name="column">The call's column behind an outer join.</param>
    /// <param name="isNullable">Whether the value is declared to admit NULL, as that of a sub-query is.</param>
    public static Expression Of(AggregateCall call, Expression column, bool isNullable)
    {
        switch (call.Kind)
        {
            case AggregateKind.Count:
                var zero = new Expression.Literal(0L, DataTypes.BigInt.AsNotNull());
                return new Expression.Case([new CaseBranch(ScalarFunctions.IsNull.Bind([column]), zero)], column, column.Type.WithNullability(isNullable));
            case var kind when !call.Type.IsNullable:
                throw new ArcticException(ErrorCodes.Unsupported, $"{AggregateNames.Of(kind)} in a sub-query that reads columns of the query around it is not supported.");
            default:
                return column;
        }
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds UNNEST, which reads the tables to its left in FROM.</summary>
internal static class UnnestBinder
{
    /// <summary>The collection, over the columns of a scope.</summary>
    public static Expression BindCollection(QueryBinder queries, TableReference.Unnest unnest, Scope scope)
    {
        var collection = new ExpressionBinder(queries, scope) { NoAggregatesIn = "UNNEST" }.BindTyped(unnest.Collection);
        if (ExpressionTree.Any(collection, e => e is BoundSubquery))
        {
            throw BindingErrors.Unsupported(unnest.Collection, "A sub-query in UNNEST");
        }

        return collection.Type is DataType.Array or DataType.Map or DataType.Multiset
            ? collection
            : throw BindingErrors.Mismatch(unnest.Collection, $"UNNEST needs an ARRAY, MAP or MULTISET, not {collection.Type.AsNullable()}.");
    }

    /// <summary>A table of the columns that elements give, without rows: what names mean.</summary>
    public static LogicalPlan.Values Elements(Expression collection, TableReference.Unnest unnest)
    {
        var fields = collection.Type switch
        {
            DataType.Array array => FieldsOf(array.Element),
            DataType.Multiset set => FieldsOf(set.Element),
            DataType.Map map => [new Field("KEY", map.Key), new Field("VALUE", map.Value)],
            _ => throw new System.Diagnostics.UnreachableException(collection.Type.ToString()),
        };
        return new LogicalPlan.Values([], new RowSchema(unnest.WithOrdinality ? fields.Append(new Field("ORDINALITY", DataTypes.Int.AsNotNull())) : fields));
    }

    /// <summary>Each left row with its elements.</summary>
    /// <param name="schema">Left columns, then those of elements.</param>
    public static LogicalPlan Join(LogicalPlan left, Expression collection, TableReference.Join join, JoinKind kind, Expression? condition, RowSchema schema)
    {
        var isAlwaysTrue = condition is null or Expression.Literal { Value: true };
        if (kind is not (JoinKind.Inner or JoinKind.LeftOuter) || (kind == JoinKind.LeftOuter && !isAlwaysTrue))
        {
            throw BindingErrors.Unsupported(join.Right, "UNNEST in a RIGHT or FULL join, or in a LEFT join with a condition other than TRUE,");
        }

        var unnest = (TableReference.Unnest)join.Right;
        var plan = new LogicalPlan.Unnest(left, collection, unnest.WithOrdinality, KeepsEmpty: kind == JoinKind.LeftOuter, schema);
        return isAlwaysTrue ? plan : new LogicalPlan.Filter(plan, condition!); // a condition that is not TRUE is one
    }

    private static IEnumerable<Field> FieldsOf(DataType element) => element is DataType.Row row
        ? row.Fields.Select(f => new Field(f.Name, f.Type.WithNullability(f.Type.IsNullable || row.IsNullable)))
        : [new Field("EXPR$0", element)];
}

using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;
using Arctic.KeyedTables;
using Arctic.KeyedTables.Reading;
using Arctic.KeyedTables.Writing;
using Arctic.Sql.Logical;

namespace Arctic.Catalog;

/// <summary>The constants of PARTITION (k = v, …) as a partition of a table.</summary>
internal sealed class StaticPartition(MixedTable table, EquatableList<KeyValuePair<string, Expression>> values, EvaluationSettings settings)
{
    /// <summary>Whether every field of the partition has a value: then one partition is named, else several may be.</summary>
    public bool IsWhole => table.PartitionSpec.Fields.All(f => f.Transform is Transform.Identity && values.Any(v => table.RowSchema.FindIndex(v.Key) is >= 0 and var i && table.Schema.Fields[i].Id == f.SourceId));

    /// <summary>The partition; of a whole one.</summary>
    public PartitionTuple ToTuple()
    {
        var columns = table.RowSchema.Fields.Select(f => ConstantFolder.Evaluate(ValueOf(f) ?? new Expression.Literal(null, f.Type.AsNullable()), settings).ToDense()).ToArray();
        var assigner = new PartitionAssigner(table.Schema, table.PartitionSpec);
        var number = assigner.Assign(columns, 1, RowNumbers.UpTo(1))[0];
        return assigner.TupleOf(number);
    }

    /// <summary>What its rows fulfil, over the table's columns.</summary>
    public Expression ToFilter() => ExpressionTree.And(values.Select(v => ToTerm(table.RowSchema.FindIndex(v.Key), ConstantFolder.Fold(v.Value, settings))))!; // a whole partition has a field

    private Expression? ValueOf(Field field) => values.Where(v => v.Key == field.Name).Select(v => v.Value).FirstOrDefault();

    private Expression ToTerm(int index, Expression value)
    {
        var column = new Expression.ColumnReference(index, table.RowSchema[index].Name, table.RowSchema[index].Type);
        return value is Expression.Literal { Value: null } ? ScalarFunctions.IsNull.Bind([column]) : ScalarFunctions.Equals.Bind([column, value]);
    }
}

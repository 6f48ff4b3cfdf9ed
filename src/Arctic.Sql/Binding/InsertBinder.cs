using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds INSERT: query and table are matched by position (spec/flink-sql.md, 3).</summary>
internal sealed class InsertBinder(QueryBinder queries, Statement.Insert insert)
{
    /// <summary>The sink over the query, cast to the table's columns. NOT NULL columns that may be given a NULL are left to the executor to check.</summary>
    public LogicalPlan.Sink Bind()
    {
        var table = queries.Context.Tables.Get(insert.Table) switch
        {
            ResolvedTable.Table found => found.Definition,
            _ => throw BindingErrors.Invalid(insert.Table, $"'{insert.Table}' is a view: rows are inserted into tables."),
        };
        if (insert.OnConflict is not null)
        {
            throw BindingErrors.Unsupported(insert, $"ON CONFLICT DO {insert.OnConflict}");
        }

        var schema = table.SinkSchema;
        var partition = BindPartition(table, schema);
        var targets = FindTargets(schema, partition);
        var source = queries.BindQuery(insert.Query, targets.Select(t => schema[t].Type).ToList());
        CheckTypes(table, schema, targets, source.Schema);
        var options = table.Options.Overlaid(FromBinder.OptionsOf(insert.Hints, queries.Context));
        return new LogicalPlan.Sink(Align(table, schema, targets, partition, source), table, options, insert.IsOverwrite ? InsertMode.Overwrite : InsertMode.Into)
        {
            StaticPartition = partition.OrderBy(p => p.Key).Select(p => KeyValuePair.Create(schema[p.Key].Name, p.Value)).ToEquatableList(),
        };
    }

    // The values of PARTITION (k = v), by column index.
    private Dictionary<int, Expression> BindPartition(TableDefinition table, RowSchema schema)
    {
        var values = new Dictionary<int, Expression>();
        foreach (var (column, value) in insert.Partition)
        {
            if (!table.Partitioning.Any(p => p.Column == column.Name && p.Transform == PartitionTransform.Identity))
            {
                throw BindingErrors.Invalid(column, $"Static partition column '{column}' should be in the partition keys list [{string.Join(", ", table.Partitioning)}] for table '{table.Path}'.");
            }

            if (value is not null)
            {
                var index = schema.FindIndex(column.Name);
                var bound = new ExpressionBinder(queries, Scope.Empty(null)) { NoAggregatesIn = "PARTITION" }.BindTyped(value);
                values[index] = CastRules.Cast(bound, schema[index].Type, isTry: false);
            }
        }

        return values;
    }

    // The columns that the query's columns go to, in its order.
    private List<int> FindTargets(RowSchema schema, Dictionary<int, Expression> partition)
    {
        if (insert.Columns.Count == 0)
        {
            return Enumerable.Range(0, schema.Count).Where(i => !partition.ContainsKey(i)).ToList();
        }

        var targets = new List<int>();
        foreach (var column in insert.Columns)
        {
            var index = schema.FindIndex(column.Name);
            if (index < 0)
            {
                throw BindingErrors.Unknown(column, $"Unknown target column '{column}'.", column.Name, schema.Fields.Select(f => f.Name));
            }

            if (targets.Contains(index) || partition.ContainsKey(index))
            {
                throw BindingErrors.Invalid(column, $"Target column '{column}' is assigned more than once.");
            }

            targets.Add(index);
        }

        var missing = Enumerable.Range(0, schema.Count).FirstOrDefault(i => !targets.Contains(i) && !partition.ContainsKey(i) && !schema[i].Type.IsNullable, -1);
        return missing < 0 ? targets : throw BindingErrors.Invalid(insert.Columns[0], $"Column '{schema[missing].Name}' has no default value and does not allow NULLs.");
    }

    private void CheckTypes(TableDefinition table, RowSchema schema, List<int> targets, RowSchema source)
    {
        string? cause = null;
        if (source.Count != targets.Count)
        {
            cause = "Different number of columns.";
        }
        else
        {
            for (var i = 0; i < targets.Count && cause is null; i++)
            {
                cause = TypeCoercion.CanAssign(source[i].Type, schema[targets[i]].Type) ? null : $"Incompatible types for sink column '{schema[targets[i]].Name}' at position {i + 1}.";
            }
        }

        if (cause is not null)
        {
            var sink = schema.Project(targets);
            throw new ArcticException(
                ErrorCodes.TypeMismatch,
                $"Column types of query result and sink for '{table.Path}' do not match.\nCause: {cause}\n\nQuery schema: {source}\nSink schema:  {sink}")
            {
                Position = insert.Query.Position,
                Hint = source.Count == targets.Count ? "CAST the column to the type of the sink." : null,
            };
        }
    }

    private static LogicalPlan Align(TableDefinition table, RowSchema schema, List<int> targets, Dictionary<int, Expression> partition, LogicalPlan source)
    {
        var expressions = new List<Expression>();
        for (var i = 0; i < schema.Count; i++)
        {
            var position = targets.IndexOf(i);
            expressions.Add(
                position >= 0 ? TypeCoercion.Coerce(new Expression.ColumnReference(position, source.Schema[position].Name, source.Schema[position].Type), schema[i].Type)
                : partition.TryGetValue(i, out var value) ? value
                : new Expression.Literal(null, schema[i].Type.AsNullable()));
        }

        var isPlain = source.Schema.Count == schema.Count && expressions.Select((e, i) => e is Expression.ColumnReference column && column.Index == i).All(same => same);
        return isPlain && source.Schema.Fields.Select(f => f.Name).SequenceEqual(schema.Fields.Select(f => f.Name))
            ? source
            : new LogicalPlan.Project(source, new(expressions), new RowSchema(schema.Fields.Select((f, i) => new Field(f.Name, expressions[i].Type))));
    }
}

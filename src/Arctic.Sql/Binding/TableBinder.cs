using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Makes a table's definition of CREATE TABLE, and refuses what contradicts itself (spec/flink-sql.md, 2).</summary>
/// <param name="queryColumns">The columns of CREATE TABLE … AS; null without a query.</param>
internal sealed class TableBinder(BindingContext context, Statement.CreateTable statement, ObjectPath path, RowSchema? queryColumns)
{
    private readonly List<TableColumn> _columns = [];

    /// <summary>The definition.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">Something in it is unknown, said twice or not allowed; with its place.</exception>
    public TableDefinition Bind()
    {
        var like = statement.Like is null ? null : new LikeMerge(statement.Like, context);
        _columns.AddRange(like?.Columns ?? []);
        foreach (var column in statement.Elements.Columns)
        {
            AddColumn(column, like);
        }

        AddQueryColumns();
        var definition = new TableDefinition
        {
            Path = path,
            Columns = new(_columns),
            Partitioning = like?.MergePartitioning(statement.Partitioning, _columns) ?? new(statement.Partitioning.Select(p => PartitionBinder.Bind(p, _columns))),
            Distribution = statement.Distribution is null ? like?.Distribution : PartitionBinder.Bind(statement.Distribution, _columns),
            Options = like?.MergeOptions(statement.Options) ?? new TableOptions(statement.Options.Select(o => KeyValuePair.Create(o.Key, o.Value))),
            Comment = statement.Comment,
        };
        return BindWatermark(BindKey(definition, like), like);
    }

    private void AddColumn(ColumnElement element, LikeMerge? like)
    {
        var column = ColumnBinder.Bind(element);
        var index = _columns.FindIndex(c => c.Name == column.Name);
        if (index < 0)
        {
            _columns.Add(column);
        }
        else if (like?.Overwrites(element, column, _columns[index]) == true)
        {
            _columns[index] = column;
        }
        else
        {
            throw BindingErrors.Invalid(element.Name, $"A column named '{column.Name}' already exists in the table.");
        }
    }

    // Columns that only the query has come behind the declared ones; bare names put all of them in an order.
    private void AddQueryColumns()
    {
        if (queryColumns is null)
        {
            if (statement.Elements.Names.Count > 0)
            {
                throw BindingErrors.Invalid(statement.Elements.Names[0], $"Column '{statement.Elements.Names[0]}' needs a type.");
            }

            return;
        }

        CheckAssignable(queryColumns);
        var fields = statement.Elements.Names.Count == 0 ? queryColumns.Fields.AsEnumerable() : statement.Elements.Names.Select(n => FindQueryColumn(n, queryColumns));
        foreach (var field in fields.Where(f => _columns.All(c => c.Name != f.Name)))
        {
            _columns.Add(new TableColumn.Physical(field.Name, field.Type));
        }
    }

    // A column that is declared and comes of the query too takes the query's values.
    private void CheckAssignable(RowSchema query)
    {
        foreach (var field in query.Fields)
        {
            switch (_columns.Find(c => c.Name == field.Name))
            {
                case TableColumn.Physical physical when !TypeCoercion.CanAssign(field.Type, physical.Type):
                    throw BindingErrors.Mismatch(statement.AsQuery!, $"Incompatible types for sink column '{field.Name}': the query gives {field.Type}, the table takes {physical.Type}."); // AS brought the columns
                case TableColumn.Computed or TableColumn.Metadata:
                    throw BindingErrors.Invalid(statement.AsQuery!, $"A column named '{field.Name}' already exists in the schema. Duplicate columns exist in the table and the query: only a physical column takes values of a query."); // as above
            }
        }
    }

    private Field FindQueryColumn(Identifier name, RowSchema query)
    {
        if (query.Count != statement.Elements.Names.Count)
        {
            throw BindingErrors.Invalid(name, $"The number of columns in the column list must match the number of columns in the source schema: {statement.Elements.Names.Count} and {query.Count}.");
        }

        var index = query.FindIndex(name.Name);
        return index >= 0 ? query[index] : throw BindingErrors.Unknown(name, $"Column '{name}' not found in the source schema.", name.Name, query.Fields.Select(f => f.Name));
    }

    private TableDefinition BindKey(TableDefinition definition, LikeMerge? like)
    {
        var key = ColumnBinder.FindKey(statement.Elements.Constraints);
        if (key is null)
        {
            return like is null ? definition : definition with { PrimaryKey = like.PrimaryKey, PrimaryKeyName = like.PrimaryKeyName };
        }

        like?.RefuseSecondKey(key);
        ColumnBinder.MakeKey(key, _columns);
        return definition with { Columns = new(_columns), PrimaryKey = new(key.Columns.Select(c => c.Name)), PrimaryKeyName = key.Name?.Name };
    }

    private TableDefinition BindWatermark(TableDefinition definition, LikeMerge? like)
    {
        var watermark = statement.Elements.Watermarks.FirstOrDefault();
        if (watermark is not null)
        {
            like?.RefuseSecondWatermark(watermark);
        }

        watermark ??= like?.Watermark;
        if (watermark is not null)
        {
            return definition with { Watermark = WatermarkBinder.Bind(watermark, definition, context) };
        }

        // Reading the table binds its computed columns, so that a mistake in one is told now.
        _ = TableScan.Of(definition, definition.Options, null, context);
        return definition;
    }
}

using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Makes a table's definition of CREATE TABLE, and refuses what contradicts itself (spec/flink-sql.md, 2).</summary>
/// <param name="queryColumns">The columns of CREATE TABLE … AS; null without a query.</param>
internal sealed class TableBinder(BindingContext context, Statement.CreateTable statement, ObjectPath path, RowSchema? queryColumns)
{
    private const int WatermarkPrecisionMax = 3;

    private readonly List<TableColumn> _columns = [];

    /// <summary>The definition.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">Something in it is unknown, said twice or not allowed; with its place.</exception>
    public TableDefinition Bind()
    {
        if (statement.Like is not null)
        {
            throw BindingErrors.Unsupported(statement.Like, "CREATE TABLE … LIKE");
        }

        foreach (var column in statement.Elements.Columns)
        {
            AddColumn(BindColumn(column), column.Name);
        }

        AddQueryColumns();
        var key = BindPrimaryKey();
        var definition = new TableDefinition
        {
            Path = path,
            Columns = new(_columns),
            PrimaryKey = key is null ? EquatableList<string>.Empty : new(key.Columns.Select(c => c.Name)),
            PrimaryKeyName = key?.Name?.Name,
            Partitioning = new(statement.Partitioning.Select(BindPartition)),
            Distribution = statement.Distribution is null ? null : BindDistribution(statement.Distribution),
            Options = new TableOptions(statement.Options.Select(o => KeyValuePair.Create(o.Key, o.Value))),
            Comment = statement.Comment,
        };
        return definition with { Watermark = BindWatermark(definition) };
    }

    private void AddColumn(TableColumn column, SyntaxNode place)
    {
        if (_columns.Any(c => c.Name == column.Name))
        {
            throw BindingErrors.Invalid(place, $"A column named '{column.Name}' already exists in the table.");
        }

        _columns.Add(column);
    }

    private static TableColumn BindColumn(ColumnElement column) => column switch
    {
        ColumnElement.Physical physical => new TableColumn.Physical(physical.Name.Name, BindType(physical.Type)) { Comment = physical.Comment },
        ColumnElement.Metadata metadata => new TableColumn.Metadata(metadata.Name.Name, BindType(metadata.Type), metadata.Key ?? metadata.Name.Name, metadata.IsVirtual) { Comment = metadata.Comment },
        ColumnElement.Computed computed => new TableColumn.Computed(computed.Name.Name, computed.Expression, computed.Text) { Comment = computed.Comment },
        _ => throw new System.Diagnostics.UnreachableException(column.GetType().Name),
    };

    private static DataType BindType(SqlTypeName type)
    {
        var bound = TypeBinder.Bind(type, TypePlace.Column);
        return bound is DataType.IntervalDayTime or DataType.IntervalYearMonth ? throw BindingErrors.Invalid(type, "A column cannot be of an INTERVAL type.") : bound;
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

        var fields = statement.Elements.Names.Count == 0 ? queryColumns.Fields.AsEnumerable() : statement.Elements.Names.Select(FindQueryColumn);
        foreach (var field in fields.Where(f => _columns.All(c => c.Name != f.Name)))
        {
            _columns.Add(new TableColumn.Physical(field.Name, field.Type is DataType.Char text ? new DataType.VarChar(DataType.MaxLength).WithNullability(text.IsNullable) : field.Type));
        }
    }

    private Field FindQueryColumn(Identifier name)
    {
        var index = queryColumns!.FindIndex(name.Name); // called for CREATE TABLE … AS only
        return index >= 0 ? queryColumns[index] : throw BindingErrors.Unknown(name, $"Column '{name}' not found in the query.", name.Name, queryColumns.Fields.Select(f => f.Name));
    }

    private ConstraintElement? BindPrimaryKey()
    {
        var unique = statement.Elements.Constraints.FirstOrDefault(c => !c.IsPrimaryKey);
        if (unique is not null)
        {
            throw BindingErrors.Invalid(unique, "UNIQUE constraint is not supported yet.");
        }

        if (statement.Elements.Constraints.Count > 1)
        {
            throw BindingErrors.Invalid(statement.Elements.Constraints[1], "Duplicate primary key definition.");
        }

        if (statement.Elements.Constraints.Count == 0)
        {
            return null;
        }

        var key = statement.Elements.Constraints[0];
        if (key.IsEnforced)
        {
            throw BindingErrors.Invalid(key, "ENFORCED mode is not supported for PRIMARY KEY constraint: the system trusts the key and does not check it.", "Write PRIMARY KEY (…) NOT ENFORCED.");
        }

        foreach (var column in key.Columns)
        {
            MakeKeyColumn(column);
        }

        var repeated = key.Columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1);
        return repeated is null ? key : throw BindingErrors.Invalid(repeated.Last(), $"Column '{repeated.Key}' stands twice in the primary key.");
    }

    // A key column is NOT NULL, whether that was written or not.
    private void MakeKeyColumn(Identifier name)
    {
        var index = _columns.FindIndex(c => c.Name == name.Name);
        if (index < 0)
        {
            throw BindingErrors.Unknown(name, $"Primary key column '{name}' is not defined in the schema.", name.Name, _columns.Select(c => c.Name));
        }

        _columns[index] = _columns[index] is TableColumn.Physical physical
            ? physical with { Type = physical.Type.AsNotNull() }
            : throw BindingErrors.Invalid(name, $"Could not create a PRIMARY KEY with column '{name}'. A PRIMARY KEY constraint must be declared on physical columns.");
    }

    private PartitionField BindPartition(PartitionElement element)
    {
        var column = _columns.OfType<TableColumn.Physical>().FirstOrDefault(c => c.Name == element.Column.Name)
            ?? throw BindingErrors.Unknown(
                element.Column,
                $"Partition column '{element.Column}' not defined in the table schema. Available columns: [{string.Join(", ", _columns.Select(c => $"'{c.Name}'"))}].",
                element.Column.Name,
                _columns.Select(c => c.Name));
        return new PartitionField(column.Name, BindTransform(element, column.Type));
    }

    private static PartitionTransform BindTransform(PartitionElement element, DataType type)
    {
        if (element.Transform is null)
        {
            return PartitionTransform.Identity;
        }

        var (kind, needsNumber, accepts) = element.Transform switch
        {
            "year" or "years" => (PartitionTransformKind.Years, false, IsDay(type)),
            "month" or "months" => (PartitionTransformKind.Months, false, IsDay(type)),
            "day" or "days" => (PartitionTransformKind.Days, false, IsDay(type)),
            "hour" or "hours" => (PartitionTransformKind.Hours, false, type is DataType.Timestamp or DataType.TimestampLtz),
            "bucket" => (PartitionTransformKind.Bucket, true, type is not (DataType.Boolean or DataType.Float or DataType.Double or DataType.Array or DataType.Map or DataType.Multiset or DataType.Row)),
            "truncate" => (PartitionTransformKind.Truncate, true, type.IsInteger() || type is DataType.Decimal || type.IsCharacter() || type.IsBinary()),
            "identity" => (PartitionTransformKind.Identity, false, true),
            _ => throw BindingErrors.Unknown(element, $"There is no partition transform '{element.Transform}'.", element.Transform, ["years", "months", "days", "hours", "bucket", "truncate"]),
        };
        if (needsNumber != element.Parameter is not null || element.Parameter < 1)
        {
            throw BindingErrors.Invalid(element, needsNumber ? $"The transform '{element.Transform}' needs a number of 1 at least: {element.Transform}(16, {element.Column})." : $"The transform '{element.Transform}' takes no number.");
        }

        return accepts
            ? new PartitionTransform(kind, element.Parameter ?? 0)
            : throw BindingErrors.Mismatch(element, $"The transform '{element.Transform}' cannot be applied to column '{element.Column}' of type {type.AsNullable()}.");
    }

    private static bool IsDay(DataType type) => type is DataType.Date or DataType.Timestamp or DataType.TimestampLtz;

    private TableDistribution BindDistribution(DistributionClause distribution)
    {
        var unknown = distribution.Columns.FirstOrDefault(c => !_columns.OfType<TableColumn.Physical>().Any(p => p.Name == c.Name));
        return unknown is null
            ? new TableDistribution(distribution.Kind, new(distribution.Columns.Select(c => c.Name)), distribution.BucketCount)
            : throw BindingErrors.Unknown(unknown, $"Invalid bucket key '{unknown}'. A bucket key for a distribution must reference a physical column in the schema.", unknown.Name, _columns.Select(c => c.Name));
    }

    private WatermarkDefinition? BindWatermark(TableDefinition definition)
    {
        // Reading the table binds its computed columns, so that a mistake in one is told now.
        var schema = TableScan.Of(definition, definition.Options, null, context).Schema;
        if (statement.Elements.Watermarks.Count == 0)
        {
            return null;
        }

        var watermark = statement.Elements.Watermarks[0];
        var name = watermark.Column.ToString();
        var index = watermark.Column.Parts.Count == 1 ? schema.FindIndex(name) : -1;
        if (index < 0)
        {
            throw BindingErrors.Unknown(watermark.Column, $"The rowtime attribute field '{name}' is not defined in the table schema.", name, schema.Fields.Select(f => f.Name));
        }

        var precision = schema[index].Type switch
        {
            DataType.Timestamp timestamp => timestamp.Precision,
            DataType.TimestampLtz timestamp => timestamp.Precision,
            _ => int.MaxValue,
        };
        if (precision > WatermarkPrecisionMax)
        {
            throw BindingErrors.Mismatch(
                watermark.Column,
                $"Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to {WatermarkPrecisionMax}, but '{name}' is {schema[index].Type.AsNullable()}.");
        }

        var bound = new WatermarkDefinition(name, watermark.Expression, watermark.Text);
        _ = TableScan.Of(definition with { Watermark = bound }, definition.Options, null, context);
        return bound;
    }
}

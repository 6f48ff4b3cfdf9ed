using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds what says how a table's rows are laid out: PARTITIONED BY and DISTRIBUTED.</summary>
internal static class PartitionBinder
{
    /// <summary>DISTRIBUTED BY.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">There is no such column.</exception>
    public static TableDistribution Bind(DistributionClause distribution, IReadOnlyList<TableColumn> columns)
    {
        var unknown = distribution.Columns.FirstOrDefault(c => !columns.OfType<TableColumn.Physical>().Any(p => p.Name == c.Name));
        return unknown is null
            ? new TableDistribution(distribution.Kind, new(distribution.Columns.Select(c => c.Name)), distribution.BucketCount)
            : throw BindingErrors.Unknown(unknown, $"Invalid bucket key '{unknown}'. A bucket key for a distribution must reference a physical column in the schema.", unknown.Name, columns.Select(c => c.Name));
    }

    /// <summary>One element of PARTITIONED BY.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">There is no such column or transform, or they do not fit.</exception>
    public static PartitionField Bind(PartitionElement element, IReadOnlyList<TableColumn> columns)
    {
        var column = columns.OfType<TableColumn.Physical>().FirstOrDefault(c => c.Name == element.Column.Name)
            ?? throw BindingErrors.Unknown(
                element.Column,
                $"Partition column '{element.Column}' not defined in the table schema. Available columns: [{string.Join(", ", columns.Select(c => $"'{c.Name}'"))}].",
                element.Column.Name,
                columns.Select(c => c.Name));
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
}

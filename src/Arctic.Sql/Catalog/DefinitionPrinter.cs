using System.Globalization;
using System.Text;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Catalog;

/// <summary>The statements that would make what a catalog holds: what SHOW CREATE shows.</summary>
internal static class DefinitionPrinter
{
    /// <summary>CREATE TABLE.</summary>
    public static string Print(TableDefinition table, bool isTemporary)
    {
        var text = new StringBuilder(isTemporary ? "CREATE TEMPORARY TABLE " : "CREATE TABLE ").Append(Quote(table.Path));
        var elements = table.Columns.Select(Print).ToList();
        if (table.Watermark is { } watermark)
        {
            elements.Add($"WATERMARK FOR {SqlPrinter.Quote(watermark.Column)} AS {SqlPrinter.Print(watermark.Expression)}");
        }

        if (table.PrimaryKey.Count > 0)
        {
            elements.Add($"CONSTRAINT {SqlPrinter.Quote(table.PrimaryKeyName ?? TableDefinition.DefaultKeyName(table.PrimaryKey))} PRIMARY KEY ({Quote(table.PrimaryKey)}) NOT ENFORCED");
        }

        text.Append(elements.Count == 0 ? "\n" : $" (\n  {string.Join(",\n  ", elements)}\n)\n");
        AppendComment(text, table.Comment);
        if (table.Distribution is { } distribution)
        {
            text.Append("DISTRIBUTED ").AppendJoin(' ', Print(distribution)).Append('\n');
        }

        if (table.Partitioning.Count > 0)
        {
            text.Append("PARTITIONED BY (").AppendJoin(", ", table.Partitioning.Select(Print)).Append(")\n");
        }

        AppendOptions(text, table.Options);
        return text.ToString();
    }

    /// <summary>CREATE VIEW.</summary>
    /// <param name="columns">The names of its columns.</param>
    public static string Print(ViewDefinition view, IEnumerable<string> columns, bool isTemporary)
    {
        var text = new StringBuilder(isTemporary ? "CREATE TEMPORARY VIEW " : "CREATE VIEW ").Append(Quote(view.Path));
        text.Append(" (\n  ").AppendJoin(",\n  ", columns.Select(SqlPrinter.Quote)).Append("\n)\n");
        AppendComment(text, view.Comment);
        return text.Append("AS ").Append(view.ExpandedText ?? view.Text).Append('\n').ToString();
    }

    /// <summary>CREATE CATALOG.</summary>
    public static string Print(CatalogDefinition catalog)
    {
        var text = new StringBuilder("CREATE CATALOG ").Append(SqlPrinter.Quote(catalog.Name)).Append('\n');
        AppendComment(text, catalog.Comment);
        AppendOptions(text, catalog.Options);
        return text.ToString();
    }

    private static string Print(TableColumn column)
    {
        var definition = column switch
        {
            TableColumn.Physical physical => TypePrinter.Print(physical.Type),
            TableColumn.Metadata metadata => $"{TypePrinter.Print(metadata.Type)} METADATA{(metadata.Key == metadata.Name ? "" : $" FROM {SqlPrinter.QuoteText(metadata.Key)}")}{(metadata.IsVirtual ? " VIRTUAL" : "")}",
            TableColumn.Computed computed => $"AS {SqlPrinter.Print(computed.Expression)}",
            _ => throw new System.Diagnostics.UnreachableException(column.GetType().Name),
        };
        return $"{SqlPrinter.Quote(column.Name)} {definition}{(column.Comment is null ? "" : $" COMMENT {SqlPrinter.QuoteText(column.Comment)}")}";
    }

    private static IEnumerable<string> Print(TableDistribution distribution)
    {
        if (distribution.Columns.Count > 0)
        {
            yield return $"BY {distribution.Kind}({Quote(distribution.Columns)})";
        }

        if (distribution.BucketCount is { } count)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"INTO {count} BUCKETS");
        }
    }

    private static string Print(PartitionField field) => (field with { Column = SqlPrinter.Quote(field.Column) }).ToString();

    private static string Quote(ObjectPath path) => Quote([path.Catalog, path.Database, path.Name], ".");

    private static string Quote(IEnumerable<string> names, string separator = ", ") => string.Join(separator, names.Select(SqlPrinter.Quote));

    private static void AppendComment(StringBuilder text, string? comment) => text.Append(comment is null ? "" : $"COMMENT {SqlPrinter.QuoteText(comment)}\n");

    private static void AppendOptions(StringBuilder text, TableOptions options)
    {
        if (options.Count > 0)
        {
            text.Append("WITH (\n  ").AppendJoin(",\n  ", options.Select(o => $"{SqlPrinter.QuoteText(o.Key)} = {SqlPrinter.QuoteText(o.Value)}")).Append("\n)\n");
        }
    }
}

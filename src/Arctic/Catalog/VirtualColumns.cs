using System.Globalization;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Parsing;
using Arctic.Sql.Syntax;

namespace Arctic.Catalog;

/// <summary>
/// Computed columns and watermarks of lake tables: Iceberg knows of none, so that they stand in table properties, under the keys of the original (spec/arctic.md, B.3), behind the stored columns.
/// </summary>
internal static class VirtualColumns
{
    private const string ComputedPrefix = "flink.computed-column.";
    private const string WatermarkPrefix = "flink.watermark.";
    private const string RowtimeKey = WatermarkPrefix + "rowtime";
    private const string StrategyKey = WatermarkPrefix + "strategy.expr";
    private const string StrategyTypeKey = WatermarkPrefix + "strategy.data-type";

    /// <summary>Whether a property is one of those.</summary>
    public static bool IsOwn(string key) => key.StartsWith(ComputedPrefix, StringComparison.Ordinal) || key.StartsWith(WatermarkPrefix, StringComparison.Ordinal);

    /// <summary>Refuses what the properties cannot hold.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: metadata columns; <see cref="ErrorCodes.InvalidStatement"/>: a stored column behind a computed one.</exception>
    public static void Check(TableDefinition table)
    {
        if (table.Columns.OfType<TableColumn.Metadata>().FirstOrDefault() is { } metadata)
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Column '{metadata.Name}' of table '{table.Path}' cannot be a metadata column: a table in a catalog of type 'arctic' has no metadata beside its rows.");
        }

        var firstComputed = table.Columns.TakeWhile(c => c is TableColumn.Physical).Count();
        if (table.Columns.Skip(firstComputed).FirstOrDefault(c => c is TableColumn.Physical) is { } late)
        {
            throw new ArcticException(ErrorCodes.InvalidStatement, $"compute column must be listed after all physical columns. Column '{late.Name}' of table '{table.Path}' comes after '{table.Columns[firstComputed].Name}'.");
        }
    }

    /// <summary>The properties of a table's computed columns and watermark.</summary>
    public static Dictionary<string, string> Write(TableDefinition table)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        var computed = table.Columns.OfType<TableColumn.Computed>().ToList();
        if (computed.Count == 0 && table.Watermark is null)
        {
            return properties;
        }

        var types = new Binder(ResolvedTables.Empty, EvaluationSettings.Default).DescribeTable(table);
        DataType TypeOf(string column) => types[types.FindIndex(column)].Type;
        for (var i = 0; i < computed.Count; i++)
        {
            var prefix = string.Create(CultureInfo.InvariantCulture, $"{ComputedPrefix}{table.Columns.Count - computed.Count + i}.");
            properties[prefix + "name"] = computed[i].Name;
            properties[prefix + "data-type"] = TypePrinter.Print(TypeOf(computed[i].Name));
            properties[prefix + "expr"] = SqlPrinter.Print(computed[i].Expression);
            if (computed[i].Comment is { } comment)
            {
                properties[prefix + "comment"] = comment;
            }
        }

        if (table.Watermark is { } watermark)
        {
            properties[RowtimeKey] = watermark.Column;
            properties[StrategyKey] = SqlPrinter.Print(watermark.Expression);
            properties[StrategyTypeKey] = TypePrinter.Print(TypeOf(watermark.Column));
        }

        return properties;
    }

    /// <summary>A table of stored columns with the computed columns and the watermark of its properties; those whose columns another engine has dropped or taken the names of are left out.</summary>
    public static TableDefinition Read(TableDefinition stored, IReadOnlyDictionary<string, string> properties)
    {
        var columns = stored.Columns.ToList();
        var computed = properties.Keys
            .Where(k => k.StartsWith(ComputedPrefix, StringComparison.Ordinal) && k.EndsWith(".name", StringComparison.Ordinal))
            .Select(k => k[..^"name".Length])
            .OrderBy(p => int.TryParse(p[ComputedPrefix.Length..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : int.MaxValue);
        foreach (var prefix in computed)
        {
            var name = properties[prefix + "name"];
            if (properties.TryGetValue(prefix + "expr", out var text) && columns.All(c => c.Name != name) && TryParse(text, stored.Columns) is { } expression)
            {
                columns.Add(new TableColumn.Computed(name, expression, text) { Comment = properties.GetValueOrDefault(prefix + "comment") });
            }
        }

        var table = stored with { Columns = new(columns) };
        return properties.TryGetValue(RowtimeKey, out var rowtime) && columns.Any(c => c.Name == rowtime)
            && properties.TryGetValue(StrategyKey, out var strategy) && TryParse(strategy, columns) is { } watermark
            ? table with { Watermark = new WatermarkDefinition(rowtime, watermark, strategy) }
            : table;
    }

    // Null for an expression that cannot be read, or is over columns that there are not.
    private static SqlExpression? TryParse(string text, IReadOnlyList<TableColumn> columns)
    {
        try
        {
            var expression = SqlParser.ParseExpression(text);
            return NamesIn(expression).All(n => columns.Any(c => c.Name == n)) ? expression : null;
        }
        catch (ArcticException e) when (e.Code == ErrorCodes.SyntaxError)
        {
            return null;
        }
    }

    private static IEnumerable<string> NamesIn(SqlExpression expression) =>
        TableNames.PartsOf(expression).SelectMany(NamesIn).Concat(expression is SqlExpression.Name name ? [name.Parts[0].Name] : []);
}

using Arctic.Columnar.Types;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds WATERMARK FOR of a table (spec/flink-sql.md, 2).</summary>
internal static class WatermarkBinder
{
    private const int PrecisionMax = 3;

    /// <summary>The watermark; checked against the columns, computed ones too.</summary>
    /// <param name="definition">The table without a watermark.</param>
    /// <exception cref="Columnar.Errors.ArcticException">The column or the expression is wrong, or a computed column is.</exception>
    public static WatermarkDefinition Bind(WatermarkElement watermark, TableDefinition definition, BindingContext context)
    {
        var schema = TableScan.Of(definition, definition.Options, null, context).Schema;
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
        if (precision > PrecisionMax)
        {
            throw BindingErrors.Mismatch(
                watermark.Column,
                $"Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 to {PrecisionMax}, but '{name}' is {schema[index].Type.AsNullable()}.");
        }

        var bound = new WatermarkDefinition(name, watermark.Expression, watermark.Text);
        _ = TableScan.Of(definition with { Watermark = bound }, definition.Options, null, context);
        return bound;
    }
}

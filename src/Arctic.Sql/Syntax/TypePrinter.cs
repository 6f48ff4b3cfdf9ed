using System.Globalization;
using Arctic.Columnar.Types;

namespace Arctic.Sql.Syntax;

/// <summary>Types as DDL writes them, in full: <c>VARCHAR(2147483647)</c>, <c>TIMESTAMP(6) WITH LOCAL TIME ZONE</c>.</summary>
internal static class TypePrinter
{
    /// <summary>A bound type, NOT NULL included.</summary>
    public static string Print(DataType type) => type.IsNullable ? PrintNullable(type) : PrintNullable(type) + " NOT NULL";

    /// <summary>A type as it was written.</summary>
    public static string Print(SqlTypeName type) => type.IsNullable ? PrintNullable(type) : PrintNullable(type) + " NOT NULL";

    /// <summary>The units of an interval.</summary>
    public static string Print(IntervalQualifier qualifier)
    {
        var isSecond = qualifier.Start == IntervalUnit.Second;
        var start = WordOf(qualifier.Start) + (qualifier.StartPrecision is null ? "" : $"({TextOf(qualifier.StartPrecision)}{(isSecond && qualifier.FractionPrecision is { } fraction ? $", {TextOf(fraction)}" : "")})");
        var end = qualifier.End is { } unit ? $" TO {WordOf(unit)}{(unit == IntervalUnit.Second && qualifier.FractionPrecision is { } digits ? $"({TextOf(digits)})" : "")}" : "";
        return start + end;
    }

    private static string PrintNullable(DataType type) => type switch
    {
        DataType.VarChar text => $"VARCHAR({TextOf(text.Length)})",
        DataType.VarBinary bytes => $"VARBINARY({TextOf(bytes.Length)})",
        DataType.TimestampLtz time => $"TIMESTAMP({TextOf(time.Precision)}) WITH LOCAL TIME ZONE",
        DataType.Array array => $"ARRAY<{Print(array.Element)}>",
        DataType.Multiset multiset => $"MULTISET<{Print(multiset.Element)}>",
        DataType.Map map => $"MAP<{Print(map.Key)}, {Print(map.Value)}>",
        DataType.Row row => $"ROW<{string.Join(", ", row.Fields.Select(f => $"{SqlPrinter.Quote(f.Name)} {Print(f.Type)}"))}>",
        _ => type.Name,
    };

    private static string PrintNullable(SqlTypeName type) => type switch
    {
        SqlTypeName.Simple { Name: "TIMESTAMP_LTZ" } simple => $"TIMESTAMP{ArgumentsOf(simple)} WITH LOCAL TIME ZONE",
        SqlTypeName.Simple { Name: "INT" } => "INTEGER",
        SqlTypeName.Simple simple => simple.Name + ArgumentsOf(simple),
        SqlTypeName.Interval interval => "INTERVAL " + Print(interval.Qualifier),
        SqlTypeName.Array array => $"ARRAY<{Print(array.Element)}>",
        SqlTypeName.Multiset multiset => $"MULTISET<{Print(multiset.Element)}>",
        SqlTypeName.Map map => $"MAP<{Print(map.Key)}, {Print(map.Value)}>",
        SqlTypeName.Row row => $"ROW<{string.Join(", ", row.Fields.Select(f => $"{SqlPrinter.Quote(f.Name.Name)} {Print(f.Type)}{(f.Comment is null ? "" : " " + SqlPrinter.QuoteText(f.Comment))}"))}>",
        SqlTypeName.Unknown unknown => string.Join('.', unknown.Name.Parts.Select(p => SqlPrinter.Quote(p.Name))),
        _ => throw new System.Diagnostics.UnreachableException(type.GetType().Name),
    };

    private static string ArgumentsOf(SqlTypeName.Simple type) => type.Arguments.Count == 0 ? "" : $"({string.Join(", ", type.Arguments.Select(a => TextOf(a)))})";

    private static string WordOf(IntervalUnit unit) => unit.ToString().ToUpperInvariant();

    private static string TextOf(int? number) => string.Create(CultureInfo.InvariantCulture, $"{number}");
}

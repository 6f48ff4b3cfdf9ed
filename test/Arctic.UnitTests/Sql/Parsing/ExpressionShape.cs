using Arctic.Sql.Syntax;

namespace Arctic.UnitTests.Sql.Parsing;

/// <summary>Prints an expression with all its parentheses, so that a test can say how it was grouped.</summary>
internal static class ExpressionShape
{
    public static string Of(SqlExpression expression) => expression switch
    {
        SqlExpression.NullLiteral => "NULL",
        SqlExpression.BooleanLiteral b => b.Value switch { true => "TRUE", false => "FALSE", null => "UNKNOWN" },
        SqlExpression.NumericLiteral n => n.Text,
        SqlExpression.StringLiteral s => $"'{s.Value}'",
        SqlExpression.BinaryLiteral x => $"X'{Convert.ToHexString(x.Value.AsSpan())}'",
        SqlExpression.DateTimeLiteral d => $"{d.Kind}'{d.Text}'",
        SqlExpression.IntervalLiteral i => $"INTERVAL{(i.IsNegative ? "-" : "")}'{i.Text}' {Of(i.Qualifier)}",
        SqlExpression.IntervalExpression i => $"INTERVAL {Of(i.Value)} {Of(i.Qualifier)}",
        SqlExpression.Name n => string.Join('.', n.Parts),
        SqlExpression.Star s => string.Concat(s.Qualifier.Select(q => q.Name + ".")) + "*",
        SqlExpression.Unary u => $"({u.Operator} {Of(u.Operand)})",
        SqlExpression.Binary b => $"({Of(b.Left)} {b.Operator} {Of(b.Right)})",
        SqlExpression.Is i => $"({Of(i.Operand)} IS {Not(i.IsNegated)}{i.Test})",
        SqlExpression.Between b => $"({Of(b.Operand)} {Not(b.IsNegated)}BETWEEN {(b.IsSymmetric ? "SYMMETRIC " : "")}{Of(b.Low)} AND {Of(b.High)})",
        SqlExpression.InList i => $"({Of(i.Operand)} {Not(i.IsNegated)}IN [{List(i.Items)}])",
        SqlExpression.InQuery i => $"({Of(i.Operand)} {Not(i.IsNegated)}IN query)",
        SqlExpression.Quantified q => $"({Of(q.Operand)} {q.Operator} {(q.IsAll ? "ALL" : "ANY")} query)",
        SqlExpression.Like l => $"({Of(l.Operand)} {Not(l.IsNegated)}{l.Kind} {Of(l.Pattern)}{(l.Escape is null ? "" : " ESCAPE " + Of(l.Escape))})",
        SqlExpression.Case c => $"CASE{(c.Operand is null ? "" : " " + Of(c.Operand))}{string.Concat(c.Branches.Select(b => $" WHEN {Of(b.Condition)} THEN {Of(b.Result)}"))}{(c.Else is null ? "" : " ELSE " + Of(c.Else))} END",
        SqlExpression.Cast c => $"{(c.IsTry ? "TRY_CAST" : "CAST")}({Of(c.Operand)} AS {Of(c.Type)})",
        SqlExpression.Call c => $"{c.Function}({(c.IsStar ? "*" : (c.IsDistinct ? "DISTINCT " : "") + List(c.Arguments))}){(c.Filter is null ? "" : $" FILTER {Of(c.Filter)}")}{(c.Over is null ? "" : " OVER")}",
        SqlExpression.TimeUnitArgument t => $"#{t.Word}",
        SqlExpression.Row r => $"ROW({List(r.Items)})",
        SqlExpression.Array a => $"ARRAY[{List(a.Items)}]",
        SqlExpression.Map m => $"MAP[{List(m.Items)}]",
        SqlExpression.ElementAccess e => $"{Of(e.Operand)}[{Of(e.Index)}]",
        SqlExpression.FieldAccess f => $"({Of(f.Operand)}).{f.Field}",
        SqlExpression.RowStar r => $"({Of(r.Operand)}).*",
        SqlExpression.ScalarQuery => "(query)",
        SqlExpression.Exists => "EXISTS(query)",
        SqlExpression.DateTimeDifference d => $"DIFF({Of(d.Left)}, {Of(d.Right)}, {Of(d.Qualifier)})",
        SqlExpression.NamedArgument n => $"{n.ArgumentName} => {Of(n.Value)}",
        SqlExpression.Descriptor d => $"DESCRIPTOR({string.Join(", ", d.Columns)})",
        SqlExpression.TableArgument => "TABLE",
        SqlExpression.Default => "DEFAULT",
        _ => expression.GetType().Name,
    };

    public static string Of(SqlTypeName type) => (type switch
    {
        SqlTypeName.Simple s => s.Name + (s.Arguments.Count == 0 ? "" : $"({string.Join(", ", s.Arguments)})"),
        SqlTypeName.Interval i => "INTERVAL " + Of(i.Qualifier),
        SqlTypeName.Array a => $"ARRAY<{Of(a.Element)}>",
        SqlTypeName.Multiset m => $"MULTISET<{Of(m.Element)}>",
        SqlTypeName.Map m => $"MAP<{Of(m.Key)}, {Of(m.Value)}>",
        SqlTypeName.Row r => $"ROW<{string.Join(", ", r.Fields.Select(f => $"{f.Name} {Of(f.Type)}"))}>",
        SqlTypeName.Unknown u => "?" + u.Name,
        _ => type.GetType().Name,
    }) + (type.IsNullable ? "" : " NOT NULL");

    private static string Of(IntervalQualifier qualifier) =>
        $"{qualifier.Start}{(qualifier.StartPrecision is { } p ? $"({p})" : "")}{(qualifier.End is { } end ? $" TO {end}" : "")}{(qualifier.FractionPrecision is { } f ? $"({f})" : "")}";

    private static string List(IEnumerable<SqlExpression> items) => string.Join(", ", items.Select(Of));

    private static string Not(bool isNegated) => isNegated ? "NOT " : "";
}

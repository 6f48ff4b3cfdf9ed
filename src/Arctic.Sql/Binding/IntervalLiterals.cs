using System.Globalization;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Reads INTERVAL literals: months, or milliseconds (spec/flink-sql.md, 1.1).</summary>
internal static class IntervalLiterals
{
    private const int LeadingDigitsDefault = 2;

    /// <summary>The value of <c>INTERVAL '…' qualifier</c>.</summary>
    public static Expression.Literal Bind(SqlExpression.IntervalLiteral literal)
    {
        var text = literal.Text.Trim();
        var isNegative = literal.IsNegative;
        if (text.StartsWith('-') || text.StartsWith('+'))
        {
            isNegative ^= text[0] == '-';
            text = text[1..].Trim();
        }

        var fields = SplitFields(literal, text);
        var amount = Sum(literal, fields);
        return Make(literal.Qualifier, isNegative ? -amount : amount, literal);
    }

    /// <summary>One of the leading unit: what a number of units is multiplied with.</summary>
    public static Expression.Literal One(IntervalQualifier qualifier, SyntaxNode node) => Make(qualifier, UnitSize(qualifier.Start), node);

    /// <summary>A whole number of the leading unit, as <c>INTERVAL 5 DAY</c> writes it.</summary>
    public static Expression.Literal Of(long count, IntervalQualifier qualifier, SyntaxNode node) => Make(qualifier, (Int128)count * UnitSize(qualifier.Start), node);

    private static Expression.Literal Make(IntervalQualifier qualifier, Int128 amount, SyntaxNode node)
    {
        if (amount < (qualifier.IsYearMonth ? int.MinValue : long.MinValue) || amount > (qualifier.IsYearMonth ? int.MaxValue : long.MaxValue))
        {
            throw BindingErrors.Invalid(node, "The interval is out of range.");
        }

        return qualifier.IsYearMonth
            ? new Expression.Literal((int)amount, new DataType.IntervalYearMonth().AsNotNull())
            : new Expression.Literal((long)amount, new DataType.IntervalDayTime().AsNotNull());
    }

    // The texts of the fields, from the leading unit down. The separator before a field is told by its unit: - for months, a blank for hours, else a colon.
    private static List<(IntervalUnit Unit, string Text)> SplitFields(SqlExpression.IntervalLiteral literal, string text)
    {
        var fields = new List<(IntervalUnit, string)>();
        var end = literal.Qualifier.End ?? literal.Qualifier.Start;
        var rest = text;
        for (var unit = literal.Qualifier.Start; unit < end; unit = Next(unit))
        {
            var separator = unit == IntervalUnit.Year ? '-' : unit == IntervalUnit.Day ? ' ' : ':';
            var at = rest.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
            {
                throw Illegal(literal);
            }

            fields.Add((unit, rest[..at]));
            rest = rest[(at + 1)..];
        }

        fields.Add((end, rest));
        return fields;
    }

    // YEAR TO MONTH steps over QUARTER.
    private static IntervalUnit Next(IntervalUnit unit) => unit == IntervalUnit.Year ? IntervalUnit.Month : unit + 1;

    private static Int128 Sum(SqlExpression.IntervalLiteral literal, List<(IntervalUnit Unit, string Text)> fields)
    {
        Int128 sum = 0;
        for (var i = 0; i < fields.Count; i++)
        {
            var (unit, text) = fields[i];
            var point = unit == IntervalUnit.Second ? text.IndexOf('.', StringComparison.Ordinal) : -1;
            var whole = point < 0 ? text : text[..point];
            if (!long.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                throw Illegal(literal);
            }

            if (i == 0)
            {
                CheckLeadingDigits(literal, value);
            }
            else if (value >= Bound(unit))
            {
                throw Illegal(literal);
            }

            sum += ((Int128)value * UnitSize(unit)) + (point < 0 ? 0 : Milliseconds(literal, text[(point + 1)..]));
        }

        return sum;
    }

    private static void CheckLeadingDigits(SqlExpression.IntervalLiteral literal, long value)
    {
        var digits = literal.Qualifier.StartPrecision ?? LeadingDigitsDefault;
        if (value.ToString(CultureInfo.InvariantCulture).Length > digits)
        {
            var unit = literal.Qualifier.Start.ToString().ToUpperInvariant();
            throw BindingErrors.Invalid(literal, $"Interval field value {value} exceeds precision of {unit}({digits}) field.", $"Write {unit}({value.ToString(CultureInfo.InvariantCulture).Length}).");
        }
    }

    private static long Milliseconds(SqlExpression.IntervalLiteral literal, string fraction) =>
        fraction.Length is > 0 and <= 9 && fraction.All(char.IsAsciiDigit)
            ? long.Parse(fraction.PadRight(3, '0')[..3], CultureInfo.InvariantCulture)
            : throw Illegal(literal);

    private static long Bound(IntervalUnit unit) => unit switch
    {
        IntervalUnit.Month => 12,
        IntervalUnit.Hour => 24,
        _ => 60,
    };

    private static long UnitSize(IntervalUnit unit) => unit switch
    {
        IntervalUnit.Year => 12,
        IntervalUnit.Quarter => 3,
        IntervalUnit.Month => 1,
        IntervalUnit.Week => 7 * 86_400_000L,
        IntervalUnit.Day => 86_400_000,
        IntervalUnit.Hour => 3_600_000,
        IntervalUnit.Minute => 60_000,
        IntervalUnit.Second => 1000,
        _ => throw new System.Diagnostics.UnreachableException(unit.ToString()),
    };

    private static Columnar.Errors.ArcticException Illegal(SqlExpression.IntervalLiteral literal) =>
        BindingErrors.Invalid(literal, $"Illegal interval literal format '{literal.Text}' for INTERVAL {literal.Qualifier.Start.ToString().ToUpperInvariant()}{(literal.Qualifier.End is { } end ? " TO " + end.ToString().ToUpperInvariant() : "")}.");
}

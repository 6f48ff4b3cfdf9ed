using System.Globalization;
using System.Numerics;
using System.Text;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Types numbers and strings as Flink does (spec/flink-sql.md, 1.1).</summary>
internal static class LiteralBinder
{
    private static readonly BigInteger Int128Max = (BigInteger)Int128.MaxValue;

    /// <summary>A number: INT, else BIGINT; DECIMAL of the digits written; DOUBLE with an exponent.</summary>
    public static Expression.Literal BindNumber(SqlExpression.NumericLiteral literal)
    {
        var text = literal.Text;
        if (text.Contains('e', StringComparison.OrdinalIgnoreCase))
        {
            var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

            // A literal is a decimal number before it is a DOUBLE, and those have no negative zero.
            return double.IsFinite(value)
                ? new Expression.Literal(value == 0 ? 0.0 : value, DataTypes.Double.AsNotNull())
                : throw BindingErrors.Invalid(literal, $"Numeric literal '{text}' is out of the range of DOUBLE.");
        }

        var isNegative = text[0] == '-';
        var digits = isNegative ? text[1..] : text;
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        return point < 0 || point == digits.Length - 1
            ? BindInteger(literal, digits.TrimEnd('.'), isNegative)
            : BindDecimal(literal, digits, point, isNegative);
    }

    /// <summary>A string: CHAR of its length in code points.</summary>
    public static Expression.Literal BindString(string value)
    {
        var length = 0;
        foreach (var _ in value.EnumerateRunes())
        {
            length++;
        }

        return new Expression.Literal(value, new DataType.Char(length).AsNotNull());
    }

    /// <summary>A word that special syntax passes to a function: a STRING.</summary>
    public static Expression.Literal BindWord(string word) => new(word, DataTypes.String.AsNotNull());

    private static Expression.Literal BindInteger(SqlExpression.NumericLiteral literal, string digits, bool isNegative)
    {
        var value = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        value = isNegative ? -value : value;
        if (value >= int.MinValue && value <= int.MaxValue)
        {
            return new Expression.Literal((int)value, DataTypes.Int.AsNotNull());
        }

        return value >= long.MinValue && value <= long.MaxValue
            ? new Expression.Literal((long)value, DataTypes.BigInt.AsNotNull())
            : throw BindingErrors.Invalid(literal, $"Numeric literal '{literal.Text}' out of range.", "Write it with a decimal point, or CAST a string.");
    }

    private static Expression.Literal BindDecimal(SqlExpression.NumericLiteral literal, string digits, int point, bool isNegative)
    {
        var unscaledText = string.Concat(digits.AsSpan(0, point), digits.AsSpan(point + 1));
        var scale = digits.Length - point - 1;
        var precision = Math.Max(unscaledText.Length, scale);
        var unscaled = BigInteger.Parse(unscaledText, CultureInfo.InvariantCulture);
        if (precision > DataType.Decimal.MaxPrecision || unscaled > Int128Max)
        {
            throw BindingErrors.Invalid(literal, $"Numeric literal '{literal.Text}' has {precision} digits; a DECIMAL holds {DataType.Decimal.MaxPrecision}.");
        }

        return new Expression.Literal((Int128)(isNegative ? -unscaled : unscaled), DataTypes.Decimal(precision, scale).AsNotNull());
    }
}

using Arctic.Columnar.Types;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// Literals, names, parentheses, and the constructs that start with a word of their own.
internal sealed partial class SqlParser
{
    private SqlExpression ParsePrimary()
    {
        var start = Current;
        switch (start.Kind)
        {
            case TokenKind.Number:
                _index++;
                return new SqlExpression.NumericLiteral(start.Text, start.Span);
            case TokenKind.Text:
            case TokenKind.UnicodeText:
                return new SqlExpression.StringLiteral(ParseAdjacentStrings(), SpanFrom(start));
            case TokenKind.Hex:
                _index++;
                return new SqlExpression.BinaryLiteral(ParseHex(start), start.Span);
            case TokenKind.QuotedName:
                return ParseNameOrCall();
            case TokenKind.Symbol when start.Text == "(":
                return ParseParenthesis();
            case TokenKind.Symbol when start.Text == "{":
                return ParseJdbcEscape();
            case TokenKind.Word:
                return ParseWord();
            default:
                Expect("an expression");
                throw Unexpected();
        }
    }

    // 'a' 'b' on two lines is one string.
    private string ParseAdjacentStrings()
    {
        var text = ParseString();
        while (Current.Kind == TokenKind.Text && Current.Position.Line > Previous.Position.Line)
        {
            text += Take().Text;
        }

        return text;
    }

    private static EquatableList<byte> ParseHex(Token token)
    {
        var digits = token.Text;
        if (digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit))
        {
            throw Error(token, $"X'{digits}' is not a binary string: it needs an even number of hexadecimal digits.");
        }

        return new EquatableList<byte>(Convert.FromHexString(digits));
    }

    private SqlExpression ParseWord()
    {
        var start = Current;
        switch (start.Keyword)
        {
            case "NULL":
                _index++;
                return new SqlExpression.NullLiteral(start.Span);
            case "TRUE" or "FALSE":
                _index++;
                return new SqlExpression.BooleanLiteral(start.Keyword == "TRUE", start.Span);
            case "UNKNOWN":
                _index++;
                return new SqlExpression.BooleanLiteral(null, start.Span);
            case "CASE":
                return ParseCase();
            case "CAST" or "TRY_CAST" when IsSymbol(1, "("):
                return ParseCast();
            case "INTERVAL":
                return ParseInterval();
            case "DATE" or "TIME" or "TIMESTAMP" or "TIMESTAMP_LTZ" when ParseDateTimeLiteral() is { } literal:
                return literal;
            case "EXISTS" when IsSymbol(1, "("):
                return ParseExists();
            case "ROW" when IsSymbol(1, "("):
                return ParseRow();
            case "ARRAY" or "MAP" or "MULTISET" when IsSymbol(1, "[") || IsSymbol(1, "("):
                return ParseCollection();
            case "DESCRIPTOR" when IsSymbol(1, "("):
                return ParseDescriptor();
            case "DEFAULT":
                _index++;
                return new SqlExpression.Default(start.Span);
            case "CURRENT_DATE" or "CURRENT_TIME" or "CURRENT_TIMESTAMP" or "LOCALTIME" or "LOCALTIMESTAMP" or "USER" or "CURRENT_USER" or "CURRENT_CATALOG" when !IsSymbol(1, "("):
                return ParseBareFunction();
            default:
                return FindSpecialCall(start) is { } parse ? parse() : ParseNameOrCall();
        }
    }

    private SqlExpression.Call ParseBareFunction()
    {
        var word = Take();
        var name = new QualifiedName([new Identifier(word.Text, word.Span)], word.Span);
        return new SqlExpression.Call(name, [], word.Span) { IsBare = true };
    }

    private SqlExpression ParseNameOrCall()
    {
        var start = Current;
        if (start.Kind == TokenKind.Word && ReservedWords.Contains(start.Keyword))
        {
            if (ReservedWords.IsCallable(start.Keyword) && IsSymbol(1, "("))
            {
                _index++;
                return ParseCall(new QualifiedName([new Identifier(start.Text, start.Span)], start.Span));
            }

            Expect("an expression");
            throw Unexpected();
        }

        var parts = new List<Identifier> { ParseIdentifier() };
        while (IsSymbol(".") && (IsIdentifier(1) || IsSymbol(1, "*")))
        {
            _index++;
            if (TrySymbol("*"))
            {
                return new SqlExpression.Star(parts, SpanFrom(start));
            }

            parts.Add(ParseIdentifier());
        }

        return IsSymbol("(")
            ? ParseCall(new QualifiedName(parts, SpanFrom(start)))
            : new SqlExpression.Name(parts, SpanFrom(start));
    }

    // A sub-query, a row of several values, or an expression in parentheses, perhaps followed by the unit of a difference in time.
    private SqlExpression ParseParenthesis()
    {
        var start = Current;
        if (StartsQuery(1) && TryParseScalarQuery() is { } scalar)
        {
            return scalar;
        }

        TakeSymbol("(");
        var items = ParseList(ParseExpression);
        TakeSymbol(")");
        if (items.Count > 1)
        {
            return new SqlExpression.Row(items, false, SpanFrom(start));
        }

        if (items[0] is SqlExpression.Binary { Operator: BinaryOperator.Minus } minus && FindDifferenceUnit())
        {
            return new SqlExpression.DateTimeDifference(minus.Left, minus.Right, ParseIntervalQualifier(), SpanFrom(start));
        }

        return items[0];
    }

    // ((SELECT 1) + 1) starts as a query does; what follows the inner parentheses decides.
    private SqlExpression.ScalarQuery? TryParseScalarQuery()
    {
        var start = TakeSymbol("(");
        var startIndex = _index - 1;
        var isCertain = !IsSymbol("(");
        Query query;
        try
        {
            query = ParseQuery();
        }
        catch (Columnar.Errors.ArcticException e) when (!isCertain && e.Message != NestedTooDeeply)
        {
            _index = startIndex;
            return null;
        }

        if (!isCertain && !IsSymbol(")"))
        {
            _index = startIndex;
            return null;
        }

        TakeSymbol(")");
        return new SqlExpression.ScalarQuery(query, SpanFrom(start));
    }

    private bool FindDifferenceUnit() => Current.Keyword is "YEAR" or "MONTH" or "DAY" or "HOUR" or "MINUTE" or "SECOND";

    // {d '2024-01-01'}, {t '…'}, {ts '…'}, {fn f(…)}.
    private SqlExpression ParseJdbcEscape()
    {
        var start = TakeSymbol("{");
        SqlExpression expression;
        switch (Current.Keyword)
        {
            case "D" or "T" or "TS":
                var kind = Take().Keyword switch
                {
                    "D" => DateTimeLiteralKind.Date,
                    "T" => DateTimeLiteralKind.Time,
                    _ => DateTimeLiteralKind.Timestamp,
                };
                expression = new SqlExpression.DateTimeLiteral(kind, ParseString(), SpanFrom(start));
                break;
            case "FN":
                _index++;
                expression = ParseExpression();
                break;
            default:
                Expect("D");
                Expect("T");
                Expect("TS");
                Expect("FN");
                throw Unexpected();
        }

        TakeSymbol("}");
        return expression;
    }

    private SqlExpression.Case ParseCase()
    {
        var start = TakeKeyword("CASE");
        var operand = IsKeyword("WHEN") ? null : ParseExpression();
        var branches = new List<CaseWhen>();
        while (TryKeyword("WHEN"))
        {
            var conditions = operand is null ? [ParseExpression()] : ParseList(ParseExpression);
            TakeKeyword("THEN");
            var result = ParseExpression();
            branches.AddRange(conditions.Select(c => new CaseWhen(c, result)));
        }

        if (branches.Count == 0)
        {
            throw Unexpected();
        }

        var otherwise = TryKeyword("ELSE") ? ParseExpression() : null;
        TakeKeyword("END");
        return new SqlExpression.Case(operand, branches, otherwise, SpanFrom(start));
    }

    private SqlExpression.Cast ParseCast()
    {
        var start = Take();
        TakeSymbol("(");
        var operand = ParseExpression();
        TakeKeyword("AS");
        var type = ParseTypeName();
        TakeSymbol(")");
        return new SqlExpression.Cast(operand, type, start.Keyword == "TRY_CAST", SpanFrom(start));
    }

    private SqlExpression.Exists ParseExists()
    {
        var start = TakeKeyword("EXISTS");
        TakeSymbol("(");
        var query = ParseQuery();
        TakeSymbol(")");
        return new SqlExpression.Exists(query, SpanFrom(start));
    }

    private SqlExpression.Row ParseRow()
    {
        var start = TakeKeyword("ROW");
        TakeSymbol("(");
        var items = ParseList(ParseExpression);
        TakeSymbol(")");
        return new SqlExpression.Row(items, true, SpanFrom(start));
    }

    private SqlExpression ParseCollection()
    {
        var start = Take();
        if (TrySymbol("("))
        {
            var query = ParseQuery();
            TakeSymbol(")");
            return new SqlExpression.CollectionQuery(start.Keyword, query, [], SpanFrom(start));
        }

        TakeSymbol("[");
        var items = IsSymbol("]") ? [] : ParseList(ParseExpression);
        TakeSymbol("]");
        return start.Keyword switch
        {
            "ARRAY" => new SqlExpression.Array(items, SpanFrom(start)),
            "MAP" when items.Count % 2 == 0 => new SqlExpression.Map(items, SpanFrom(start)),
            "MAP" => throw Error(start, "MAP needs keys and values in turn, so an even number of items."),
            _ => new SqlExpression.CollectionQuery(start.Keyword, null, items, SpanFrom(start)),
        };
    }

    private SqlExpression.Descriptor ParseDescriptor()
    {
        var start = TakeKeyword("DESCRIPTOR");
        var columns = ParseParenthesized(ParseIdentifier);
        return new SqlExpression.Descriptor(columns, SpanFrom(start));
    }

    // DATE '…' and its kin; null when the word is not followed by a string, and so is no literal.
    private SqlExpression.DateTimeLiteral? ParseDateTimeLiteral()
    {
        var start = Current;
        var startIndex = _index++;
        var kind = start.Keyword switch
        {
            "DATE" => DateTimeLiteralKind.Date,
            "TIME" => DateTimeLiteralKind.Time,
            "TIMESTAMP_LTZ" => DateTimeLiteralKind.TimestampLtz,
            _ when IsKeyword("WITH") && IsKeyword(1, "LOCAL") => DateTimeLiteralKind.TimestampLtz,
            _ => DateTimeLiteralKind.Timestamp,
        };
        if (kind == DateTimeLiteralKind.TimestampLtz && start.Keyword == "TIMESTAMP")
        {
            _index += 2;
            TakeKeyword("TIME");
            TakeKeyword("ZONE");
        }

        if (Current.Kind is not (TokenKind.Text or TokenKind.UnicodeText))
        {
            Expect("a string in single quotes");
            if (kind == DateTimeLiteralKind.TimestampLtz || !IsSymbol("("))
            {
                throw Unexpected();
            }

            _index = startIndex;
            return null;
        }

        return new SqlExpression.DateTimeLiteral(kind, ParseString(), SpanFrom(start));
    }

    private SqlExpression ParseInterval()
    {
        var start = TakeKeyword("INTERVAL");
        var isNegative = false;
        while (IsSymbol("-") || IsSymbol("+"))
        {
            isNegative ^= Take().Text == "-";
        }

        if (Current.Kind is TokenKind.Text or TokenKind.UnicodeText)
        {
            var text = ParseString();
            return new SqlExpression.IntervalLiteral(text, isNegative, ParseIntervalQualifier(), SpanFrom(start));
        }

        var value = ParsePostfix();
        var signed = isNegative ? new SqlExpression.Unary(UnaryOperator.Minus, value, value.Span) : value;
        return new SqlExpression.IntervalExpression(signed, ParseIntervalQualifier(), SpanFrom(start));
    }

    private IntervalQualifier ParseIntervalQualifier()
    {
        var start = ParseIntervalUnit();
        int? precision = null;
        int? fraction = null;
        if (TrySymbol("("))
        {
            precision = ParseInteger();
            fraction = start == IntervalUnit.Second && TrySymbol(",") ? ParseInteger() : null;
            TakeSymbol(")");
        }

        if (!TryKeyword("TO"))
        {
            return new IntervalQualifier(start, null, precision, fraction);
        }

        var endToken = Current;
        var end = ParseIntervalUnit();
        if (end == IntervalUnit.Second && TrySymbol("("))
        {
            fraction = ParseInteger();
            TakeSymbol(")");
        }

        var qualifier = new IntervalQualifier(start, end, precision, fraction);
        var isValid = qualifier.IsYearMonth
            ? start == IntervalUnit.Year && end == IntervalUnit.Month
            : start >= IntervalUnit.Day && end > start && end <= IntervalUnit.Second;
        return isValid ? qualifier : throw Error(endToken, $"An interval from {start.ToString().ToUpperInvariant()} TO {end.ToString().ToUpperInvariant()} does not exist.");
    }

    private IntervalUnit ParseIntervalUnit()
    {
        IntervalUnit? unit = Current.Keyword switch
        {
            "YEAR" or "YEARS" => IntervalUnit.Year,
            "QUARTER" or "QUARTERS" => IntervalUnit.Quarter,
            "MONTH" or "MONTHS" => IntervalUnit.Month,
            "WEEK" or "WEEKS" => IntervalUnit.Week,
            "DAY" or "DAYS" => IntervalUnit.Day,
            "HOUR" or "HOURS" => IntervalUnit.Hour,
            "MINUTE" or "MINUTES" => IntervalUnit.Minute,
            "SECOND" or "SECONDS" => IntervalUnit.Second,
            _ => null,
        };
        if (unit is null)
        {
            foreach (var name in Enum.GetNames<IntervalUnit>())
            {
                Expect(name.ToUpperInvariant());
            }

            throw Unexpected();
        }

        _index++;
        return unit.Value;
    }
}

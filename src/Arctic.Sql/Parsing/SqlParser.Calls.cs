using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// Calls: the general form with its clauses, and the functions whose arguments are not separated by commas.
internal sealed partial class SqlParser
{
    private SqlExpression.Call ParseCall(QualifiedName function)
    {
        TakeSymbol("(");
        var arguments = new List<SqlExpression>();
        var clauses = new List<CallClause>();
        var isStar = false;
        var isDistinct = false;
        IReadOnlyList<OrderItem> order = [];
        if (IsSymbol("*") && IsSymbol(1, ")"))
        {
            _index++;
            isStar = true;
        }
        else if (!IsSymbol(")"))
        {
            isDistinct = TryKeyword("DISTINCT");
            if (!isDistinct)
            {
                TryKeyword("ALL");
            }

            var isJson = function.Parts.Count == 1 && function.Last.Name.StartsWith("JSON_", StringComparison.OrdinalIgnoreCase);
            arguments = isJson ? ParseJsonArguments(function.Last.Name.ToUpperInvariant(), clauses) : ParseList(ParseArgument);
            order = TryKeywords("ORDER", "BY") ? ParseList(ParseOrderItem) : [];
        }

        TakeSymbol(")");
        var call = new SqlExpression.Call(function, arguments, SpanFrom(function)) { IsStar = isStar, IsDistinct = isDistinct, Order = order, Clauses = clauses };
        return ParseCallSuffix(call);
    }

    private SqlExpression.Call ParseCallSuffix(SqlExpression.Call call)
    {
        bool? ignoresNulls = TryKeywords("IGNORE", "NULLS") ? true : TryKeywords("RESPECT", "NULLS") ? false : null;
        if (TryKeywords("WITHIN", "GROUP"))
        {
            TakeSymbol("(");
            TakeKeyword("ORDER");
            TakeKeyword("BY");
            call = call with { Order = ParseList(ParseOrderItem), IsWithinGroup = true };
            TakeSymbol(")");
        }

        if (TryKeyword("FILTER"))
        {
            TakeSymbol("(");
            TakeKeyword("WHERE");
            call = call with { Filter = ParseExpression() };
            TakeSymbol(")");
        }

        ignoresNulls ??= TryKeywords("IGNORE", "NULLS") ? true : TryKeywords("RESPECT", "NULLS") ? false : null;
        var over = TryKeyword("OVER") ? ParseWindowReference() : null;
        return call with { IgnoresNulls = ignoresNulls, Over = over, Span = SpanFrom(call) };
    }

    private SqlExpression ParseArgument()
    {
        // Before an arrow any word is a name: parameters are called table, timestamp or where.
        if (Current.Kind is TokenKind.Word or TokenKind.QuotedName && IsSymbol(1, "=>"))
        {
            var token = Take();
            var name = new Identifier(token.Text, token.Span) { IsQuoted = token.Kind == TokenKind.QuotedName };
            TakeSymbol("=>");
            var value = ParseArgument();
            return new SqlExpression.NamedArgument(name, value, SpanFrom(name));
        }

        if (IsKeyword("TABLE"))
        {
            return ParseTableArgument();
        }

        // MODEL m is an argument of ML_PREDICT; a column of that name stands alone.
        if (IsKeyword("MODEL") && IsIdentifier(1))
        {
            var start = Take();
            var model = ParseQualifiedName();
            return new SqlExpression.Name(model.Parts, SpanFrom(start));
        }

        return StartsQuery() && !IsSymbol("(") ? ParseQueryArgument() : ParseExpression();
    }

    private SqlExpression.ScalarQuery ParseQueryArgument()
    {
        var query = ParseQuery();
        return new SqlExpression.ScalarQuery(query, query.Span);
    }

    private SqlExpression.TableArgument ParseTableArgument()
    {
        var start = TakeKeyword("TABLE");
        TableReference table;
        if (TrySymbol("("))
        {
            var query = ParseQuery();
            TakeSymbol(")");
            table = new TableReference.Derived(query, false, SpanFrom(start));
        }
        else
        {
            var name = ParseQualifiedName();
            table = new TableReference.Named(name, name.Span) { Hints = ParseHints() };
        }

        IReadOnlyList<SqlExpression> partitionBy = [];
        if (TryKeywords("PARTITION", "BY"))
        {
            partitionBy = TrySymbol("(") ? ParseRestOfList() : ParsePartition();
        }

        var orderBy = TryKeywords("ORDER", "BY") ? ParseList(ParseOrderItem) : [];
        return new SqlExpression.TableArgument(table, partitionBy, orderBy, SpanFrom(start));
    }

    // Without parentheses the next argument ends the list.
    private List<SqlExpression> ParsePartition()
    {
        var items = new List<SqlExpression> { ParseExpression() };
        while (IsSymbol(",") && !IsKeyword(1, "DESCRIPTOR") && !IsSymbol(2, "=>"))
        {
            TakeSymbol(",");
            items.Add(ParseExpression());
        }

        return items;
    }

    private List<SqlExpression> ParseRestOfList()
    {
        var items = ParseList(ParseExpression);
        TakeSymbol(")");
        return items;
    }

    private OrderItem ParseOrderItem()
    {
        var expression = ParseExpression();
        var isDescending = TryKeyword("DESC");
        if (!isDescending)
        {
            TryKeyword("ASC");
        }

        bool? nullsFirst = TryKeywords("NULLS", "FIRST") ? true : TryKeywords("NULLS", "LAST") ? false : null;
        return new OrderItem(expression, isDescending, nullsFirst);
    }

    private Func<SqlExpression>? FindSpecialCall(Token word) => IsSymbol(1, "(")
        ? word.Keyword switch
        {
            "EXTRACT" => ParseExtract,
            "FLOOR" or "CEIL" or "CEILING" => ParseRounding,
            "TRIM" => ParseTrim,
            "SUBSTRING" or "OVERLAY" => () => ParseKeywordArguments("FROM", "FOR", "PLACING"),
            "POSITION" => () => ParseKeywordArguments("IN", "FROM"),
            "TIMESTAMPADD" or "TIMESTAMPDIFF" => ParseTimestampFunction,
            _ => null,
        }
        : null;

    private (Token Start, QualifiedName Function) TakeSpecialName()
    {
        var start = Take();
        TakeSymbol("(");
        return (start, new QualifiedName([new Identifier(start.Text, start.Span)], start.Span));
    }

    // EXTRACT(DAY FROM x) becomes EXTRACT('DAY', x).
    private SqlExpression.Call ParseExtract()
    {
        var (start, function) = TakeSpecialName();
        var unit = ParseTimeUnit();
        TakeKeyword("FROM");
        var operand = ParseExpression();
        TakeSymbol(")");
        return new SqlExpression.Call(function, [unit, operand], SpanFrom(start));
    }

    // FLOOR(x TO DAY) becomes FLOOR(x, 'DAY').
    private SqlExpression.Call ParseRounding()
    {
        var (start, function) = TakeSpecialName();
        var arguments = ParseList(ParseExpression);
        if (arguments.Count == 1 && TryKeyword("TO"))
        {
            arguments.Add(ParseTimeUnit());
        }

        TakeSymbol(")");
        return new SqlExpression.Call(function, arguments, SpanFrom(start));
    }

    // TRIM([BOTH | LEADING | TRAILING] [chars] FROM s) becomes TRIM('BOTH', chars, s).
    private SqlExpression.Call ParseTrim()
    {
        var (start, function) = TakeSpecialName();
        var sideToken = Current;
        var side = TryKeyword("BOTH") || TryKeyword("LEADING") || TryKeyword("TRAILING") ? Previous.Keyword : null;
        var sideArgument = new SqlExpression.TimeUnitArgument(side ?? "BOTH", sideToken.Span);
        var blank = new SqlExpression.StringLiteral(" ", sideToken.Span);
        SqlExpression characters = blank;
        if (side is null || !IsKeyword("FROM"))
        {
            characters = ParseExpression();
        }

        SqlExpression text;
        if (TryKeyword("FROM"))
        {
            text = ParseExpression();
        }
        else if (side is null)
        {
            (text, characters) = (characters, blank);
        }
        else
        {
            throw Unexpected();
        }

        TakeSymbol(")");
        return new SqlExpression.Call(function, [sideArgument, characters, text], SpanFrom(start));
    }

    // SUBSTRING(s FROM a FOR b), POSITION(a IN b), OVERLAY(s PLACING t FROM a FOR b): words stand where commas could.
    private SqlExpression.Call ParseKeywordArguments(params ReadOnlySpan<string> separators)
    {
        var (start, function) = TakeSpecialName();
        var arguments = new List<SqlExpression>();
        var isFirst = true;
        var wasSeparated = true;
        while (wasSeparated)
        {
            // POSITION(a IN b): the IN must not be taken for the predicate.
            arguments.Add(isFirst && start.Keyword == "POSITION" ? ParseExpression(RangePrecedence + 1) : ParseExpression());
            isFirst = false;
            wasSeparated = TrySymbol(",");
            foreach (var separator in separators)
            {
                wasSeparated = wasSeparated || TryKeyword(separator);
            }
        }

        TakeSymbol(")");
        return new SqlExpression.Call(function, arguments, SpanFrom(start));
    }

    // TIMESTAMPADD(DAY, n, t).
    private SqlExpression.Call ParseTimestampFunction()
    {
        var (start, function) = TakeSpecialName();
        var arguments = new List<SqlExpression> { ParseTimeUnit() };
        while (TrySymbol(","))
        {
            arguments.Add(ParseExpression());
        }

        TakeSymbol(")");
        return new SqlExpression.Call(function, arguments, SpanFrom(start));
    }

    private SqlExpression.TimeUnitArgument ParseTimeUnit()
    {
        var word = Current;
        string? unit = word.Keyword switch
        {
            "YEAR" or "YEARS" or "SQL_TSI_YEAR" => "YEAR",
            "QUARTER" or "QUARTERS" or "SQL_TSI_QUARTER" => "QUARTER",
            "MONTH" or "MONTHS" or "SQL_TSI_MONTH" => "MONTH",
            "WEEK" or "WEEKS" or "SQL_TSI_WEEK" => "WEEK",
            "DAY" or "DAYS" or "SQL_TSI_DAY" => "DAY",
            "HOUR" or "HOURS" or "SQL_TSI_HOUR" => "HOUR",
            "MINUTE" or "MINUTES" or "SQL_TSI_MINUTE" => "MINUTE",
            "SECOND" or "SECONDS" or "SQL_TSI_SECOND" => "SECOND",
            "FRAC_SECOND" or "SQL_TSI_FRAC_SECOND" or "SQL_TSI_MICROSECOND" => "MICROSECOND",
            "MILLISECOND" or "MICROSECOND" or "NANOSECOND" or "EPOCH" or "DOW" or "DOY" or "ISODOW" or "ISOYEAR" or "DECADE" or "CENTURY" or "MILLENNIUM" => word.Keyword,
            _ => null,
        };
        if (unit is null)
        {
            Expect("a unit of time");
            throw Unexpected();
        }

        _index++;
        return new SqlExpression.TimeUnitArgument(unit, word.Span);
    }
}

using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// FROM: tables, joins, functions.
internal sealed partial class SqlParser
{
    private TableReference ParseFrom()
    {
        var left = ParseJoins();
        while (TrySymbol(","))
        {
            var right = ParseJoins();
            left = new TableReference.Join(left, right, JoinType.Comma, null, left.Span.To(right.Span));
        }

        return left;
    }

    private TableReference ParseJoins()
    {
        var left = ParseTablePrimary();
        while (ParseJoinType() is var (type, isNatural) && type is { } kind)
        {
            var right = ParseTablePrimary();
            var join = new TableReference.Join(left, right, kind, null, SpanFrom(left)) { IsNatural = isNatural };
            if (!isNatural && kind != JoinType.Cross)
            {
                join = ParseJoinCondition(join);
            }

            left = join with { Span = SpanFrom(left) };
        }

        return left;
    }

    private TableReference.Join ParseJoinCondition(TableReference.Join join)
    {
        if (TryKeyword("ON"))
        {
            return join with { Condition = ParseExpression() };
        }

        return TryKeyword("USING") ? join with { Using = ParseParenthesized(ParseIdentifier) } : join;
    }

    private (JoinType? Type, bool IsNatural) ParseJoinType()
    {
        if (TryKeywords("CROSS", "JOIN"))
        {
            return (JoinType.Cross, false);
        }

        var isNatural = IsKeyword("NATURAL");
        var ahead = isNatural ? 1 : 0;
        JoinType? type = Peek(ahead).Keyword switch
        {
            "JOIN" => JoinType.Inner,
            "INNER" => JoinType.Inner,
            "LEFT" => JoinType.Left,
            "RIGHT" => JoinType.Right,
            "FULL" => JoinType.Full,
            _ => null,
        };
        if (type is null)
        {
            Expect("JOIN");
            return (null, false);
        }

        _index += ahead;
        if (!TryKeyword("JOIN"))
        {
            _index++;
            if (type != JoinType.Inner)
            {
                TryKeyword("OUTER");
            }

            TakeKeyword("JOIN");
        }

        return (type, isNatural);
    }

    private TableReference ParseTablePrimary()
    {
        CheckDepth();
        var start = Current;
        var isLateral = TryKeyword("LATERAL");
        TableReference table;
        if (TryKeyword("UNNEST"))
        {
            TakeSymbol("(");
            var collection = ParseExpression();
            TakeSymbol(")");
            table = new TableReference.Unnest(collection, TryKeywords("WITH", "ORDINALITY"), SpanFrom(start));
        }
        else if (IsKeyword("TABLE") && IsSymbol(1, "("))
        {
            _index += 2;
            var call = ParseTableFunctionCall();
            TakeSymbol(")");
            table = new TableReference.Function(call, isLateral, SpanFrom(start));
        }
        else if (IsSymbol("("))
        {
            table = ParseParenthesizedTable(start, isLateral);
        }
        else
        {
            table = ParseNamedTable();
        }

        RefuseLaterClauses();
        return ParseAlias(table);
    }

    private SqlExpression.Call ParseTableFunctionCall()
    {
        var name = ParseQualifiedName();
        return ParseCall(name);
    }

    // A query in parentheses, or a join in them.
    private TableReference ParseParenthesizedTable(Token start, bool isLateral)
    {
        var startIndex = _index;
        TakeSymbol("(");
        if (StartsQuery())
        {
            try
            {
                var query = ParseQuery();
                TakeSymbol(")");
                return new TableReference.Derived(query, isLateral, SpanFrom(start));
            }
            catch (ArcticException e) when (IsSymbolAt(startIndex + 1, "(") && e.Message != NestedTooDeeply)
            {
                // ((SELECT …) a JOIN b …): the inner parentheses are the query.
                _index = startIndex + 1;
            }
        }

        var joined = ParseFrom();
        TakeSymbol(")");
        return joined;
    }

    private bool IsSymbolAt(int index, string symbol) => _tokens[index] is { Kind: TokenKind.Symbol } token && token.Text == symbol;

    private TableReference ParseNamedTable()
    {
        // TUMBLE(…) may stand in FROM without TABLE around it.
        var name = ParseQualifiedName();
        if (IsSymbol("("))
        {
            var call = ParseCall(name);
            return new TableReference.Function(call, false, SpanFrom(name));
        }

        var hints = ParseHints();
        SqlExpression? asOf = null;
        if (TryKeywords("FOR", "SYSTEM_TIME", "AS"))
        {
            TakeKeyword("OF");
            asOf = ParseExpression(AdditionPrecedence);
        }

        if (hints.Count == 0)
        {
            hints = ParseHints();
        }

        return new TableReference.Named(name, SpanFrom(name)) { Hints = hints, AsOf = asOf };
    }

    private void RefuseLaterClauses()
    {
        if (IsKeyword("MATCH_RECOGNIZE") || IsKeyword("TABLESAMPLE"))
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"{Current.Keyword} is not supported yet.") { Position = Current.Position };
        }
    }

    private TableReference ParseAlias(TableReference table)
    {
        if (!TryKeyword("AS") && (!IsIdentifier() || IsJoinWord()))
        {
            Expect("an alias");
            return table;
        }

        var alias = ParseIdentifier();
        var columns = IsSymbol("(") ? ParseParenthesized(ParseIdentifier) : [];
        return table switch
        {
            TableReference.Join => throw Error(Previous, "A join in parentheses takes no alias."),
            _ => table with { Alias = alias, ColumnAliases = columns, Span = table.Span.To(Previous.Span) },
        };
    }

    // Not reserved, but between two tables it is no alias.
    private bool IsJoinWord() => Current.Keyword is "ASOF" && IsKeyword(1, "JOIN");
}

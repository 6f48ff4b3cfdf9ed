using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// Queries: WITH, SELECT and its clauses, set operations, ORDER BY and LIMIT.
internal sealed partial class SqlParser
{
    private Statement.Select ParseSelectStatement()
    {
        var query = ParseQuery();
        return new Statement.Select(query, query.Span);
    }

    // Whether a query starts here, perhaps behind parentheses. With skip, that many tokens are passed over first.
    private bool StartsQuery(int skip = 0)
    {
        while (IsSymbol(skip, "("))
        {
            skip++;
        }

        return Peek(skip).Keyword is "SELECT" or "WITH" or "VALUES" || (IsKeyword(skip, "TABLE") && IsIdentifier(skip + 1));
    }

    private Query ParseQuery()
    {
        CheckDepth();
        var start = Current;
        var isRecursive = false;
        IReadOnlyList<CommonTable> with = [];
        if (TryKeyword("WITH"))
        {
            isRecursive = TryKeyword("RECURSIVE");
            with = ParseList(ParseCommonTable);
        }

        var body = ParseSetOperations();
        var orderBy = TryKeywords("ORDER", "BY") ? ParseList(ParseOrderItem) : [];
        var (limit, offset) = ParseLimit();
        return new Query(body, SpanFrom(start)) { With = with, IsRecursive = isRecursive, OrderBy = orderBy, Limit = limit, Offset = offset };
    }

    private CommonTable ParseCommonTable()
    {
        var name = ParseIdentifier();
        var columns = IsSymbol("(") ? ParseParenthesized(ParseIdentifier) : [];
        TakeKeyword("AS");
        TakeSymbol("(");
        var query = ParseQuery();
        TakeSymbol(")");
        return new CommonTable(name, columns, query);
    }

    // INTERSECT binds tighter than UNION and EXCEPT.
    private QueryBody ParseSetOperations()
    {
        var left = ParseIntersections();
        while (IsKeyword("UNION") || IsKeyword("EXCEPT") || IsKeyword("MINUS"))
        {
            if (IsKeyword("MINUS"))
            {
                throw Error(Current, "'MINUS' is not an operator of this dialect.", "Write EXCEPT.");
            }

            var setOperator = Take().Keyword == "UNION" ? SetOperator.Union : SetOperator.Except;
            var isAll = ParseQuantifier();
            left = new QueryBody.SetOperation(left, ParseIntersections(), setOperator, isAll, SpanFrom(left));
        }

        Expect("UNION");
        return left;
    }

    private QueryBody ParseIntersections()
    {
        var left = ParseQueryTerm();
        while (TryKeyword("INTERSECT"))
        {
            var isAll = ParseQuantifier();
            left = new QueryBody.SetOperation(left, ParseQueryTerm(), SetOperator.Intersect, isAll, SpanFrom(left));
        }

        return left;
    }

    private bool ParseQuantifier()
    {
        var isAll = TryKeyword("ALL");
        if (!isAll)
        {
            TryKeyword("DISTINCT");
        }

        return isAll;
    }

    private QueryBody ParseQueryTerm()
    {
        var start = Current;
        if (TrySymbol("("))
        {
            var query = ParseQuery();
            TakeSymbol(")");
            return new QueryBody.Nested(query, SpanFrom(start));
        }

        if (TryKeyword("VALUES"))
        {
            var rows = ParseList(ParseValuesRow);
            return new QueryBody.Values(rows, SpanFrom(start));
        }

        if (TryKeyword("TABLE"))
        {
            var name = ParseQualifiedName();
            return new QueryBody.Table(name, SpanFrom(start));
        }

        return TryKeyword("SELECT") ? ParseSelect(start) : throw Unexpected();
    }

    // VALUES 1, (2), ROW(3, 4).
    private SqlExpression.Row ParseValuesRow()
    {
        var item = ParseExpression();
        return item as SqlExpression.Row ?? new SqlExpression.Row([item], false, item.Span);
    }

    private QueryBody.Select ParseSelect(Token start)
    {
        var hints = ParseHints();
        var isDistinct = TryKeyword("DISTINCT");
        if (!isDistinct)
        {
            TryKeyword("ALL");
        }

        var select = new QueryBody.Select(ParseList(ParseSelectItem), SpanFrom(start)) { IsDistinct = isDistinct, Hints = hints };
        if (!TryKeyword("FROM"))
        {
            return select with { Span = SpanFrom(start) };
        }

        select = select with { From = ParseFrom() };
        if (TryKeyword("WHERE"))
        {
            select = select with { Where = ParseExpression() };
        }

        if (IsKeyword("GROUP"))
        {
            select = select with { GroupBy = ParseGroupBy() };
        }

        Expect("GROUP BY");

        if (TryKeyword("HAVING"))
        {
            select = select with { Having = ParseExpression() };
        }

        if (TryKeyword("WINDOW"))
        {
            select = select with { Windows = ParseList(ParseNamedWindow) };
        }

        if (TryKeyword("QUALIFY"))
        {
            select = select with { Qualify = ParseExpression() };
        }

        return select with { Span = SpanFrom(start) };
    }

    private SelectItem ParseSelectItem()
    {
        var start = Current;
        if (TrySymbol("*"))
        {
            return new SelectItem(new SqlExpression.Star([], start.Span), null);
        }

        var expression = ParseExpression();
        var alias = TryKeyword("AS") ? ParseIdentifier() : IsIdentifier() && !IsClauseWord() ? ParseIdentifier() : null;
        return new SelectItem(expression, alias);
    }

    // Words that are names to Flink but start a clause of ours where an alias could stand.
    private bool IsClauseWord() => Current.Kind == TokenKind.Word && Current.Keyword is "LIMIT" or "TABLESAMPLE";

    private GroupBy ParseGroupBy()
    {
        var start = TakeKeyword("GROUP");
        TakeKeyword("BY");
        if (!TryKeyword("DISTINCT"))
        {
            TryKeyword("ALL");
        }

        var items = ParseList(ParseGroupItem);
        return new GroupBy(items, SpanFrom(start));
    }

    private GroupItem ParseGroupItem()
    {
        var start = Current;
        GroupingKind? kind = start.Keyword switch
        {
            "ROLLUP" => GroupingKind.Rollup,
            "CUBE" => GroupingKind.Cube,
            "GROUPING" when IsKeyword(1, "SETS") => GroupingKind.GroupingSets,
            _ => null,
        };
        if (kind is { } grouping)
        {
            _index += grouping == GroupingKind.GroupingSets ? 2 : 1;
            var sets = ParseParenthesized(ParseGroupItem);
            return new GroupItem.Sets(grouping, sets, SpanFrom(start));
        }

        if (IsSymbol("(") && IsSymbol(1, ")"))
        {
            _index += 2;
            return new GroupItem.Expressions([], SpanFrom(start));
        }

        var expression = ParseExpression();
        return new GroupItem.Expressions(expression is SqlExpression.Row { IsExplicit: false } row ? row.Items : [expression], SpanFrom(start));
    }

    private NamedWindow ParseNamedWindow()
    {
        var name = ParseIdentifier();
        TakeKeyword("AS");
        return new NamedWindow(name, ParseWindowSpecification());
    }

    private WindowReference ParseWindowReference()
    {
        if (IsSymbol("("))
        {
            return ParseWindowSpecification();
        }

        var name = ParseIdentifier();
        return new WindowReference.Named(name, name.Span);
    }

    private WindowReference.Specification ParseWindowSpecification()
    {
        var start = TakeSymbol("(");
        var baseWindow = IsIdentifier() ? ParseIdentifier() : null;
        var partitionBy = TryKeywords("PARTITION", "BY") ? ParseList(ParseExpression) : [];
        var orderBy = TryKeywords("ORDER", "BY") ? ParseList(ParseOrderItem) : [];
        var frame = IsKeyword("ROWS") || IsKeyword("RANGE") ? ParseFrame() : null;
        TakeSymbol(")");
        return new WindowReference.Specification(baseWindow, partitionBy, orderBy, frame, SpanFrom(start));
    }

    private WindowFrame ParseFrame()
    {
        var start = Take();
        FrameBound from;
        var to = new FrameBound(FrameBoundKind.CurrentRow, null);
        if (TryKeyword("BETWEEN"))
        {
            from = ParseFrameBound();
            TakeKeyword("AND");
            to = ParseFrameBound();
        }
        else
        {
            from = ParseFrameBound();
        }

        return new WindowFrame(start.Keyword == "ROWS", from, to, SpanFrom(start));
    }

    private FrameBound ParseFrameBound()
    {
        if (TryKeywords("CURRENT", "ROW"))
        {
            return new FrameBound(FrameBoundKind.CurrentRow, null);
        }

        if (TryKeyword("UNBOUNDED"))
        {
            return TryKeyword("PRECEDING") ? new FrameBound(FrameBoundKind.UnboundedPreceding, null)
                : TryKeyword("FOLLOWING") ? new FrameBound(FrameBoundKind.UnboundedFollowing, null)
                : throw Unexpected();
        }

        var offset = ParseExpression(AdditionPrecedence);
        return TryKeyword("PRECEDING") ? new FrameBound(FrameBoundKind.Preceding, offset)
            : TryKeyword("FOLLOWING") ? new FrameBound(FrameBoundKind.Following, offset)
            : throw Unexpected();
    }

    // LIMIT n | LIMIT ALL, OFFSET n [ROWS], FETCH FIRST n ROWS ONLY; LIMIT before OFFSET, OFFSET before FETCH.
    private (long? Limit, long? Offset) ParseLimit()
    {
        long? limit = null;
        long? offset = null;
        if (TryKeyword("LIMIT"))
        {
            limit = TryKeyword("ALL") ? null : ParseRowCount();
            if (IsSymbol(","))
            {
                throw Error(Current, "'LIMIT start, count' is not allowed in this dialect.", "Write LIMIT count OFFSET start.");
            }
        }

        if (TryKeyword("OFFSET"))
        {
            offset = ParseRowCount();
            if (!TryKeyword("ROWS"))
            {
                TryKeyword("ROW");
            }
        }

        if (TryKeyword("FETCH"))
        {
            if (!TryKeyword("FIRST") && !TryKeyword("NEXT"))
            {
                throw Unexpected();
            }

            limit = ParseRowCount();
            if (!TryKeyword("ROWS") && !TryKeyword("ROW"))
            {
                throw Unexpected();
            }

            TakeKeyword("ONLY");
        }

        return (limit, offset);
    }

    private long ParseRowCount()
    {
        if (Current.Kind == TokenKind.Number && long.TryParse(Current.Text, System.Globalization.NumberStyles.None, null, out var count))
        {
            _index++;
            return count;
        }

        Expect("a number of rows");
        throw Unexpected();
    }

    // The hints of all /*+ … */ blocks that stand here.
    private List<Hint> ParseHints()
    {
        var hints = new List<Hint>();
        while (Current.Kind == TokenKind.HintStart)
        {
            _index++;
            hints.AddRange(ParseList(ParseHint));
            if (Current.Kind != TokenKind.HintEnd)
            {
                Expect("'*/'");
                throw Unexpected();
            }

            _index++;
        }

        return hints;
    }

    private Hint ParseHint()
    {
        var name = ParseIdentifier();
        var options = new List<OptionPair>();
        var arguments = new List<string>();
        if (TrySymbol("(") && !TrySymbol(")"))
        {
            do
            {
                ParseHintArgument(options, arguments);
            }
            while (TrySymbol(","));
            TakeSymbol(")");
        }

        return new Hint(name.Name.ToUpperInvariant(), options, arguments, SpanFrom(name));
    }

    private void ParseHintArgument(List<OptionPair> options, List<string> arguments)
    {
        if (Current.Kind == TokenKind.Text && IsSymbol(1, "="))
        {
            options.Add(ParseOptionPair());
        }
        else if (Current.Kind is TokenKind.Text or TokenKind.Number)
        {
            arguments.Add(Take().Text);
        }
        else
        {
            arguments.Add(ParseQualifiedName().ToString());
        }
    }
}

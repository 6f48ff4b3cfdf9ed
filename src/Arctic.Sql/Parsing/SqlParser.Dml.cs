using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// INSERT, statement sets, UPDATE, DELETE, EXPLAIN.
internal sealed partial class SqlParser
{
    private Statement.Insert ParseInsert()
    {
        var start = TakeKeyword("INSERT");
        var isOverwrite = TryKeyword("OVERWRITE");
        if (!isOverwrite)
        {
            TakeKeyword("INTO");
        }

        var table = ParseQualifiedName();
        var hints = ParseHints();
        var partition = TryKeyword("PARTITION") ? ParseParenthesized(ParsePartitionValue) : [];
        var columns = IsSymbol("(") && !StartsQuery() ? ParseParenthesized(ParseIdentifier) : [];
        var query = ParseQuery();
        string? onConflict = null;
        if (TryKeyword("ON"))
        {
            TakeKeyword("CONFLICT");
            TakeKeyword("DO");
            onConflict = TryKeyword("ERROR") || TryKeyword("NOTHING") || TryKeyword("DEDUPLICATE") ? Previous.Keyword : throw Unexpected();
        }

        return new Statement.Insert(table, columns, query, isOverwrite, SpanFrom(start)) { Hints = hints, Partition = partition, OnConflict = onConflict };
    }

    private PartitionValue ParsePartitionValue()
    {
        var column = ParseIdentifier();
        return new PartitionValue(column, TrySymbol("=") ? ParseExpression() : null);
    }

    // EXECUTE query | INSERT … | STATEMENT SET … | PLAN 'file'.
    private Statement ParseExecute()
    {
        var start = TakeKeyword("EXECUTE");
        if (TryKeyword("PLAN"))
        {
            ParseString();
            return new Statement.NotExecuted("EXECUTE PLAN", SpanFrom(start));
        }

        if (TryKeywords("STATEMENT", "SET"))
        {
            return ParseStatementSet(start);
        }

        return IsKeyword("INSERT") ? ParseInsert() : StartsQuery() ? ParseSelectStatement() : throw UnexpectedQuery();
    }

    private Columnar.Errors.ArcticException UnexpectedQuery()
    {
        Expect("SELECT");
        Expect("INSERT");
        Expect("STATEMENT SET");
        return Unexpected();
    }

    private Statement.StatementSet ParseStatementSet(Token start)
    {
        TakeKeyword("BEGIN");
        var inserts = new List<Statement.Insert>();
        while (!TryKeyword("END"))
        {
            inserts.Add(ParseInsert());
            TakeSymbol(";");
        }

        return inserts.Count > 0 ? new Statement.StatementSet(inserts, SpanFrom(start)) : throw Error(Previous, "A statement set needs an INSERT.");
    }

    private Statement.BeginStatementSet ParseBegin()
    {
        var start = TakeKeyword("BEGIN");
        TakeKeyword("STATEMENT");
        TakeKeyword("SET");
        return new Statement.BeginStatementSet(SpanFrom(start));
    }

    private Statement.EndStatementSet ParseEnd()
    {
        var start = TakeKeyword("END");
        return new Statement.EndStatementSet(start.Span);
    }

    private Statement.Explain ParseExplain()
    {
        var start = TakeKeyword("EXPLAIN");
        var details = new List<string>();
        if (!TryKeywords("PLAN", "FOR") && IsExplainDetail())
        {
            details = ParseList(ParseExplainDetail);
        }

        return new Statement.Explain(ParseExplained(), details, SpanFrom(start));
    }

    private bool IsExplainDetail() => Current.Keyword is "ESTIMATED_COST" or "CHANGELOG_MODE" or "JSON_EXECUTION_PLAN" or "PLAN_ADVICE";

    private string ParseExplainDetail()
    {
        if (IsExplainDetail())
        {
            return Take().Keyword;
        }

        Expect("ESTIMATED_COST");
        Expect("CHANGELOG_MODE");
        Expect("JSON_EXECUTION_PLAN");
        Expect("PLAN_ADVICE");
        throw Unexpected();
    }

    private Statement ParseExplained()
    {
        var start = Current;
        switch (start.Keyword)
        {
            case "INSERT":
                return ParseInsert();
            case "EXECUTE":
                return ParseExecute();
            case "STATEMENT":
                _index++;
                TakeKeyword("SET");
                return ParseStatementSet(start);
            case "CREATE" or "REPLACE":
                return ParseCreate() is Statement.CreateTable { AsQuery: not null } table
                    ? table
                    : throw Error(start, "EXPLAIN takes a query, an INSERT, a statement set, or a CREATE TABLE … AS.");
            default:
                return StartsQuery() ? ParseSelectStatement() : throw UnexpectedQuery();
        }
    }

    private Statement.Update ParseUpdate()
    {
        var start = TakeKeyword("UPDATE");
        var table = ParseQualifiedName();
        TakeKeyword("SET");
        var assignments = ParseList(ParseAssignment);
        var where = TryKeyword("WHERE") ? ParseExpression() : null;
        return new Statement.Update(table, assignments, where, SpanFrom(start));
    }

    private (Identifier Column, SqlExpression Value) ParseAssignment()
    {
        var column = ParseIdentifier();
        TakeSymbol("=");
        return (column, ParseExpression());
    }

    private Statement.Delete ParseDelete()
    {
        var start = TakeKeyword("DELETE");
        TakeKeyword("FROM");
        var table = ParseQualifiedName();
        var where = TryKeyword("WHERE") ? ParseExpression() : null;
        return new Statement.Delete(table, where, SpanFrom(start));
    }

    private Statement.Truncate ParseTruncate()
    {
        var start = TakeKeyword("TRUNCATE");
        TakeKeyword("TABLE");
        var table = ParseQualifiedName();
        return new Statement.Truncate(table, SpanFrom(start));
    }
}

using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// The clauses of the SQL/JSON functions.
internal sealed partial class SqlParser
{
    private static readonly HashSet<string> JsonClauseWords = new(StringComparer.Ordinal)
    {
        "RETURNING", "NULL", "ABSENT", "ERROR", "EMPTY", "DEFAULT", "TRUE", "FALSE", "UNKNOWN", "WITH", "WITHOUT", "FORMAT",
    };

    private List<SqlExpression> ParseJsonArguments(string function, List<CallClause> clauses)
    {
        var arguments = new List<SqlExpression>();
        if (!StartsJsonClause())
        {
            ParseJsonArgument(function, arguments);
            while (TrySymbol(","))
            {
                ParseJsonArgument(function, arguments);
            }
        }

        while (StartsJsonClause())
        {
            clauses.Add(ParseJsonClause());
        }

        return arguments;
    }

    // KEY k VALUE v, k VALUE v, or a plain argument.
    private void ParseJsonArgument(string function, List<SqlExpression> arguments)
    {
        if (!function.StartsWith("JSON_OBJECT", StringComparison.Ordinal))
        {
            arguments.Add(ParseArgument());
            return;
        }

        TryKeyword("KEY");
        arguments.Add(ParseExpression());
        if (!TryKeyword("VALUE") && !TrySymbol(":") && !TrySymbol(","))
        {
            throw Unexpected();
        }

        arguments.Add(ParseExpression());
    }

    // NULL and TRUE are values too: as a clause they are followed by ON.
    private bool StartsJsonClause() => JsonClauseWords.Contains(Current.Keyword) && (Current.Keyword switch
    {
        "NULL" or "TRUE" or "FALSE" or "UNKNOWN" or "ERROR" or "ABSENT" => IsKeyword(1, "ON"),
        "EMPTY" => Peek(1).Keyword is "ON" or "ARRAY" or "OBJECT",
        _ => true,
    });

    private CallClause ParseJsonClause()
    {
        if (TryKeyword("RETURNING"))
        {
            return new CallClause("RETURNING", null, ParseTypeName());
        }

        if (TryKeyword("FORMAT"))
        {
            TakeKeyword("JSON");
            return new CallClause("FORMAT JSON", null, null);
        }

        if (IsKeyword("WITH") || IsKeyword("WITHOUT"))
        {
            var wrapper = Take().Keyword;
            wrapper += TryKeyword("CONDITIONAL") || TryKeyword("UNCONDITIONAL") ? " " + Previous.Keyword : "";
            TryKeyword("ARRAY");
            TakeKeyword("WRAPPER");
            return new CallClause(wrapper + " WRAPPER", null, null);
        }

        var words = Take().Keyword;
        SqlExpression? value = null;
        if (words == "DEFAULT")
        {
            value = ParseExpression();
        }
        else if (words == "EMPTY" && (TryKeyword("ARRAY") || TryKeyword("OBJECT")))
        {
            words += " " + Previous.Keyword;
        }

        TakeKeyword("ON");
        var when = TryKeyword("EMPTY") || TryKeyword("ERROR") || TryKeyword("NULL") ? Previous.Keyword : throw Unexpected();
        return new CallClause($"{words} ON {when}", value, null);
    }
}

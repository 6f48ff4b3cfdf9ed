using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// SET, USE, SHOW, DESCRIBE, CALL and the other statements that work on the session.
internal sealed partial class SqlParser
{
    private Statement.Set ParseSet()
    {
        var start = TakeKeyword("SET");
        if (IsUnquotedOption())
        {
            return ParseUnquotedSet(start);
        }

        if (IsStatementEnd())
        {
            return new Statement.Set(null, null, start.Span);
        }

        var pair = ParseOptionPair();
        return new Statement.Set(pair.Key, pair.Value, SpanFrom(start));
    }

    private Statement.Reset ParseReset()
    {
        var start = TakeKeyword("RESET");
        if (IsUnquotedOption())
        {
            var (key, span) = _lexer.ReadLine();
            return new Statement.Reset(StripComment(key), start.Span.To(span));
        }

        return IsStatementEnd()
            ? new Statement.Reset(null, start.Span)
            : new Statement.Reset(ParseString(), SpanFrom(start));
    }

    // SET k = v without quotes is outside the grammar: v may hold anything, so no token may have been read of it.
    private bool IsUnquotedOption() =>
        _tokens.Count == _index && _lexer.PeekCharacter() is var next && (char.IsLetter(next) || next == '_') && !(next is 'U' or 'u' && IsUnicodeString());

    private bool IsUnicodeString() => _lexer.Script.AsSpan(_lexer.Offset).TrimStart() is var rest && rest.Length > 2 && rest[1] == '&' && rest[2] == '\'';

    private bool IsStatementEnd() => Current.Kind == TokenKind.End || IsSymbol(";");

    private Statement.Set ParseUnquotedSet(Token start)
    {
        var (text, span) = _lexer.ReadLine();
        var pair = StripComment(text);
        var equals = pair.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            throw Error(start, $"SET '{pair}' has no '='.", "Write SET 'key' = 'value', SET alone to list all options, or RESET 'key'.");
        }

        return new Statement.Set(pair[..equals].Trim(), Unquote(pair[(equals + 1)..].Trim()), start.Span.To(span));
    }

    private static string StripComment(string text)
    {
        var comment = text.IndexOf(" --", StringComparison.Ordinal);
        return (comment < 0 ? text : text[..comment]).Trim();
    }

    private static string Unquote(string text) =>
        text.Length >= 2 && text[0] == '\'' && text[^1] == '\'' ? text[1..^1].Replace("''", "'", StringComparison.Ordinal) : text;

    private Statement ParseUse()
    {
        var start = TakeKeyword("USE");
        if (IsKeyword("CATALOG") && IsIdentifier(1))
        {
            _index++;
            var catalog = ParseIdentifier();
            return new Statement.UseCatalog(catalog, SpanFrom(start));
        }

        if (TryKeyword("MODULES"))
        {
            ParseList(ParseIdentifier);
            return new Statement.NotExecuted("USE MODULES", SpanFrom(start));
        }

        var database = ParseQualifiedName();
        return new Statement.UseDatabase(database, SpanFrom(start));
    }

    private Statement.Show ParseShow()
    {
        var start = TakeKeyword("SHOW");
        if (TryKeyword("CURRENT"))
        {
            var current = TryKeyword("CATALOG") ? ShowKind.CurrentCatalog : TryKeyword("DATABASE") ? ShowKind.CurrentDatabase : throw Unexpected();
            return new Statement.Show(current, SpanFrom(start));
        }

        if (TryKeyword("CREATE"))
        {
            return ParseShowCreate(start);
        }

        var kind = ParseShowKind();
        QualifiedName? scope = null;
        switch (kind)
        {
            case ShowKind.Columns:
                if (!TryKeyword("FROM") && !TryKeyword("IN"))
                {
                    throw Unexpected();
                }

                scope = ParseQualifiedName();
                break;
            case ShowKind.Partitions:
                scope = ParseQualifiedName();
                var partition = TryKeyword("PARTITION") ? ParseParenthesized(ParsePartitionValue) : [];
                return new Statement.Show(kind, SpanFrom(start)) { Object = scope, Partition = partition };
            case ShowKind.Catalogs or ShowKind.Modules or ShowKind.FullModules or ShowKind.Jars or ShowKind.Jobs:
                break;
            default:
                scope = TryKeyword("FROM") || TryKeyword("IN") ? ParseQualifiedName() : null;
                break;
        }

        return new Statement.Show(kind, SpanFrom(start)) { Object = scope, Pattern = ParseShowPattern() };
    }

    private ShowKind ParseShowKind() =>
        TryKeyword("CATALOGS") ? ShowKind.Catalogs
        : TryKeyword("DATABASES") ? ShowKind.Databases
        : TryKeyword("TABLES") ? ShowKind.Tables
        : TryKeyword("VIEWS") ? ShowKind.Views
        : TryKeywords("MATERIALIZED", "TABLES") ? ShowKind.MaterializedTables
        : TryKeyword("FUNCTIONS") ? ShowKind.Functions
        : TryKeywords("USER", "FUNCTIONS") ? ShowKind.UserFunctions
        : TryKeyword("PROCEDURES") ? ShowKind.Procedures
        : TryKeyword("MODELS") ? ShowKind.Models
        : TryKeyword("MODULES") ? ShowKind.Modules
        : TryKeywords("FULL", "MODULES") ? ShowKind.FullModules
        : TryKeyword("JARS") ? ShowKind.Jars
        : TryKeyword("JOBS") ? ShowKind.Jobs
        : TryKeyword("COLUMNS") ? ShowKind.Columns
        : TryKeyword("PARTITIONS") ? ShowKind.Partitions
        : throw Unexpected();

    private Statement.Show ParseShowCreate(Token start)
    {
        TryKeywords("OR", "ALTER");
        var kind = TryKeyword("TABLE") ? ShowKind.CreateTable
            : TryKeyword("VIEW") ? ShowKind.CreateView
            : TryKeyword("CATALOG") ? ShowKind.CreateCatalog
            : TryKeyword("MODEL") ? ShowKind.CreateModel
            : TryKeywords("MATERIALIZED", "TABLE") ? ShowKind.CreateMaterializedTable
            : throw Unexpected();
        var name = ParseQualifiedName();
        return new Statement.Show(kind, SpanFrom(start)) { Object = name };
    }

    private ShowPattern? ParseShowPattern()
    {
        var isNegated = TryKeyword("NOT");
        if (TryKeyword("LIKE") || TryKeyword("ILIKE"))
        {
            var ignoresCase = Previous.Keyword == "ILIKE";
            return new ShowPattern(ParseString(), ignoresCase, isNegated);
        }

        return isNegated ? throw Unexpected() : null;
    }

    private Statement ParseDescribe()
    {
        var start = Take();
        if (TryKeyword("JOB"))
        {
            var id = ParseString();
            return new Statement.DescribeObject("JOB", null, id, false, SpanFrom(start));
        }

        if (Current.Keyword is "CATALOG" or "DATABASE" or "FUNCTION" or "MODEL" && IsIdentifier(1))
        {
            var kind = Take().Keyword;
            var isObjectExtended = IsKeyword("EXTENDED") && IsIdentifier(1) && TryKeyword("EXTENDED");
            var name = ParseQualifiedName();
            return new Statement.DescribeObject(kind, name, null, isObjectExtended, SpanFrom(start));
        }

        var isExtended = IsKeyword("EXTENDED") && IsIdentifier(1) && TryKeyword("EXTENDED");
        var table = ParseQualifiedName();
        return new Statement.Describe(table, isExtended, SpanFrom(start));
    }

    private Statement.Call ParseCallStatement()
    {
        var start = TakeKeyword("CALL");
        var procedure = ParseQualifiedName();
        TakeSymbol("(");
        var arguments = IsSymbol(")") ? [] : ParseList(ParseArgument);
        TakeSymbol(")");
        return new Statement.Call(procedure, arguments, SpanFrom(start));
    }

    private Statement.StopJob ParseStopJob()
    {
        var start = TakeKeyword("STOP");
        TakeKeyword("JOB");
        var id = ParseString();
        var withSavepoint = TryKeywords("WITH", "SAVEPOINT");
        var withDrain = TryKeywords("WITH", "DRAIN");
        return withDrain && !withSavepoint
            ? throw Error(Previous, "WITH DRAIN needs WITH SAVEPOINT before it.")
            : new Statement.StopJob(id, withSavepoint, withDrain, SpanFrom(start));
    }

    private Statement.Analyze ParseAnalyze()
    {
        var start = TakeKeyword("ANALYZE");
        TakeKeyword("TABLE");
        var table = ParseQualifiedName();
        if (TryKeyword("PARTITION"))
        {
            ParseParenthesized(ParsePartitionValue);
        }

        TakeKeyword("COMPUTE");
        TakeKeyword("STATISTICS");
        if (TryKeyword("FOR") && !TryKeywords("ALL", "COLUMNS"))
        {
            TakeKeyword("COLUMNS");
            ParseList(ParseIdentifier);
        }

        return new Statement.Analyze(table, SpanFrom(start));
    }

    // LOAD MODULE m [WITH (…)], UNLOAD MODULE m, ADD JAR 'p', REMOVE JAR 'p'.
    private Statement.NotExecuted ParseModuleOrJar()
    {
        var start = Take();
        if (start.Keyword is "ADD" or "REMOVE")
        {
            TakeKeyword("JAR");
            ParseString();
            return new Statement.NotExecuted(start.Keyword + " JAR", SpanFrom(start));
        }

        TakeKeyword("MODULE");
        ParseIdentifier();
        if (start.Keyword == "LOAD" && TryKeyword("WITH"))
        {
            ParseOptionPairs();
        }

        return new Statement.NotExecuted(start.Keyword + " MODULE", SpanFrom(start));
    }

    // COMPILE PLAN 'file' [IF NOT EXISTS] FOR …, COMPILE AND EXECUTE PLAN 'file' FOR ….
    private Statement.NotExecuted ParseCompilePlan()
    {
        var start = TakeKeyword("COMPILE");
        TryKeywords("AND", "EXECUTE");
        TakeKeyword("PLAN");
        ParseString();
        TryKeywords("IF", "NOT", "EXISTS");
        TakeKeyword("FOR");
        ParseExplained();
        return new Statement.NotExecuted("COMPILE PLAN", SpanFrom(start));
    }

    private Statement.ClientCommand ParseClientCommand()
    {
        var word = Take();
        return new Statement.ClientCommand(word.Keyword, word.Span);
    }
}

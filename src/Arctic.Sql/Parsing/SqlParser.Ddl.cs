using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// CREATE, DROP and ALTER of everything but tables' inner parts (spec/flink-sql.md, 2).
internal sealed partial class SqlParser
{
    private Statement ParseCreate()
    {
        var start = Take();
        var replace = start.Keyword == "REPLACE" ? ReplaceMode.Replace : TryKeywords("OR", "REPLACE") ? ReplaceMode.CreateOrReplace : ReplaceMode.None;
        var orAlter = replace == ReplaceMode.None && TryKeywords("OR", "ALTER");
        if (orAlter || (replace == ReplaceMode.None && IsKeyword("MATERIALIZED")))
        {
            return ParseCreateMaterializedTable(start);
        }

        var isTemporary = replace != ReplaceMode.Replace && TryKeyword("TEMPORARY");
        if (TryKeyword("TABLE"))
        {
            return ParseCreateTable(start, isTemporary, replace);
        }

        if (replace != ReplaceMode.Replace && TryKeyword("VIEW"))
        {
            return ParseCreateView(start, isTemporary, replace == ReplaceMode.CreateOrReplace);
        }

        if (replace != ReplaceMode.None)
        {
            throw Unexpected();
        }

        if (isTemporary ? TryKeywords("SYSTEM", "FUNCTION") || TryKeyword("FUNCTION") : TryKeyword("FUNCTION"))
        {
            return ParseCreateFunction(start);
        }

        if (TryKeyword("MODEL"))
        {
            return ParseCreateModel(start);
        }

        return isTemporary ? throw Unexpected()
            : TryKeyword("CATALOG") ? ParseCreateCatalog(start)
            : TryKeyword("DATABASE") ? ParseCreateDatabase(start)
            : throw Unexpected();
    }

    private bool TryIfNotExists() => TryKeywords("IF", "NOT", "EXISTS");

    private bool TryIfExists() => TryKeywords("IF", "EXISTS");

    private string? TryComment() => TryKeyword("COMMENT") ? ParseString() : null;

    private List<OptionPair> TryWithOptions() => TryKeyword("WITH") ? ParseOptionPairs() : [];

    private Statement.CreateCatalog ParseCreateCatalog(Token start)
    {
        var ifNotExists = TryIfNotExists();
        var name = ParseIdentifier();
        var comment = TryComment();
        return new Statement.CreateCatalog(name, ifNotExists, comment, TryWithOptions(), SpanFrom(start));
    }

    private Statement.CreateDatabase ParseCreateDatabase(Token start)
    {
        var ifNotExists = TryIfNotExists();
        var name = ParseQualifiedName();
        var comment = TryComment();
        return new Statement.CreateDatabase(name, ifNotExists, comment, TryWithOptions(), SpanFrom(start));
    }

    private Statement.CreateView ParseCreateView(Token start, bool isTemporary, bool isReplace)
    {
        var ifNotExists = TryIfNotExists();
        var name = ParseQualifiedName();
        var columns = IsSymbol("(") ? ParseParenthesized(ParseIdentifier) : [];
        var comment = TryComment();
        TakeKeyword("AS");
        var query = ParseQuery();
        return new Statement.CreateView(name, columns, query, SpanFrom(start))
        {
            IsTemporary = isTemporary,
            IfNotExists = ifNotExists,
            IsReplace = isReplace,
            Comment = comment,
            QueryText = TextOf(query),
        };
    }

    private Statement.NotExecuted ParseCreateFunction(Token start)
    {
        TryIfNotExists();
        ParseQualifiedName();
        ParseFunctionBody();
        return new Statement.NotExecuted("CREATE FUNCTION", SpanFrom(start));
    }

    private void ParseFunctionBody()
    {
        TakeKeyword("AS");
        ParseString();
        if (TryKeyword("LANGUAGE") && !TryKeyword("JAVA") && !TryKeyword("SCALA") && !TryKeyword("SQL") && !TryKeyword("PYTHON"))
        {
            throw Unexpected();
        }

        if (TryKeyword("USING"))
        {
            ParseList(() =>
            {
                TakeKeyword("JAR");
                return ParseString();
            });
        }

        TryWithOptions();
    }

    private Statement.NotExecuted ParseCreateModel(Token start)
    {
        TryIfNotExists();
        ParseQualifiedName();
        if (TryKeyword("INPUT"))
        {
            ParseTableElements();
        }

        if (TryKeyword("OUTPUT"))
        {
            ParseTableElements();
        }

        TryComment();
        TryWithOptions();
        if (TryKeyword("AS"))
        {
            ParseQuery();
        }

        return new Statement.NotExecuted("CREATE MODEL", SpanFrom(start));
    }

    private Statement.NotExecuted ParseCreateMaterializedTable(Token start)
    {
        TakeKeyword("MATERIALIZED");
        TakeKeyword("TABLE");
        TryIfNotExists();
        ParseQualifiedName();
        if (IsSymbol("("))
        {
            ParseTableElements();
        }

        TryComment();
        TryDistribution();
        TryPartitioning();
        TryWithOptions();
        if (TryKeyword("FRESHNESS"))
        {
            TakeSymbol("=");
            ParseInterval();
        }

        if (TryKeyword("REFRESH_MODE"))
        {
            TakeSymbol("=");
            if (!TryKeyword("FULL") && !TryKeyword("CONTINUOUS"))
            {
                throw Unexpected();
            }
        }

        TakeKeyword("AS");
        ParseQuery();
        return new Statement.NotExecuted("CREATE MATERIALIZED TABLE", SpanFrom(start));
    }

    private Statement ParseDrop()
    {
        var start = TakeKeyword("DROP");
        if (TryKeyword("CATALOG"))
        {
            var ifExists = TryIfExists();
            var catalog = ParseIdentifier();
            return new Statement.DropCatalog(catalog, ifExists, SpanFrom(start));
        }

        if (TryKeyword("DATABASE"))
        {
            var ifExists = TryIfExists();
            var database = ParseQualifiedName();
            var behavior = TryKeyword("CASCADE") ? DropBehavior.Cascade : DropBehavior.Restrict;
            if (behavior == DropBehavior.Restrict)
            {
                TryKeyword("RESTRICT");
            }

            return new Statement.DropDatabase(database, ifExists, behavior, SpanFrom(start));
        }

        if (TryKeywords("MATERIALIZED", "TABLE"))
        {
            return ParseDropOther(start, "DROP MATERIALIZED TABLE");
        }

        var isTemporary = TryKeyword("TEMPORARY");
        if (TryKeyword("TABLE") || TryKeyword("VIEW"))
        {
            var kind = Previous.Keyword == "TABLE" ? DroppedKind.Table : DroppedKind.View;
            var ifExists = TryIfExists();
            var name = ParseQualifiedName();
            return new Statement.DropTable(name, kind, isTemporary, ifExists, SpanFrom(start));
        }

        return (isTemporary && TryKeywords("SYSTEM", "FUNCTION")) || TryKeyword("FUNCTION") ? ParseDropOther(start, "DROP FUNCTION")
            : TryKeyword("MODEL") ? ParseDropOther(start, "DROP MODEL")
            : throw Unexpected();
    }

    private Statement.NotExecuted ParseDropOther(Token start, string what)
    {
        TryIfExists();
        ParseQualifiedName();
        return new Statement.NotExecuted(what, SpanFrom(start));
    }

    private Statement ParseAlter()
    {
        var start = TakeKeyword("ALTER");
        if (TryKeyword("TABLE"))
        {
            return ParseAlterTable(start);
        }

        if (TryKeyword("VIEW"))
        {
            return ParseAlterView(start);
        }

        if (TryKeyword("CATALOG"))
        {
            var catalog = ParseIdentifier();
            var change = ParseOptionChange();
            return new Statement.AlterCatalog(catalog, change, SpanFrom(start));
        }

        if (TryKeyword("DATABASE"))
        {
            var database = ParseQualifiedName();
            TakeKeyword("SET");
            var options = ParseOptionPairs();
            return new Statement.AlterDatabase(database, new OptionChange(options, [], null), SpanFrom(start));
        }

        if (TryKeywords("MATERIALIZED", "TABLE"))
        {
            return ParseAlterMaterializedTable(start);
        }

        if (TryKeyword("MODEL"))
        {
            return ParseAlterModel(start);
        }

        if (TryKeyword("TEMPORARY"))
        {
            TryKeyword("SYSTEM");
        }

        TakeKeyword("FUNCTION");
        TryIfExists();
        ParseQualifiedName();
        ParseFunctionBody();
        return new Statement.NotExecuted("ALTER FUNCTION", SpanFrom(start));
    }

    private OptionChange ParseOptionChange()
    {
        if (TryKeyword("SET"))
        {
            return new OptionChange(ParseOptionPairs(), [], null);
        }

        return TryKeyword("RESET") ? new OptionChange([], ParseOptionKeys(), null)
            : TryKeyword("COMMENT") ? new OptionChange([], [], ParseString())
            : throw Unexpected();
    }

    private List<string> ParseOptionKeys()
    {
        TakeSymbol("(");
        var keys = IsSymbol(")") ? [] : ParseList(ParseString);
        TakeSymbol(")");
        return keys;
    }

    private Statement.AlterView ParseAlterView(Token start)
    {
        var name = ParseQualifiedName();
        if (TryKeyword("RENAME"))
        {
            TakeKeyword("TO");
            var newName = ParseQualifiedName();
            return new Statement.AlterView(name, newName, null, SpanFrom(start));
        }

        TakeKeyword("AS");
        var query = ParseQuery();
        return new Statement.AlterView(name, null, query, SpanFrom(start)) { QueryText = TextOf(query) };
    }

    private Statement.NotExecuted ParseAlterModel(Token start)
    {
        TryIfExists();
        ParseQualifiedName();
        if (TryKeyword("RENAME"))
        {
            TakeKeyword("TO");
            ParseQualifiedName();
        }
        else
        {
            ParseOptionChange();
        }

        return new Statement.NotExecuted("ALTER MODEL", SpanFrom(start));
    }

    private Statement.NotExecuted ParseAlterMaterializedTable(Token start)
    {
        ParseQualifiedName();
        if (TryKeyword("AS"))
        {
            ParseQuery();
        }
        else if (TryKeyword("RESUME"))
        {
            TryWithOptions();
        }
        else if (TryKeyword("REFRESH"))
        {
            if (TryKeyword("PARTITION"))
            {
                ParseParenthesized(ParsePartitionValue);
            }
        }
        else if (!TryKeyword("SUSPEND"))
        {
            ParseOptionChange();
        }

        return new Statement.NotExecuted("ALTER MATERIALIZED TABLE", SpanFrom(start));
    }
}

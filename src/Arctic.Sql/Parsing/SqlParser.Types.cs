using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// Types (spec/flink-sql.md, 2.1).
internal sealed partial class SqlParser
{
    private SqlTypeName ParseTypeName()
    {
        var start = Current;
        var type = ParseBaseType();
        while (true)
        {
            if (TryKeyword("ARRAY"))
            {
                type = new SqlTypeName.Array(type, true, SpanFrom(start));
            }
            else if (TryKeyword("MULTISET"))
            {
                type = new SqlTypeName.Multiset(type, true, SpanFrom(start));
            }
            else if (TryKeywords("NOT", "NULL"))
            {
                type = type with { IsNullable = false, Span = SpanFrom(start) };
            }
            else if (IsKeyword(1, "ON") || !TryKeyword("NULL"))
            {
                // RETURNING INTEGER NULL ON ERROR: that NULL belongs to the clause behind the type.
                return type;
            }
        }
    }

    private SqlTypeName ParseBaseType()
    {
        CheckDepth();
        var start = Current;
        if (start.Kind == TokenKind.Word)
        {
            switch (start.Keyword)
            {
                case "ARRAY" or "MULTISET" when IsSymbol(1, "<"):
                    return ParseElementType();
                case "MAP" when IsSymbol(1, "<"):
                    return ParseMapType();
                case "ROW" when IsSymbol(1, "<") || IsSymbol(1, "(") || IsSymbol(1, "<>"):
                    return ParseRowType();
                case "INTERVAL":
                    _index++;
                    return new SqlTypeName.Interval(ParseIntervalQualifier(), true, SpanFrom(start));
                case "RAW" or "STRUCTURED" when IsSymbol(1, "(") || IsSymbol(1, "<"):
                    return ParseClassType();
            }

            if (FindSimpleType(start.Keyword) is { } name)
            {
                _index++;
                return ParseSimpleType(start, name);
            }
        }

        if (!IsIdentifier())
        {
            Expect("a type");
            throw Unexpected();
        }

        var unknown = ParseQualifiedName();
        return new SqlTypeName.Unknown(unknown, true, unknown.Span);
    }

    private static string? FindSimpleType(string keyword) => keyword switch
    {
        "CHAR" or "CHARACTER" => "CHAR",
        "INT" or "INTEGER" => "INT",
        "DECIMAL" or "DEC" or "NUMERIC" => "DECIMAL",
        "VARCHAR" or "STRING" or "BOOLEAN" or "BINARY" or "VARBINARY" or "BYTES" or "TINYINT" or "SMALLINT" or "BIGINT" or "FLOAT" or "DOUBLE" or "DATE" or "TIME" or "TIMESTAMP"
            or "TIMESTAMP_LTZ" or "VARIANT" or "BITMAP" or "NULL" => keyword,
        _ => null,
    };

    private SqlTypeName.Simple ParseSimpleType(Token start, string name)
    {
        if (name == "DOUBLE")
        {
            TryKeyword("PRECISION");
        }
        else if (name is "CHAR" or "BINARY" && TryKeyword("VARYING"))
        {
            name = "VAR" + name;
        }

        var argumentsMax = name switch
        {
            "DECIMAL" => 2,
            "CHAR" or "VARCHAR" or "BINARY" or "VARBINARY" or "TIME" or "TIMESTAMP" or "TIMESTAMP_LTZ" => 1,
            _ => 0,
        };
        var arguments = argumentsMax > 0 && IsSymbol("(") ? ParseParenthesized(ParseInteger) : [];
        if (arguments.Count > argumentsMax)
        {
            throw Error(start, $"{name} takes {argumentsMax} {(argumentsMax == 1 ? "number" : "numbers")}, not {arguments.Count}.");
        }

        return new SqlTypeName.Simple(ParseZone(name), arguments, true, SpanFrom(start));
    }

    // WITHOUT TIME ZONE changes nothing; WITH LOCAL TIME ZONE makes another type; WITH TIME ZONE does not exist.
    private string ParseZone(string name)
    {
        if (name is not ("TIME" or "TIMESTAMP"))
        {
            return name;
        }

        if (TryKeyword("WITHOUT"))
        {
            TakeKeyword("TIME");
            TakeKeyword("ZONE");
        }
        else if (name == "TIMESTAMP" && TryKeyword("WITH"))
        {
            TakeKeyword("LOCAL");
            TakeKeyword("TIME");
            TakeKeyword("ZONE");
            return "TIMESTAMP_LTZ";
        }

        return name;
    }

    private SqlTypeName ParseElementType()
    {
        var start = Take();
        TakeSymbol("<");
        var element = ParseTypeName();
        TakeSymbol(">");
        return start.Keyword == "ARRAY" ? new SqlTypeName.Array(element, true, SpanFrom(start)) : new SqlTypeName.Multiset(element, true, SpanFrom(start));
    }

    private SqlTypeName.Map ParseMapType()
    {
        var start = Take();
        TakeSymbol("<");
        var key = ParseTypeName();
        TakeSymbol(",");
        var value = ParseTypeName();
        TakeSymbol(">");
        return new SqlTypeName.Map(key, value, true, SpanFrom(start));
    }

    private SqlTypeName.Row ParseRowType()
    {
        var start = Take();
        if (TrySymbol("<>"))
        {
            return new SqlTypeName.Row([], true, SpanFrom(start));
        }

        var close = Take().Text == "<" ? ">" : ")";
        var fields = IsSymbol(close) ? [] : ParseList(ParseRowField);
        TakeSymbol(close);
        return new SqlTypeName.Row(fields, true, SpanFrom(start));
    }

    private RowTypeField ParseRowField()
    {
        var name = ParseIdentifier();
        var type = ParseTypeName();
        return new RowTypeField(name, type, Current.Kind == TokenKind.Text ? Take().Text : null);
    }

    // RAW('class', 'serializer') and STRUCTURED<'class', name TYPE, …> name classes of the JVM: parsed, refused by the binder.
    private SqlTypeName.Unknown ParseClassType()
    {
        var start = Take();
        var close = Take().Text == "<" ? ">" : ")";
        ParseString();
        while (TrySymbol(","))
        {
            if (Current.Kind == TokenKind.Text)
            {
                _index++;
            }
            else
            {
                ParseRowField();
            }
        }

        TakeSymbol(close);
        return new SqlTypeName.Unknown(new QualifiedName([new Identifier(start.Text, start.Span)], start.Span), true, SpanFrom(start));
    }
}

using Arctic.Sql.Syntax;

namespace Arctic.Sql.Parsing;

// CREATE TABLE and ALTER TABLE.
internal sealed partial class SqlParser
{
    private static readonly string[] LikeFeatures = ["ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS"];

    private Statement.CreateTable ParseCreateTable(Token start, bool isTemporary, ReplaceMode replace)
    {
        var ifNotExists = TryIfNotExists();
        var name = ParseQualifiedName();
        var table = new Statement.CreateTable(name, IsSymbol("(") ? ParseTableElements() : TableElements.Empty, SpanFrom(start))
        {
            IsTemporary = isTemporary,
            IfNotExists = ifNotExists,
            Replace = replace,
            Comment = TryComment(),
            Distribution = TryDistribution(),
            Partitioning = TryPartitioning(),
            Options = TryWithOptions(),
        };
        if (TryKeyword("LIKE"))
        {
            table = table with { Like = ParseLikeClause() };
        }
        else if (TryKeyword("AS"))
        {
            table = table with { AsQuery = ParseQuery() };
        }

        if (replace != ReplaceMode.None && table.AsQuery is null)
        {
            throw Error(Current, "REPLACE TABLE needs AS and a query.");
        }

        return table with { Span = SpanFrom(start) };
    }

    private TableElements ParseTableElements()
    {
        var parts = new ElementLists();
        TakeSymbol("(");
        do
        {
            ParseTableElement(parts, isAlter: false);
        }
        while (TrySymbol(","));
        TakeSymbol(")");
        return parts.ToElements();
    }

    private void ParseTableElement(ElementLists parts, bool isAlter)
    {
        switch (Current.Keyword)
        {
            case "WATERMARK":
                var watermark = ParseWatermark();
                if (parts.Watermarks.Count > 0)
                {
                    throw Error(_tokens[_index - 1], "A table takes one WATERMARK only.");
                }

                parts.Watermarks.Add(watermark);
                break;
            case "CONSTRAINT" or "PRIMARY" or "UNIQUE":
                parts.Constraints.Add(ParseConstraint(null));
                break;
            default:
                ParseColumn(parts, isAlter);
                break;
        }
    }

    private WatermarkElement ParseWatermark()
    {
        var start = TakeKeyword("WATERMARK");
        TakeKeyword("FOR");
        var column = ParseQualifiedName();
        TakeKeyword("AS");
        var expression = ParseExpression();
        return new WatermarkElement(column, expression, TextOf(expression), SpanFrom(start));
    }

    // A table constraint, or that of a column when one is given.
    private ConstraintElement ParseConstraint(Identifier? column)
    {
        var start = Current;
        var name = TryKeyword("CONSTRAINT") ? ParseIdentifier() : null;
        var isPrimaryKey = TryKeyword("PRIMARY");
        if (isPrimaryKey)
        {
            TakeKeyword("KEY");
        }
        else
        {
            TakeKeyword("UNIQUE");
        }

        var columns = column is null ? ParseParenthesized(ParseIdentifier) : [column];
        var isEnforced = !TryKeywords("NOT", "ENFORCED");
        if (isEnforced)
        {
            TryKeyword("ENFORCED");
        }

        return new ConstraintElement(name, isPrimaryKey, columns, isEnforced, SpanFrom(start));
    }

    private void ParseColumn(ElementLists parts, bool isAlter)
    {
        var path = isAlter ? ParseQualifiedName().Parts : [ParseIdentifier()];
        var name = path[^1];
        if (!isAlter && (IsSymbol(",") || IsSymbol(")")))
        {
            parts.Names.Add(name);
            return;
        }

        ColumnElement column;
        if (TryKeyword("AS"))
        {
            var expression = ParseExpression();
            column = new ColumnElement.Computed(name, expression, TextOf(expression), SpanFrom(name));
        }
        else
        {
            column = ParseTypedColumn(name, parts);
        }

        column = column with { Comment = TryComment() };
        if (isAlter)
        {
            column = column with { Place = TryKeyword("FIRST") ? new ColumnPlace(null) : TryKeyword("AFTER") ? new ColumnPlace(ParseIdentifier()) : null };
        }

        parts.Columns.Add(column with { Parents = path.Take(path.Count - 1).ToList(), Span = SpanFrom(name) });
    }

    private ColumnElement ParseTypedColumn(Identifier name, ElementLists parts)
    {
        var type = ParseTypeName();
        if (TryKeyword("METADATA"))
        {
            var key = TryKeyword("FROM") ? ParseString() : null;
            return new ColumnElement.Metadata(name, type, key, TryKeyword("VIRTUAL"), SpanFrom(name));
        }

        while (Current.Keyword is "CONSTRAINT" or "PRIMARY" or "UNIQUE")
        {
            parts.Constraints.Add(ParseConstraint(name));
        }

        Expect("NOT NULL");
        Expect("PRIMARY KEY");
        return new ColumnElement.Physical(name, type, SpanFrom(name));
    }

    private DistributionClause? TryDistribution()
    {
        if (!TryKeyword("DISTRIBUTED"))
        {
            return null;
        }

        return ParseDistribution();
    }

    private DistributionClause ParseDistribution()
    {
        var start = Previous;
        string? kind = null;
        IReadOnlyList<Identifier> columns = [];
        if (TryKeyword("BY"))
        {
            kind = TryKeyword("HASH") || TryKeyword("RANGE") ? Previous.Keyword : null;
            columns = ParseParenthesized(ParseIdentifier);
        }
        else if (!IsKeyword("INTO"))
        {
            Expect("INTO");
            throw Unexpected();
        }

        int? buckets = null;
        if (TryKeyword("INTO"))
        {
            buckets = ParseInteger();
            TakeKeyword("BUCKETS");
        }

        return new DistributionClause(kind, columns, buckets, SpanFrom(start));
    }

    private List<PartitionElement> TryPartitioning()
    {
        if (!TryKeyword("PARTITIONED"))
        {
            return [];
        }

        TakeKeyword("BY");
        return ParseParenthesized(ParsePartitionElement);
    }

    // A column, days(ts), bucket(16, id), truncate(4, name).
    private PartitionElement ParsePartitionElement()
    {
        var start = Current;
        if (start.Kind != TokenKind.Word || !IsSymbol(1, "("))
        {
            var column = ParseIdentifier();
            return new PartitionElement(column, null, null, column.Span);
        }

        _index += 2;
        var transform = start.Text.ToLowerInvariant();
        int? parameter = null;
        if (Current.Kind == TokenKind.Number)
        {
            parameter = ParseInteger();
            TakeSymbol(",");
        }

        var source = ParseIdentifier();
        if (parameter is null && TrySymbol(","))
        {
            parameter = ParseInteger();
        }

        TakeSymbol(")");
        return new PartitionElement(source, transform, parameter, SpanFrom(start));
    }

    private LikeClause ParseLikeClause()
    {
        var source = ParseQualifiedName();
        var options = new List<LikeOption>();
        if (TrySymbol("("))
        {
            do
            {
                options.Add(ParseLikeOption());
            }
            while (!TrySymbol(")"));
        }

        return new LikeClause(source, options, SpanFrom(source));
    }

    private LikeOption ParseLikeOption()
    {
        var start = Current;
        var strategy = TryKeyword("INCLUDING") || TryKeyword("EXCLUDING") || TryKeyword("OVERWRITING") ? Previous.Keyword : throw Unexpected();
        foreach (var feature in LikeFeatures)
        {
            if (TryKeyword(feature))
            {
                return new LikeOption(strategy, feature, SpanFrom(start));
            }
        }

        throw Unexpected();
    }

    private Statement.AlterTable ParseAlterTable(Token start)
    {
        var ifExists = TryIfExists();
        var name = ParseQualifiedName();
        var change = ParseTableChange();
        return new Statement.AlterTable(name, ifExists, change, SpanFrom(start));
    }

    private TableChange ParseTableChange()
    {
        if (TryKeyword("RENAME"))
        {
            if (TryKeyword("TO"))
            {
                return new TableChange.Rename(ParseQualifiedName());
            }

            var column = ParseQualifiedName();
            TakeKeyword("TO");
            return new TableChange.RenameColumn(column, ParseIdentifier());
        }

        return TryKeyword("SET") ? new TableChange.SetOptions(ParseOptionPairs())
            : TryKeyword("RESET") ? new TableChange.ResetOptions(ParseOptionKeys())
            : TryKeyword("ADD") ? ParseTableAdd()
            : TryKeyword("MODIFY") ? ParseTableModify()
            : TryKeyword("DROP") ? ParseTableDrop()
            : throw Unexpected();
    }

    private TableChange ParseTableAdd()
    {
        if (TryKeyword("DISTRIBUTION"))
        {
            return new TableChange.SetDistribution(ParseDistribution(), IsAdd: true);
        }

        var isGuarded = TryIfNotExists();
        return isGuarded || IsKeyword("PARTITION") ? ParsePartitions(isAdd: true, isGuarded) : new TableChange.Add(ParseChangedElements());
    }

    private TableChange ParseTableModify() => TryKeyword("DISTRIBUTION")
        ? new TableChange.SetDistribution(ParseDistribution(), IsAdd: false)
        : new TableChange.Modify(ParseChangedElements());

    private TableElements ParseChangedElements()
    {
        var parts = new ElementLists();
        var isList = TrySymbol("(");
        do
        {
            ParseTableElement(parts, isAlter: true);
        }
        while (isList && TrySymbol(","));
        if (isList)
        {
            TakeSymbol(")");
        }

        return parts.ToElements();
    }

    private TableChange ParseTableDrop()
    {
        if (TryKeywords("PRIMARY", "KEY"))
        {
            return new TableChange.DropPart("PRIMARY KEY", null);
        }

        if (TryKeyword("CONSTRAINT"))
        {
            return new TableChange.DropPart("CONSTRAINT", ParseIdentifier());
        }

        if (TryKeyword("WATERMARK") || TryKeyword("DISTRIBUTION"))
        {
            return new TableChange.DropPart(Previous.Keyword, null);
        }

        var isGuarded = TryIfExists();
        if (isGuarded || IsKeyword("PARTITION"))
        {
            return ParsePartitions(isAdd: false, isGuarded);
        }

        return new TableChange.DropColumns(IsSymbol("(") ? ParseParenthesized(ParseQualifiedName) : [ParseQualifiedName()]);
    }

    private TableChange.Partitions ParsePartitions(bool isAdd, bool isGuarded)
    {
        var specs = new List<IReadOnlyList<PartitionValue>>();
        do
        {
            TakeKeyword("PARTITION");
            specs.Add(ParseParenthesized(ParsePartitionValue));
            if (isAdd)
            {
                TryWithOptions();
            }
            else
            {
                TrySymbol(",");
            }
        }
        while (IsKeyword("PARTITION"));
        return new TableChange.Partitions(isAdd, isGuarded, specs);
    }

    // What one pair of parentheses has given so far.
    private sealed class ElementLists
    {
        public List<ColumnElement> Columns { get; } = [];

        public List<WatermarkElement> Watermarks { get; } = [];

        public List<ConstraintElement> Constraints { get; } = [];

        public List<Identifier> Names { get; } = [];

        public TableElements ToElements() => new(Columns, Watermarks, Constraints, Names);
    }
}

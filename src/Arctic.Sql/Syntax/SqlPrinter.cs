using System.Text;

namespace Arctic.Sql.Syntax;

/// <summary>
/// Writes syntax back as text that means the same, in the one form that catalogs keep and show: every name in backticks, words in upper case, parentheses where they are needed.
/// This part writes expressions, the other one queries.
/// </summary>
internal sealed partial class SqlPrinter
{
    // How tightly the operators bind (spec/flink-sql.md, 1.2).
    private const int OrLevel = 1;
    private const int AndLevel = 2;
    private const int NotLevel = 3;
    private const int IsLevel = 4;
    private const int ComparisonLevel = 5;
    private const int RangeLevel = 6;
    private const int AdditionLevel = 7;
    private const int MultiplicationLevel = 8;
    private const int SignLevel = 9;
    private const int AccessLevel = 10;

    private readonly StringBuilder _text = new();

    private SqlPrinter()
    {
    }

    /// <summary>An expression.</summary>
    public static string Print(SqlExpression expression)
    {
        var printer = new SqlPrinter();
        printer.Write(expression, 0);
        return printer._text.ToString();
    }

    /// <summary>A query, its clauses on lines of their own.</summary>
    public static string Print(Query query)
    {
        var printer = new SqlPrinter();
        printer.Write(query);
        return printer._text.ToString();
    }

    /// <summary>A name in backticks.</summary>
    public static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";

    /// <summary>A string in single quotes.</summary>
    public static string QuoteText(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Quote(IEnumerable<Identifier> parts) => string.Join('.', parts.Select(p => Quote(p.Name)));

    // Writes an expression where one of at least the given level stands.
    private void Write(SqlExpression expression, int levelMin)
    {
        var needsParentheses = LevelOf(expression) < levelMin;
        _text.Append(needsParentheses ? "(" : "");
        WriteBare(expression);
        _text.Append(needsParentheses ? ")" : "");
    }

    private static int LevelOf(SqlExpression expression) => expression switch
    {
        SqlExpression.Binary binary => LevelOf(binary.Operator),
        SqlExpression.Unary { Operator: UnaryOperator.Not } => NotLevel,
        SqlExpression.Unary => SignLevel,
        SqlExpression.NumericLiteral number when number.Text.StartsWith('-') => SignLevel,
        SqlExpression.Is => IsLevel,
        SqlExpression.Quantified => ComparisonLevel,
        SqlExpression.Between or SqlExpression.InList or SqlExpression.InQuery or SqlExpression.Like => RangeLevel,
        SqlExpression.ElementAccess or SqlExpression.FieldAccess or SqlExpression.RowStar => AccessLevel,
        _ => int.MaxValue,
    };

    private static int LevelOf(BinaryOperator binaryOperator) => binaryOperator switch
    {
        BinaryOperator.Or => OrLevel,
        BinaryOperator.And => AndLevel,
        BinaryOperator.IsDistinctFrom or BinaryOperator.IsNotDistinctFrom => IsLevel,
        BinaryOperator.Overlaps => RangeLevel,
        BinaryOperator.Plus or BinaryOperator.Minus => AdditionLevel,
        BinaryOperator.Multiply or BinaryOperator.Divide or BinaryOperator.Modulo or BinaryOperator.Concatenate => MultiplicationLevel,
        _ => ComparisonLevel,
    };

    private static string WordOf(BinaryOperator binaryOperator) => binaryOperator switch
    {
        BinaryOperator.Or => "OR",
        BinaryOperator.And => "AND",
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "<>",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.IsDistinctFrom => "IS DISTINCT FROM",
        BinaryOperator.IsNotDistinctFrom => "IS NOT DISTINCT FROM",
        BinaryOperator.Plus => "+",
        BinaryOperator.Minus => "-",
        BinaryOperator.Multiply => "*",
        BinaryOperator.Divide => "/",
        BinaryOperator.Modulo => "%",
        BinaryOperator.Concatenate => "||",
        BinaryOperator.Overlaps => "OVERLAPS",
        _ => throw new System.Diagnostics.UnreachableException(binaryOperator.ToString()),
    };

    private void WriteBare(SqlExpression expression)
    {
        switch (expression)
        {
            case SqlExpression.NullLiteral:
                _text.Append("NULL");
                break;
            case SqlExpression.BooleanLiteral literal:
                _text.Append(literal.Value switch { true => "TRUE", false => "FALSE", null => "UNKNOWN" });
                break;
            case SqlExpression.NumericLiteral literal:
                _text.Append(literal.Text);
                break;
            case SqlExpression.StringLiteral literal:
                _text.Append(QuoteText(literal.Value));
                break;
            case SqlExpression.BinaryLiteral literal:
                _text.Append("X'").Append(Convert.ToHexString(literal.Value.ToArray())).Append('\'');
                break;
            case SqlExpression.DateTimeLiteral literal:
                _text.Append(literal.Kind == DateTimeLiteralKind.TimestampLtz ? "TIMESTAMP WITH LOCAL TIME ZONE" : literal.Kind.ToString().ToUpperInvariant()).Append(' ').Append(QuoteText(literal.Text));
                break;
            case SqlExpression.IntervalLiteral literal:
                _text.Append("INTERVAL ").Append(literal.IsNegative ? "-" : "").Append(QuoteText(literal.Text)).Append(' ').Append(TextOf(literal.Qualifier));
                break;
            case SqlExpression.IntervalExpression interval:
                _text.Append("INTERVAL ");
                Write(interval.Value, AccessLevel);
                _text.Append(' ').Append(TextOf(interval.Qualifier));
                break;
            case SqlExpression.Name name:
                _text.Append(Quote(name.Parts));
                break;
            case SqlExpression.Star star:
                _text.Append(star.Qualifier.Count == 0 ? "*" : Quote(star.Qualifier) + ".*");
                break;
            case SqlExpression.Call call:
                WriteCall(call);
                break;
            default:
                WriteOperator(expression);
                break;
        }
    }

    private void WriteOperator(SqlExpression expression)
    {
        switch (expression)
        {
            case SqlExpression.Unary unary:
                _text.Append(unary.Operator switch { UnaryOperator.Not => "NOT ", UnaryOperator.Minus => "- ", _ => "+ " });
                Write(unary.Operand, LevelOf(unary));
                break;
            case SqlExpression.Binary binary:
                var level = LevelOf(binary.Operator);
                Write(binary.Left, level);
                _text.Append(' ').Append(WordOf(binary.Operator)).Append(' ');
                Write(binary.Right, level + 1);
                break;
            case SqlExpression.Is test:
                Write(test.Operand, IsLevel);
                _text.Append(test.IsNegated ? " IS NOT " : " IS ").Append(test.Test.ToString().ToUpperInvariant()).Append(test.Test == IsTest.Json ? " " + test.JsonKind : "");
                break;
            case SqlExpression.Between between:
                Write(between.Operand, RangeLevel);
                _text.Append(between.IsNegated ? " NOT BETWEEN " : " BETWEEN ").Append(between.IsSymmetric ? "SYMMETRIC " : "");
                Write(between.Low, AdditionLevel);
                _text.Append(" AND ");
                Write(between.High, AdditionLevel);
                break;
            case SqlExpression.InList list:
                Write(list.Operand, RangeLevel);
                _text.Append(list.IsNegated ? " NOT IN (" : " IN (");
                WriteList(list.Items);
                _text.Append(')');
                break;
            case SqlExpression.InQuery inQuery:
                Write(inQuery.Operand, RangeLevel);
                WriteNested(inQuery.IsNegated ? " NOT IN " : " IN ", inQuery.Query);
                break;
            case SqlExpression.Quantified quantified:
                Write(quantified.Operand, RangeLevel);
                WriteNested($" {WordOf(quantified.Operator)} {(quantified.IsAll ? "ALL" : "SOME")} ", quantified.Query);
                break;
            case SqlExpression.Like like:
                Write(like.Operand, RangeLevel);
                _text.Append(like.IsNegated ? " NOT " : " ").Append(like.Kind == LikeKind.Like ? "LIKE " : "SIMILAR TO ");
                Write(like.Pattern, AdditionLevel);
                if (like.Escape is not null)
                {
                    _text.Append(" ESCAPE ");
                    Write(like.Escape, AdditionLevel);
                }

                break;
            default:
                WriteConstructor(expression);
                break;
        }
    }

    private void WriteConstructor(SqlExpression expression)
    {
        switch (expression)
        {
            case SqlExpression.Case c:
                WriteCase(c);
                break;
            case SqlExpression.Cast cast:
                _text.Append(cast.IsTry ? "TRY_CAST(" : "CAST(");
                Write(cast.Operand, 0);
                _text.Append(" AS ").Append(TypePrinter.Print(cast.Type)).Append(')');
                break;
            case SqlExpression.TimeUnitArgument unit:
                _text.Append(unit.Word);
                break;
            case SqlExpression.Row row:
                WriteItems(row.IsExplicit || row.Items.Count < 2 ? "ROW(" : "(", row.Items, ")");
                break;
            case SqlExpression.Array array:
                WriteItems("ARRAY[", array.Items, "]");
                break;
            case SqlExpression.Map map:
                WriteItems("MAP[", map.Items, "]");
                break;
            case SqlExpression.CollectionQuery { Query: { } query } collection:
                WriteNested(collection.Constructor, query);
                break;
            case SqlExpression.CollectionQuery collection:
                WriteItems(collection.Constructor + "[", collection.Items, "]");
                break;
            case SqlExpression.ElementAccess access:
                Write(access.Operand, AccessLevel);
                WriteItems("[", [access.Index], "]");
                break;
            case SqlExpression.FieldAccess access:
                WriteOwner(access.Operand);
                _text.Append('.').Append(Quote(access.Field.Name));
                break;
            case SqlExpression.RowStar star:
                WriteOwner(star.Operand);
                _text.Append(".*");
                break;
            case SqlExpression.ScalarQuery scalar:
                WriteNested("", scalar.Query);
                break;
            case SqlExpression.Exists exists:
                WriteNested("EXISTS ", exists.Query);
                break;
            case SqlExpression.DateTimeDifference difference:
                _text.Append('(');
                Write(difference.Left, AdditionLevel);
                _text.Append(" - ");
                Write(difference.Right, MultiplicationLevel);
                _text.Append(") ").Append(TextOf(difference.Qualifier));
                break;
            case SqlExpression.NamedArgument named:
                _text.Append(Quote(named.ArgumentName.Name)).Append(" => ");
                Write(named.Value, 0);
                break;
            case SqlExpression.Default:
                _text.Append("DEFAULT");
                break;
            case SqlExpression.Descriptor descriptor:
                _text.Append("DESCRIPTOR(").AppendJoin(", ", descriptor.Columns.Select(c => Quote(c.Name))).Append(')');
                break;
            case SqlExpression.TableArgument table:
                WriteTableArgument(table);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(expression.GetType().Name);
        }
    }

    // (f(x)).y: without parentheses a name would take the dot for its own.
    private void WriteOwner(SqlExpression operand)
    {
        var isClear = operand is SqlExpression.ElementAccess or SqlExpression.FieldAccess;
        _text.Append(isClear ? "" : "(");
        Write(operand, 0);
        _text.Append(isClear ? "" : ")");
    }

    private void WriteCase(SqlExpression.Case c)
    {
        _text.Append("CASE");
        if (c.Operand is not null)
        {
            _text.Append(' ');
            Write(c.Operand, 0);
        }

        foreach (var branch in c.Branches)
        {
            _text.Append(" WHEN ");
            Write(branch.Condition, 0);
            _text.Append(" THEN ");
            Write(branch.Result, 0);
        }

        if (c.Else is not null)
        {
            _text.Append(" ELSE ");
            Write(c.Else, 0);
        }

        _text.Append(" END");
    }

    private void WriteCall(SqlExpression.Call call)
    {
        var name = call.Function.Parts.Count == 1 && !call.Function.Last.IsQuoted ? call.Function.Last.Name.ToUpperInvariant() : Quote(call.Function.Parts);
        _text.Append(name);
        if (call.IsBare)
        {
            return;
        }

        _text.Append('(').Append(call.IsDistinct ? "DISTINCT " : "");
        WriteArguments(name, call);
        WriteClauses(call);
        if (!call.IsWithinGroup)
        {
            WriteOrder(" ORDER BY ", call.Order);
        }

        _text.Append(')');
        WriteSuffix(call);
    }

    private void WriteArguments(string name, SqlExpression.Call call)
    {
        switch (name, call.Arguments)
        {
            case (_, []):
                _text.Append(call.IsStar ? "*" : "");
                break;
            case ("EXTRACT", [var unit, var operand]):
                WriteWith(unit, " FROM ", operand);
                break;
            case ("FLOOR" or "CEIL" or "CEILING", [var operand, SqlExpression.TimeUnitArgument unit]):
                WriteWith(operand, " TO ", unit);
                break;
            case ("TRIM", [var side, var characters, var text]):
                WriteWith(side, " ", characters);
                _text.Append(" FROM ");
                Write(text, 0);
                break;
            case ("POSITION", [var part, var whole]):
                Write(part, AdditionLevel);
                _text.Append(" IN ");
                Write(whole, 0);
                break;
            case ({ } json, var pairs) when json.StartsWith("JSON_OBJECT", StringComparison.Ordinal):
                for (var i = 0; i + 1 < pairs.Count; i += 2)
                {
                    _text.Append(i == 0 ? "KEY " : ", KEY ");
                    WriteWith(pairs[i], " VALUE ", pairs[i + 1]);
                }

                break;
            default:
                WriteList(call.Arguments);
                break;
        }
    }

    private void WriteWith(SqlExpression left, string word, SqlExpression right)
    {
        Write(left, 0);
        _text.Append(word);
        Write(right, 0);
    }

    private void WriteClauses(SqlExpression.Call call)
    {
        foreach (var clause in call.Clauses)
        {
            var (first, rest) = clause.Value is null ? (clause.Words, "") : ("DEFAULT", clause.Words["DEFAULT".Length..]);
            _text.Append(' ').Append(first);
            if (clause.Value is not null)
            {
                _text.Append(' ');
                Write(clause.Value, 0);
            }

            _text.Append(rest).Append(clause.Type is null ? "" : " " + TypePrinter.Print(clause.Type));
        }
    }

    private void WriteSuffix(SqlExpression.Call call)
    {
        if (call.IsWithinGroup)
        {
            WriteOrder(" WITHIN GROUP (ORDER BY ", call.Order);
            _text.Append(')');
        }

        if (call.Filter is not null)
        {
            _text.Append(" FILTER (WHERE ");
            Write(call.Filter, 0);
            _text.Append(')');
        }

        _text.Append(call.IgnoresNulls switch { true => " IGNORE NULLS", false => " RESPECT NULLS", null => "" });
        switch (call.Over)
        {
            case WindowReference.Named named:
                _text.Append(" OVER ").Append(Quote(named.Name.Name));
                break;
            case WindowReference.Specification window:
                _text.Append(" OVER ");
                Write(window);
                break;
        }
    }

    private void WriteTableArgument(SqlExpression.TableArgument argument)
    {
        _text.Append("TABLE ");
        Write(argument.Table);
        if (argument.PartitionBy.Count > 0)
        {
            _text.Append(" PARTITION BY ");
            WriteList(argument.PartitionBy);
        }

        WriteOrder(" ORDER BY ", argument.OrderBy);
    }

    private void WriteItems(string open, IReadOnlyList<SqlExpression> items, string close)
    {
        _text.Append(open);
        WriteList(items);
        _text.Append(close);
    }

    private void WriteList(IReadOnlyList<SqlExpression> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i == 0 ? "" : ", ");
            Write(items[i], 0);
        }
    }

    private void WriteOrder(string words, IReadOnlyList<OrderItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i == 0 ? words : ", ");
            Write(items[i].Expression, 0);
            _text.Append(items[i].IsDescending ? " DESC" : "").Append(items[i].NullsFirst switch { true => " NULLS FIRST", false => " NULLS LAST", null => "" });
        }
    }

    private static string TextOf(IntervalQualifier qualifier) => TypePrinter.Print(qualifier);
}

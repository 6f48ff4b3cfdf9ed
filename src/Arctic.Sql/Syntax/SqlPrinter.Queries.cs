using System.Globalization;

namespace Arctic.Sql.Syntax;

// Queries.
internal sealed partial class SqlPrinter
{
    private void WriteNested(string before, Query query)
    {
        _text.Append(before).Append('(');
        Write(query);
        _text.Append(')');
    }

    private void Write(Query query)
    {
        for (var i = 0; i < query.With.Count; i++)
        {
            var table = query.With[i];
            _text.Append(i > 0 ? ",\n" : query.IsRecursive ? "WITH RECURSIVE " : "WITH ").Append(Quote(table.Name.Name)).Append(ListOf(table.Columns));
            WriteNested(" AS ", table.Query);
        }

        _text.Append(query.With.Count > 0 ? "\n" : "");
        Write(query.Body);
        WriteOrder("\nORDER BY ", query.OrderBy);
        _text.Append(query.Limit is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\nLIMIT {query.Limit}"));
        _text.Append(query.Offset is null ? "" : string.Create(CultureInfo.InvariantCulture, $"\nOFFSET {query.Offset}"));
    }

    private static string ListOf(IReadOnlyList<Identifier> names) => names.Count == 0 ? "" : $" ({string.Join(", ", names.Select(n => Quote(n.Name)))})";

    private void Write(QueryBody body)
    {
        switch (body)
        {
            case QueryBody.Select select:
                Write(select);
                break;
            case QueryBody.Values values:
                _text.Append("VALUES ");
                for (var i = 0; i < values.Rows.Count; i++)
                {
                    WriteItems(i == 0 ? "ROW(" : ",\nROW(", values.Rows[i].Items, ")");
                }

                break;
            case QueryBody.Table table:
                _text.Append("TABLE ").Append(Quote(table.Name.Parts));
                break;
            case QueryBody.Nested nested:
                WriteNested("", nested.Query);
                break;
            case QueryBody.SetOperation set:
                Write(set.Left);
                _text.Append('\n').Append(set.Operator.ToString().ToUpperInvariant()).Append(set.IsAll ? " ALL\n" : "\n");
                WriteRight(set);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(body.GetType().Name);
        }
    }

    // What stands on the right belongs together.
    private void WriteRight(QueryBody.SetOperation set)
    {
        var isSet = set.Right is QueryBody.SetOperation;
        _text.Append(isSet ? "(" : "");
        Write(set.Right);
        _text.Append(isSet ? ")" : "");
    }

    private void Write(QueryBody.Select select)
    {
        _text.Append("SELECT ");
        WriteHints(select.Hints, " ");
        _text.Append(select.IsDistinct ? "DISTINCT " : "");
        for (var i = 0; i < select.Items.Count; i++)
        {
            _text.Append(i == 0 ? "" : ", ");
            Write(select.Items[i].Expression, 0);
            _text.Append(select.Items[i].Alias is { } alias ? " AS " + Quote(alias.Name) : "");
        }

        if (select.From is not null)
        {
            _text.Append("\nFROM ");
            Write(select.From);
        }

        WriteClause("\nWHERE ", select.Where);
        if (select.GroupBy is not null)
        {
            _text.Append("\nGROUP BY ");
            WriteGroups(select.GroupBy.Items);
        }

        WriteClause("\nHAVING ", select.Having);
        for (var i = 0; i < select.Windows.Count; i++)
        {
            _text.Append(i == 0 ? "\nWINDOW " : ", ").Append(Quote(select.Windows[i].Name.Name)).Append(" AS ");
            Write(select.Windows[i].Window);
        }

        WriteClause("\nQUALIFY ", select.Qualify);
    }

    private void WriteClause(string word, SqlExpression? expression)
    {
        if (expression is not null)
        {
            _text.Append(word);
            Write(expression, 0);
        }
    }

    private void WriteGroups(IReadOnlyList<GroupItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            _text.Append(i == 0 ? "" : ", ");
            switch (items[i])
            {
                case GroupItem.Expressions { Items: [var single] }:
                    Write(single, 0);
                    break;
                case GroupItem.Expressions several:
                    WriteItems("(", several.Items, ")");
                    break;
                case GroupItem.Sets sets:
                    _text.Append(sets.Kind == GroupingKind.GroupingSets ? "GROUPING SETS" : sets.Kind.ToString().ToUpperInvariant()).Append(" (");
                    WriteGroups(sets.Items);
                    _text.Append(')');
                    break;
            }
        }
    }

    private void Write(TableReference table)
    {
        switch (table)
        {
            case TableReference.Named named:
                _text.Append(Quote(named.Name.Parts));
                WriteHints(named.Hints, "");
                WriteClause(" FOR SYSTEM_TIME AS OF ", named.AsOf);
                break;
            case TableReference.Derived derived:
                WriteNested(derived.IsLateral ? "LATERAL " : "", derived.Query);
                break;
            case TableReference.Unnest unnest:
                WriteItems("UNNEST(", [unnest.Collection], unnest.WithOrdinality ? ") WITH ORDINALITY" : ")");
                break;
            case TableReference.Function function:
                WriteItems(function.IsLateral ? "LATERAL TABLE(" : "TABLE(", [function.Call], ")");
                break;
            case TableReference.Join join:
                Write(join);
                break;
            default:
                throw new System.Diagnostics.UnreachableException(table.GetType().Name);
        }

        _text.Append(table.Alias is null ? "" : $" AS {Quote(table.Alias.Name)}{ListOf(table.ColumnAliases)}");
    }

    private void Write(TableReference.Join join)
    {
        Write(join.Left);
        _text.Append(join.Kind == JoinType.Comma ? "," : "").Append('\n').Append(join.IsNatural ? "NATURAL " : "");
        _text.Append(join.Kind == JoinType.Comma ? "" : join.Kind.ToString().ToUpperInvariant() + " JOIN ");
        var isJoin = join.Right is TableReference.Join;
        _text.Append(isJoin ? "(" : "");
        Write(join.Right);
        _text.Append(isJoin ? ")" : "");
        WriteClause(" ON ", join.Condition);
        _text.Append(join.Using.Count > 0 ? " USING" + ListOf(join.Using) : "");
    }

    private void WriteHints(IReadOnlyList<Hint> hints, string after)
    {
        if (hints.Count > 0)
        {
            _text.Append(" /*+ ").AppendJoin(", ", hints.Select(TextOf)).Append(" */").Append(after);
        }
    }

    private static string TextOf(Hint hint) =>
        $"{hint.Name}({string.Join(", ", hint.Options.Select(o => $"{QuoteText(o.Key)} = {QuoteText(o.Value)}").Concat(hint.Arguments.Select(Quote)))})";

    private void Write(WindowReference.Specification window)
    {
        _text.Append('(').Append(window.Base is null ? "" : Quote(window.Base.Name));
        if (window.PartitionBy.Count > 0)
        {
            _text.Append(window.Base is null ? "PARTITION BY " : " PARTITION BY ");
            WriteList(window.PartitionBy);
        }

        WriteOrder(_text[^1] == '(' ? "ORDER BY " : " ORDER BY ", window.OrderBy);
        if (window.Frame is { } frame)
        {
            _text.Append(frame.IsRows ? " ROWS BETWEEN " : " RANGE BETWEEN ");
            Write(frame.Start);
            _text.Append(" AND ");
            Write(frame.End);
        }

        _text.Append(')');
    }

    private void Write(FrameBound bound)
    {
        if (bound.Offset is not null)
        {
            Write(bound.Offset, 0);
            _text.Append(' ');
        }

        _text.Append(bound.Kind switch
        {
            FrameBoundKind.UnboundedPreceding => "UNBOUNDED PRECEDING",
            FrameBoundKind.Preceding => "PRECEDING",
            FrameBoundKind.CurrentRow => "CURRENT ROW",
            FrameBoundKind.Following => "FOLLOWING",
            FrameBoundKind.UnboundedFollowing => "UNBOUNDED FOLLOWING",
            _ => throw new System.Diagnostics.UnreachableException(bound.Kind.ToString()),
        });
    }
}

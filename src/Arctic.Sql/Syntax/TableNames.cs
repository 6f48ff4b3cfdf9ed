namespace Arctic.Sql.Syntax;

/// <summary>Collects the names of tables in a statement, those that WITH defines included.</summary>
internal static class TableNames
{
    /// <summary>Every table that the statement reads or writes, in the order of the text; names may repeat.</summary>
    public static IReadOnlyList<QualifiedName> In(Statement statement)
    {
        var names = new List<QualifiedName>();
        Collect(statement, names);
        return names;
    }

    /// <summary>Every table that the query reads.</summary>
    public static IReadOnlyList<QualifiedName> In(Query query)
    {
        var names = new List<QualifiedName>();
        Collect(query, names);
        return names;
    }

    private static void Collect(Statement statement, List<QualifiedName> names)
    {
        switch (statement)
        {
            case Statement.Select select:
                Collect(select.Query, names);
                break;
            case Statement.Insert insert:
                names.Add(insert.Table);
                Collect(insert.Query, names);
                break;
            case Statement.StatementSet set:
                foreach (var insert in set.Inserts)
                {
                    Collect(insert, names);
                }

                break;
            case Statement.Explain explain:
                Collect(explain.Target, names);
                break;
            case Statement.CreateTable { Like: { } like }:
                names.Add(like.Source);
                break;
            case Statement.CreateTable { AsQuery: { } query }:
                Collect(query, names);
                break;
            case Statement.CreateView view:
                Collect(view.Query, names);
                break;
            case Statement.AlterView { Query: { } query }:
                Collect(query, names);
                break;
            case Statement.Update update:
                names.Add(update.Table);
                Collect(update.Where, names);
                Collect(update.Assignments.Select(a => a.Value), names);
                break;
            case Statement.Truncate truncate:
                names.Add(truncate.Table);
                break;
            case Statement.Delete delete:
                names.Add(delete.Table);
                Collect(delete.Where, names);
                break;
        }
    }

    private static void Collect(Query query, List<QualifiedName> names)
    {
        foreach (var table in query.With)
        {
            Collect(table.Query, names);
        }

        Collect(query.Body, names);
        Collect(query.OrderBy.Select(o => o.Expression), names);
    }

    private static void Collect(QueryBody body, List<QualifiedName> names)
    {
        switch (body)
        {
            case QueryBody.Select select:
                Collect(select.Items.Select(i => i.Expression), names);
                Collect(select.From, names);
                Collect(select.Where, names);
                Collect(select.Having, names);
                Collect(select.Qualify, names);
                break;
            case QueryBody.Values values:
                Collect(values.Rows, names);
                break;
            case QueryBody.SetOperation set:
                Collect(set.Left, names);
                Collect(set.Right, names);
                break;
            case QueryBody.Table table:
                names.Add(table.Name);
                break;
            case QueryBody.Nested nested:
                Collect(nested.Query, names);
                break;
        }
    }

    private static void Collect(TableReference? table, List<QualifiedName> names)
    {
        switch (table)
        {
            case TableReference.Named named:
                names.Add(named.Name);
                break;
            case TableReference.Derived derived:
                Collect(derived.Query, names);
                break;
            case TableReference.Unnest unnest:
                Collect(unnest.Collection, names);
                break;
            case TableReference.Function function:
                Collect(function.Call, names);
                break;
            case TableReference.Join join:
                Collect(join.Left, names);
                Collect(join.Right, names);
                Collect(join.Condition, names);
                break;
        }
    }

    private static void Collect(IEnumerable<SqlExpression> expressions, List<QualifiedName> names)
    {
        foreach (var expression in expressions)
        {
            Collect(expression, names);
        }
    }

    private static void Collect(SqlExpression? expression, List<QualifiedName> names)
    {
        switch (expression)
        {
            case SqlExpression.InQuery inQuery:
                Collect(inQuery.Operand, names);
                Collect(inQuery.Query, names);
                break;
            case SqlExpression.Quantified quantified:
                Collect(quantified.Operand, names);
                Collect(quantified.Query, names);
                break;
            case SqlExpression.ScalarQuery scalar:
                Collect(scalar.Query, names);
                break;
            case SqlExpression.Exists exists:
                Collect(exists.Query, names);
                break;
            case SqlExpression.CollectionQuery { Query: { } query }:
                Collect(query, names);
                break;
            case SqlExpression.TableArgument table:
                Collect(table.Table, names);
                break;
            case not null:
                Collect(PartsOf(expression), names);
                break;
        }
    }

    /// <summary>The expressions within an expression, sub-queries aside.</summary>
    internal static IEnumerable<SqlExpression> PartsOf(SqlExpression expression) => expression switch
    {
        SqlExpression.IntervalExpression interval => [interval.Value],
        SqlExpression.Unary unary => [unary.Operand],
        SqlExpression.Binary binary => [binary.Left, binary.Right],
        SqlExpression.Is test => [test.Operand],
        SqlExpression.Between between => [between.Operand, between.Low, between.High],
        SqlExpression.InList list => [list.Operand, .. list.Items],
        SqlExpression.InQuery inQuery => [inQuery.Operand],
        SqlExpression.Quantified quantified => [quantified.Operand],
        SqlExpression.Like like => like.Escape is null ? [like.Operand, like.Pattern] : [like.Operand, like.Pattern, like.Escape],
        SqlExpression.Case c => [.. c.Operand is null ? [] : new[] { c.Operand }, .. c.Branches.SelectMany(b => new[] { b.Condition, b.Result }), .. c.Else is null ? [] : new[] { c.Else }],
        SqlExpression.Cast cast => [cast.Operand],
        SqlExpression.Call call => call.Filter is null ? call.Arguments : [.. call.Arguments, call.Filter],
        SqlExpression.Row row => row.Items,
        SqlExpression.Array array => array.Items,
        SqlExpression.Map map => map.Items,
        SqlExpression.CollectionQuery collection => collection.Items,
        SqlExpression.ElementAccess access => [access.Operand, access.Index],
        SqlExpression.FieldAccess access => [access.Operand],
        SqlExpression.RowStar star => [star.Operand],
        SqlExpression.DateTimeDifference difference => [difference.Left, difference.Right],
        SqlExpression.NamedArgument named => [named.Value],
        _ => [],
    };
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// The old window of GROUP BY: <c>GROUP BY TUMBLE(ts, INTERVAL …)</c> with <c>TUMBLE_START(ts, INTERVAL …)</c> and its kin in the select list. It is the table function over the input, grouped
/// by the window's columns.
/// </summary>
internal sealed class GroupWindow
{
    private static readonly string[] Suffixes = ["_START", "_END", "_ROWTIME", "_PROCTIME"];

    private readonly string _name;
    private readonly string _arguments;
    private readonly LogicalPlan.WindowTable _plan;

    private GroupWindow(string name, string arguments, LogicalPlan.WindowTable plan) => (_name, _arguments, _plan) = (name, arguments, plan);

    /// <summary>The input with its rows in windows.</summary>
    public LogicalPlan Plan => _plan;

    /// <summary>The keys that the window brings: start, end and time.</summary>
    public IEnumerable<Expression> Keys => Enumerable.Range(_plan.Input.Schema.Count, 3).Select(Column);

    /// <summary>The window among the items of GROUP BY; null when there is none.</summary>
    public static SqlExpression.Call? Find(GroupBy? groupBy) =>
        groupBy?.Items.OfType<GroupItem.Expressions>().SelectMany(e => e.Items).OfType<SqlExpression.Call>().FirstOrDefault(c => WindowTableBinder.Find(c.Function) is TimeWindowKind.Tumble or TimeWindowKind.Hop or TimeWindowKind.Session);

    /// <summary>Puts the rows of the input into the window.</summary>
    /// <param name="keys">The other keys, over the input: sessions are told apart by them.</param>
    public static GroupWindow Make(QueryBinder queries, LogicalPlan input, Scope scope, SqlExpression.Call call, IReadOnlyList<Expression> keys)
    {
        var kind = WindowTableBinder.Find(call.Function)!.Value; // Find asks
        var count = kind == TimeWindowKind.Hop ? 3 : 2;
        if (call.Arguments.Count != count)
        {
            throw BindingErrors.Invalid(call, $"Invalid number of arguments to function '{call.Function}': {call.Arguments.Count}.");
        }

        var time = new ExpressionBinder(queries, scope) { NoAggregatesIn = "GROUP BY" }.BindTyped(call.Arguments[0]);
        if (time.Type is not (DataType.Timestamp or DataType.TimestampLtz))
        {
            throw BindingErrors.Mismatch(call.Arguments[0], $"A window can only be of a TIMESTAMP or TIMESTAMP_LTZ, not of {time.Type.AsNullable()}.");
        }

        var lengths = new WindowTableBinder(queries, _ => throw new System.Diagnostics.UnreachableException("Only lengths are bound."));
        var plan = input;
        var timeIndex = ColumnOf(time, ref plan);
        var partition = kind == TimeWindowKind.Session ? keys.Select(k => ColumnOf(k, ref plan)).ToEquatableList() : EquatableList<int>.Empty;
        var window = kind == TimeWindowKind.Hop
            ? new TimeWindow(kind, timeIndex, lengths.LengthOf(call.Arguments[2])) { StepMillis = lengths.LengthOf(call.Arguments[1]) }
            : new TimeWindow(kind, timeIndex, lengths.LengthOf(call.Arguments[1])) { Partition = partition };

        // Its time may be NULL as far as the type says, as that of the rows.
        var windows = WindowTableBinder.Make(plan, window, call);
        var fields = windows.Schema.Fields.ToArray();
        fields[^1] = fields[^1] with { Type = fields[^1].Type.WithNullability(time.Type.IsNullable) };
        return new GroupWindow(call.Function.Last.Name.ToUpperInvariant(), TextOf(call), windows with { Schema = new RowSchema(fields) });
    }

    /// <summary>The column of the window that a call such as TUMBLE_START means; null for any other call.</summary>
    public Expression? FindColumn(SqlExpression.Call call)
    {
        var name = call.Function.ToString().ToUpperInvariant();
        var suffix = Array.FindIndex(Suffixes, s => name == _name + s);
        if (suffix < 0)
        {
            return null;
        }

        return TextOf(call) == _arguments
            ? Column(_plan.Input.Schema.Count + Math.Min(suffix, 2))
            : throw BindingErrors.Invalid(call, $"Call to auxiliary group function '{name}' must have matching call to group function '{_name}' in GROUP BY clause.");
    }

    private static string TextOf(SqlExpression.Call call) => string.Join(", ", call.Arguments.Select(Describe));

    // What was written, without its places.
    private static string Describe(SqlExpression expression) => expression switch
    {
        SqlExpression.Name name => string.Join('.', name.Parts.Select(p => p.Name)),
        SqlExpression.IntervalLiteral interval => $"{(interval.IsNegative ? "-" : "")}{interval.Text} {interval.Qualifier}",
        SqlExpression.NumericLiteral number => number.Text,
        SqlExpression.StringLiteral text => $"'{text.Value}'",
        _ => $"{expression.GetType().Name}({string.Join(", ", TableNames.PartsOf(expression).Select(Describe))})",
    };

    private static int ColumnOf(Expression expression, ref LogicalPlan plan)
    {
        if (expression is Expression.ColumnReference column)
        {
            return column.Index;
        }

        var columns = plan.Schema.Fields.Select(Expression (f, i) => new Expression.ColumnReference(i, f.Name, f.Type));
        plan = new LogicalPlan.Project(plan, new(columns.Append(expression)), new RowSchema(plan.Schema.Fields.Append(new Field($"$f{plan.Schema.Count}", expression.Type))));
        return plan.Schema.Count - 1;
    }

    private Expression Column(int index) => new Expression.ColumnReference(index, _plan.Schema[index].Name, _plan.Schema[index].Type);
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Windows;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>Binds the table functions TUMBLE, HOP, CUMULATE and SESSION (spec/flink-sql.md, 5).</summary>
/// <param name="bindTable">Binds the table that the function reads.</param>
internal sealed class WindowTableBinder(QueryBinder queries, Func<TableReference, (LogicalPlan Plan, IReadOnlyList<ScopeRelation> Relations)> bindTable)
{
    private const int TimePrecision = 3;

    /// <summary>The windows of a function's name; null when it is no window function.</summary>
    public static TimeWindowKind? Find(QualifiedName function) => function.Parts.Count > 1 ? null : function.Last.Name.ToUpperInvariant() switch
    {
        "TUMBLE" => TimeWindowKind.Tumble,
        "HOP" => TimeWindowKind.Hop,
        "CUMULATE" => TimeWindowKind.Cumulate,
        "SESSION" => TimeWindowKind.Session,
        _ => null,
    };

    /// <summary>The plan of a call.</summary>
    public LogicalPlan.WindowTable Bind(SqlExpression.Call call, TimeWindowKind kind)
    {
        string[] names = kind switch
        {
            TimeWindowKind.Tumble => ["DATA", "TIMECOL", "SIZE", "OFFSET"],
            TimeWindowKind.Hop => ["DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"],
            TimeWindowKind.Cumulate => ["DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"],
            _ => ["DATA", "TIMECOL", "GAP"],
        };
        var arguments = Arrange(call, names);
        var name = call.Function.Last.Name.ToUpperInvariant();
        if (arguments[0] is not SqlExpression.TableArgument table)
        {
            throw BindingErrors.Invalid(call, $"The first argument of {name} is a table.", $"Write {name}(TABLE t, DESCRIPTOR(ts), …).");
        }

        var (plan, relations) = bindTable(table.Table);
        var time = BindTime(arguments[1], relations, call);
        var lengths = arguments.Skip(2).Select(a => a is null ? 0 : LengthOf(a)).ToList();
        var window = kind switch
        {
            TimeWindowKind.Tumble => new TimeWindow(kind, time, lengths[0]) { OffsetMillis = lengths[1] },
            TimeWindowKind.Session => new TimeWindow(kind, time, lengths[0]) { Partition = BindPartition(table, relations) },
            _ => new TimeWindow(kind, time, lengths[1]) { StepMillis = lengths[0], OffsetMillis = lengths[2] },
        };
        if (kind != TimeWindowKind.Session && table.PartitionBy.Count > 0)
        {
            throw BindingErrors.Invalid(table.PartitionBy[0], $"{name} takes no PARTITION BY: its windows are the same for all rows.", "Group by the columns instead.");
        }

        return Make(plan, window, call);
    }

    /// <summary>Puts the rows of a plan into windows.</summary>
    /// <exception cref="Columnar.Errors.ArcticException">The lengths of the windows do not fit together.</exception>
    public static LogicalPlan.WindowTable Make(LogicalPlan plan, TimeWindow window, SyntaxNode place)
    {
        var kind = window.Kind.ToString().ToUpperInvariant();
        if (window.SizeMillis <= 0 || (window.Kind is TimeWindowKind.Hop or TimeWindowKind.Cumulate && window.StepMillis <= 0))
        {
            throw BindingErrors.Invalid(place, $"The lengths of {kind} must be above zero.");
        }

        if (window.Kind is TimeWindowKind.Hop or TimeWindowKind.Cumulate && window.SizeMillis % window.StepMillis != 0)
        {
            throw BindingErrors.Invalid(place, $"{kind} table function requires the size to be an integral multiple of the {(window.Kind == TimeWindowKind.Hop ? "slide" : "step")}.");
        }

        var type = plan.Schema[window.TimeIndex].Type;
        var edge = DataTypes.Timestamp(TimePrecision).AsNotNull();
        var moment = (type is DataType.TimestampLtz ? DataTypes.TimestampLtz(TimePrecision) : DataTypes.Timestamp(TimePrecision)).AsNotNull();
        Field[] added = [new("window_start", edge), new("window_end", edge), new("window_time", moment)];
        return new LogicalPlan.WindowTable(plan, window, new RowSchema(plan.Schema.Fields.Concat(added)));
    }

    /// <summary>A constant interval of days to milliseconds.</summary>
    public long LengthOf(SqlExpression expression)
    {
        var binder = new ExpressionBinder(queries, Scope.Empty(null)) { NoAggregatesIn = "a window" };
        return ConstantFolder.Fold(binder.BindTyped(expression), queries.Context.Settings) is Expression.Literal { Type: DataType.IntervalDayTime, Value: long millis }
            ? millis
            : throw BindingErrors.Invalid(expression, "The length of a window is a constant interval of days, hours, minutes or seconds.");
    }

    // Arguments by their places or by their names; the last ones may be left out.
    private static SqlExpression?[] Arrange(SqlExpression.Call call, string[] names)
    {
        var arranged = new SqlExpression?[names.Length];
        for (var i = 0; i < call.Arguments.Count; i++)
        {
            var at = i;
            var argument = call.Arguments[i];
            if (argument is SqlExpression.NamedArgument named)
            {
                at = Array.IndexOf(names, named.ArgumentName.Name.ToUpperInvariant());
                argument = named.Value;
                if (at < 0)
                {
                    throw BindingErrors.Unknown(named, $"{call.Function} has no argument '{named.ArgumentName}'.", named.ArgumentName.Name, names);
                }
            }

            if (at >= names.Length || arranged[at] is not null)
            {
                throw BindingErrors.Invalid(argument, $"Invalid number of arguments to function '{call.Function}'.", $"Its arguments are {string.Join(", ", names)}.");
            }

            arranged[at] = argument;
        }

        var missing = Array.FindIndex(arranged, a => a is null);
        return missing < 0 || names[missing] == "OFFSET"
            ? arranged
            : throw BindingErrors.Invalid(call, $"{call.Function} needs the argument {names[missing]}.", $"Its arguments are {string.Join(", ", names)}.");
    }

    private static int BindTime(SqlExpression? argument, IReadOnlyList<ScopeRelation> relations, SyntaxNode place)
    {
        if (argument is not SqlExpression.Descriptor { Columns: [var name] })
        {
            throw BindingErrors.Invalid(argument ?? place, "The time column of a window is written DESCRIPTOR(column).");
        }

        var scope = new Scope(relations, null);
        if (scope.Find([name])?.Column.Value is not Expression.ColumnReference column)
        {
            throw BindingErrors.Unknown(name, $"Column '{name}' not found in the table of the window.", name.Name, scope.ColumnNames);
        }

        return column.Type is DataType.Timestamp or DataType.TimestampLtz
            ? column.Index
            : throw BindingErrors.Mismatch(name, $"The window function requires the timecol to be of type TIMESTAMP or TIMESTAMP_LTZ, but '{name}' is {column.Type.AsNullable()}.");
    }

    private EquatableList<int> BindPartition(SqlExpression.TableArgument table, IReadOnlyList<ScopeRelation> relations)
    {
        var binder = new ExpressionBinder(queries, new Scope(relations, null)) { NoAggregatesIn = "PARTITION BY" };
        return table.PartitionBy.Select(p => binder.BindTyped(p) is Expression.ColumnReference column
            ? column.Index
            : throw BindingErrors.Unsupported(p, "PARTITION BY an expression in a table function")).ToEquatableList();
    }
}

using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// Several groupings in one: each row comes once for every set, with the number of the set, and with NULL for the keys that are not in it; then it is grouped by all keys and the number. Rows
/// without input make no groups, not even for the empty set.
/// </summary>
internal sealed class GroupingSets
{
    private const int SetsMax = 1024;

    private readonly IReadOnlyList<Expression> _keys;
    private readonly IReadOnlyList<IReadOnlyList<int>> _sets;

    private GroupingSets(LogicalPlan plan, IReadOnlyList<Expression> keys, IReadOnlyList<Expression> columns, IReadOnlyList<IReadOnlyList<int>> sets) =>
        (Plan, _keys, Columns, _sets) = (plan, keys, columns, sets);

    /// <summary>The rows, once for every set.</summary>
    public LogicalPlan Plan { get; }

    /// <summary>What stands for each key, over the plan; last the number of the set.</summary>
    public IReadOnlyList<Expression> Columns { get; }

    /// <summary>The sets that a GROUP BY means, each a list of expressions: every combination of what its items mean.</summary>
    public static IReadOnlyList<IReadOnlyList<SqlExpression>> Of(GroupBy groupBy) =>
        groupBy.Items.Select(SetsOf).Aggregate((IReadOnlyList<IReadOnlyList<SqlExpression>>)[[]], (all, item) => Combine(all, item, groupBy));

    /// <summary>Repeats the rows of an input for every set.</summary>
    /// <param name="keys">All keys, over the input.</param>
    /// <param name="sets">The keys of each set, by index.</param>
    public static GroupingSets Make(LogicalPlan input, IReadOnlyList<Expression> keys, IReadOnlyList<IReadOnlyList<int>> sets)
    {
        var count = input.Schema.Count;
        var numbers = ScalarFunctions.Array.Bind(sets.Select((_, i) => (Expression)Number(i)).ToList());
        var schema = new RowSchema(input.Schema.Fields.Append(new Field("$e", DataTypes.Int.AsNotNull())));
        var repeated = new LogicalPlan.Unnest(input, numbers, WithOrdinality: false, KeepsEmpty: false, schema);
        var set = PlanColumns.At(repeated, count);
        return new GroupingSets(repeated, keys, [.. keys.Select((k, i) => KeyOf(k, i, set, sets)), set], sets);
    }

    /// <summary>Which of the arguments are not in the set of a row: a bit each, the first one highest.</summary>
    /// <param name="arguments">Expressions over the input; none asks for the number of the set among equal ones (GROUP_ID).</param>
    /// <param name="set">The number of the row's set.</param>
    /// <returns>Null when an argument is no key.</returns>
    public Expression? Describe(IReadOnlyList<Expression> arguments, Expression set)
    {
        var places = arguments.Select(a => _keys.ToList().IndexOf(a)).ToList();
        if (places.Contains(-1))
        {
            return null;
        }

        var values = _sets.Select((s, i) => arguments.Count == 0
            ? _sets.Take(i).Count(before => before.Order().SequenceEqual(s.Order()))
            : places.Aggregate(0L, (bits, key) => (bits << 1) | (s.Contains(key) ? 0L : 1L))).ToList();
        var branches = values.Select((v, i) => new CaseBranch(ScalarFunctions.Equals.Bind([set, Number(i)]), new Expression.Literal(v, DataTypes.BigInt.AsNotNull()))).ToList();
        return ConditionalTypes.BindCase(branches.Take(branches.Count - 1).ToList(), branches[^1].Result);
    }

    private static Expression.Literal Number(int value) => new(value, DataTypes.Int.AsNotNull());

    // A key of every set stays as it is, so that a time window is found in it.
    private static Expression KeyOf(Expression key, int index, Expression set, IReadOnlyList<IReadOnlyList<int>> sets)
    {
        var missing = Enumerable.Range(0, sets.Count).Where(i => !sets[i].Contains(index)).ToList();
        if (missing.Count == 0)
        {
            return key;
        }

        var isMissing = ScalarFunctions.In.Bind([set, .. missing.Select(Number)]);
        var type = key.Type.AsNullable();
        return new Expression.Case([new CaseBranch(isMissing, new Expression.Literal(null, type))], key, type);
    }

    private static IReadOnlyList<IReadOnlyList<SqlExpression>> Combine(IReadOnlyList<IReadOnlyList<SqlExpression>> all, IReadOnlyList<IReadOnlyList<SqlExpression>> item, GroupBy groupBy) =>
        all.Count * item.Count <= SetsMax
            ? all.SelectMany(a => item.Select(IReadOnlyList<SqlExpression> (i) => [.. a, .. i])).ToList()
            : throw BindingErrors.Invalid(groupBy, $"GROUP BY means more than {SetsMax} grouping sets.");

    private static IReadOnlyList<IReadOnlyList<SqlExpression>> SetsOf(GroupItem item) => item switch
    {
        GroupItem.Expressions expressions => [expressions.Items],
        GroupItem.Sets { Kind: GroupingKind.GroupingSets } sets => sets.Items.SelectMany(SetsOf).ToList(),
        GroupItem.Sets { Kind: GroupingKind.Rollup } sets => Enumerable.Range(0, sets.Items.Count + 1).Reverse().Select(n => Flatten(sets.Items.Take(n))).ToList(),
        GroupItem.Sets { Items.Count: > 16 } => throw BindingErrors.Invalid(item, $"CUBE of so many expressions means more than {SetsMax} grouping sets."),
        GroupItem.Sets sets => Enumerable.Range(0, 1 << sets.Items.Count).Reverse().Select(bits => Flatten(sets.Items.Where((_, i) => (bits >> (sets.Items.Count - 1 - i) & 1) != 0))).ToList(),
        _ => throw new System.Diagnostics.UnreachableException(item.GetType().Name),
    };

    private static IReadOnlyList<SqlExpression> Flatten(IEnumerable<GroupItem> items) => items.SelectMany(i => i is GroupItem.Expressions e ? e.Items
        : throw BindingErrors.Invalid(i, "ROLLUP and CUBE take expressions only.")).ToList();
}

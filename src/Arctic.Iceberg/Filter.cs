using System.Linq.Expressions;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Filters;
using Arctic.Iceberg.Spec;
using RowExpression = Arctic.Columnar.Expressions.Expression;
using ScalarFunction = Arctic.Columnar.Expressions.ScalarFunction;
using ScalarFunctions = Arctic.Columnar.Expressions.ScalarFunctions;

namespace Arctic.Iceberg;

/// <summary>
/// A condition on rows, not yet bound to a table: <c>Filter.Column("amount") &gt; 10m &amp; Filter.Column("customer").StartsWith("a")</c>. It rules out partitions, files and row
/// groups by their statistics, and what is left row by row. Immutable.
/// </summary>
/// <remarks>
/// Conditions built from columns know three values, as in SQL: a comparison with NULL is neither true nor false, and its negation is not true either. A condition from a lambda over a
/// record (<see cref="Where{T}"/>) has the meaning that C# gives it.
/// </remarks>
public abstract class Filter
{
    private protected Filter()
    {
    }

    /// <summary>Every row.</summary>
    public static Filter All { get; } = new AllFilter();

    /// <summary>A column to build conditions of.</summary>
    /// <param name="name">As in the schema, or without its case and underscores; <c>address.city</c> is a field of a struct.</param>
    public static FilterOperand Column(string name) => new FilterOperand.ColumnOperand(name ?? throw new ArgumentNullException(nameof(name)));

    /// <summary>A condition from a lambda over a record: comparisons, <c>&amp;&amp;</c>, <c>||</c>, <c>!</c>, null checks, arithmetic, <c>StartsWith</c>, <c>EndsWith</c>, <c>Contains</c> of texts and lists.</summary>
    /// <remarks>Parts without the record (captured variables, calls) are evaluated once, when the filter is bound.</remarks>
    public static Filter Where<T>(Expression<Func<T, bool>> condition) => new LambdaFilter<T>(condition ?? throw new ArgumentNullException(nameof(condition)));

    /// <summary>Both conditions.</summary>
    public static Filter operator &(Filter left, Filter right) => Call(ScalarFunctions.And, left, right);

    /// <summary>At least one of the conditions.</summary>
    public static Filter operator |(Filter left, Filter right) => Call(ScalarFunctions.Or, left, right);

    /// <summary>Not the condition; not true either where the condition is unknown.</summary>
    public static Filter operator !(Filter condition) => new CallFilter(ScalarFunctions.Not, [condition ?? throw new ArgumentNullException(nameof(condition))]);

    /// <summary>The condition over the columns of a schema; BOOLEAN.</summary>
    /// <exception cref="ArcticException"><c>UNKNOWN_NAME</c>, <c>TYPE_MISMATCH</c>, <c>UNSUPPORTED</c>: what part of the filter does not fit, and why.</exception>
    internal abstract RowExpression Bind(Schema schema);

    private static CallFilter Call(ScalarFunction function, Filter left, Filter right) =>
        new(function, [left ?? throw new ArgumentNullException(nameof(left)), right ?? throw new ArgumentNullException(nameof(right))]);

    private sealed class AllFilter : Filter
    {
        public override string ToString() => "true";

        internal override RowExpression Bind(Schema schema) => new RowExpression.Literal(true, Columnar.Types.DataTypes.Boolean.AsNotNull());
    }
}

using Arctic.Columnar.Errors;
using Arctic.Iceberg.Filters;
using Arctic.Iceberg.Spec;
using RowExpression = Arctic.Columnar.Expressions.Expression;
using ScalarFunction = Arctic.Columnar.Expressions.ScalarFunction;
using ScalarFunctions = Arctic.Columnar.Expressions.ScalarFunctions;

#pragma warning disable CS0660, CS0661 // == makes a condition and does not compare: Equals and GetHashCode stay those of references.

namespace Arctic.Iceberg;

/// <summary>A side of a comparison: a column, or a constant, which .NET values become by themselves.</summary>
public abstract class FilterOperand
{
    private protected FilterOperand()
    {
    }

    /// <summary>Equal.</summary>
    public static Filter operator ==(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.Equals, "==", left, right);

    /// <summary>Not equal; unknown where a side is NULL.</summary>
    public static Filter operator !=(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.NotEquals, "!=", left, right);

    /// <summary>Less.</summary>
    public static Filter operator <(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.LessThan, "<", left, right);

    /// <summary>Less or equal.</summary>
    public static Filter operator <=(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.LessThanOrEqual, "<=", left, right);

    /// <summary>Greater.</summary>
    public static Filter operator >(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.GreaterThan, ">", left, right);

    /// <summary>Greater or equal.</summary>
    public static Filter operator >=(FilterOperand left, FilterOperand right) => Compare(ScalarFunctions.GreaterThanOrEqual, ">=", left, right);

    /// <summary>A truth value.</summary>
    public static implicit operator FilterOperand(bool value) => new Constant(value);

    /// <summary>A number.</summary>
    public static implicit operator FilterOperand(int value) => new Constant(value);

    /// <summary>A number.</summary>
    public static implicit operator FilterOperand(long value) => new Constant(value);

    /// <summary>A number.</summary>
    public static implicit operator FilterOperand(float value) => new Constant(value);

    /// <summary>A number.</summary>
    public static implicit operator FilterOperand(double value) => new Constant(value);

    /// <summary>A number.</summary>
    public static implicit operator FilterOperand(decimal value) => new Constant(value);

    /// <summary>A text.</summary>
    public static implicit operator FilterOperand(string value) => new Constant(value ?? throw NothingEqualsNull(nameof(value)));

    /// <summary>A date.</summary>
    public static implicit operator FilterOperand(DateOnly value) => new Constant(value);

    /// <summary>A time of day.</summary>
    public static implicit operator FilterOperand(TimeOnly value) => new Constant(value);

    /// <summary>A wall-clock time; of kind <see cref="DateTimeKind.Utc"/> an instant where the column is one.</summary>
    public static implicit operator FilterOperand(DateTime value) => new Constant(value);

    /// <summary>An instant.</summary>
    public static implicit operator FilterOperand(DateTimeOffset value) => new Constant(value);

    /// <summary>A UUID.</summary>
    public static implicit operator FilterOperand(Guid value) => new Constant(value);

    /// <summary>Bytes.</summary>
    public static implicit operator FilterOperand(byte[] value) => new Constant(value ?? throw NothingEqualsNull(nameof(value)));

    /// <summary>Whether it is NULL; never unknown.</summary>
    public Filter IsNull() => new NullFilter(ScalarFunctions.IsNull, this);

    /// <summary>Whether it is not NULL; never unknown.</summary>
    public Filter IsNotNull() => new NullFilter(ScalarFunctions.IsNotNull, this);

    /// <summary>Whether it equals one of the values; of none it is false.</summary>
    public Filter In(params IEnumerable<FilterOperand> values) => new InFilter(this, values.Select(v => v ?? throw NothingEqualsNull(nameof(values))).ToArray());

    /// <summary>Whether it equals one of the values; of none it is false.</summary>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>: values of that type cannot be in a column.</exception>
    public Filter In<T>(IEnumerable<T> values)
        where T : notnull => new InFilter(this, values.Select(v => v as FilterOperand ?? new Constant(v ?? throw NothingEqualsNull(nameof(values)))).ToArray());

    /// <summary>Whether it equals none of the values; unknown where it is NULL.</summary>
    public Filter NotIn(params IEnumerable<FilterOperand> values) => !In(values);

    /// <summary>Whether it is not less than one bound and not greater than the other.</summary>
    public Filter Between(FilterOperand least, FilterOperand most) => this >= least & this <= most;

    /// <summary>Whether the text begins so; case counts.</summary>
    public Filter StartsWith(string prefix) => new LikeFilter(this, LikeKind.StartsWith, prefix ?? throw new ArgumentNullException(nameof(prefix)));

    /// <summary>Whether the text ends so; case counts.</summary>
    public Filter EndsWith(string suffix) => new LikeFilter(this, LikeKind.EndsWith, suffix ?? throw new ArgumentNullException(nameof(suffix)));

    /// <summary>Whether the text holds the part; case counts.</summary>
    public Filter Contains(string part) => new LikeFilter(this, LikeKind.Contains, part ?? throw new ArgumentNullException(nameof(part)));

    /// <summary>The error of a null where a value stands.</summary>
    internal static ArgumentNullException NothingEqualsNull(string parameter) => new(parameter, "Nothing is equal to NULL: use IsNull() or IsNotNull().");

    /// <summary>The operand over the columns of a schema.</summary>
    internal abstract RowExpression Bind(Schema schema);

    private static ComparisonFilter Compare(ScalarFunction function, string symbol, FilterOperand left, FilterOperand right) =>
        new(function, symbol, left ?? throw NothingEqualsNull(nameof(left)), right ?? throw NothingEqualsNull(nameof(right)));

    internal sealed class ColumnOperand(string name) : FilterOperand
    {
        public override string ToString() => name;

        internal override RowExpression Bind(Schema schema) => FilterColumns.Find(schema, name);
    }

    internal sealed class Constant(object value) : FilterOperand
    {
        public override string ToString() => FilterLiterals.TextOf(value);

        internal override RowExpression Bind(Schema schema) => FilterLiterals.Of(value);
    }
}

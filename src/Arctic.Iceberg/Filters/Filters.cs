using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Filters;

/// <summary>AND, OR and NOT.</summary>
internal sealed class CallFilter(ScalarFunction function, IReadOnlyList<Filter> arguments) : Filter
{
    public override string ToString() => arguments.Count == 1 ? $"!{arguments[0]}" : $"({arguments[0]} {(function == ScalarFunctions.And ? "&" : "|")} {arguments[1]})";

    internal override Expression Bind(Schema schema) => function.Bind(arguments.Select(a => a.Bind(schema)).ToArray());
}

/// <summary>One of the six comparisons.</summary>
internal sealed class ComparisonFilter(ScalarFunction function, string symbol, FilterOperand left, FilterOperand right) : Filter
{
    public override string ToString() => $"{left} {symbol} {right}";

    internal override Expression Bind(Schema schema)
    {
        var (a, b) = FilterLiterals.Fit(left.Bind(schema), right.Bind(schema));
        return BoundFilter.Call(function, [a, b], this);
    }
}

/// <summary>IS NULL and IS NOT NULL.</summary>
internal sealed class NullFilter(ScalarFunction function, FilterOperand operand) : Filter
{
    public override string ToString() => $"{operand}.{(function == ScalarFunctions.IsNull ? "IsNull()" : "IsNotNull()")}";

    internal override Expression Bind(Schema schema) => BoundFilter.Call(function, [operand.Bind(schema)], this);
}

/// <summary>Membership in a list.</summary>
internal sealed class InFilter(FilterOperand operand, IReadOnlyList<FilterOperand> values) : Filter
{
    public override string ToString() => $"{operand}.In({string.Join(", ", values)})";

    internal override Expression Bind(Schema schema) => BoundFilter.In(operand.Bind(schema), values.Select(v => v.Bind(schema)), this);
}

/// <summary>Where in a text a part is looked for.</summary>
internal enum LikeKind
{
    StartsWith,
    EndsWith,
    Contains,
}

/// <summary>A part of a text.</summary>
internal sealed class LikeFilter(FilterOperand operand, LikeKind kind, string part) : Filter
{
    public override string ToString() => $"{operand}.{kind}('{part}')";

    internal override Expression Bind(Schema schema) => BoundFilter.Like(operand.Bind(schema), kind, part, this);
}

/// <summary>Calls of the functions that filters are made of, with the filter in the error when they do not fit.</summary>
internal static class BoundFilter
{
    private const char Escape = '\\';

    /// <summary>A call; constants in it are computed, so that pruning sees them.</summary>
    /// <param name="source">What the caller wrote, for the message.</param>
    public static Expression Call(ScalarFunction function, IReadOnlyList<Expression> arguments, object source)
    {
        try
        {
            return ConstantFolder.Fold(function.Bind(arguments), EvaluationSettings.Default);
        }
        catch (ArcticException e)
        {
            throw new ArcticException(e.Code, $"The filter '{source}' does not fit the table: {e.Message}", e) { Hint = e.Code == ErrorCodes.TypeMismatch ? HintFor(arguments) ?? e.Hint : e.Hint };
        }
    }

    // The hints of SQL name what only SQL has.
    private static string? HintFor(IReadOnlyList<Expression> arguments)
    {
        var columns = arguments.OfType<Expression.ColumnReference>().Select(c => $"'{c.Name}' is of type {c.Type.WithNullability(true)}").ToArray();
        return columns.Length == 0 ? null : $"Give a .NET value of the column's type: {string.Join(", ", columns)}.";
    }

    /// <summary>Membership; FALSE in a list without values.</summary>
    public static Expression In(Expression operand, IEnumerable<Expression> values, object source)
    {
        var list = values.Select(v => FilterLiterals.Fit(operand, v).Right).ToArray();
        return list.Length == 0 ? new Expression.Literal(false, DataTypes.Boolean.AsNotNull()) : Call(ScalarFunctions.In, [operand, .. list], source);
    }

    /// <summary>A part of a text, whatever characters it has.</summary>
    public static Expression Like(Expression operand, LikeKind kind, string part, object source)
    {
        var isPlain = part.AsSpan().IndexOfAny('%', '_', Escape) < 0;
        var escaped = isPlain ? part : part.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
        var pattern = kind switch
        {
            LikeKind.StartsWith => escaped + "%",
            LikeKind.EndsWith => "%" + escaped,
            _ => "%" + escaped + "%",
        };
        Expression[] arguments = isPlain ? [operand, FilterLiterals.Of(pattern)] : [operand, FilterLiterals.Of(pattern), FilterLiterals.Of(Escape.ToString())];
        return Call(ScalarFunctions.Like, arguments, source);
    }
}

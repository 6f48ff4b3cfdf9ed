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
        var columns = arguments.OfType<Expression.ColumnReference>().Where(c => NetTypeOf(c.Type) is not null).Select(c => $"'{c.Name}' takes {NetTypeOf(c.Type)}").ToArray();
        return columns.Length == 0 ? null : $"Give a value of the column's type: {string.Join(", ", columns)}.";
    }

    private static string? NetTypeOf(DataType type) => type switch
    {
        DataType.Boolean => "bool",
        DataType.Int or DataType.BigInt or DataType.Float or DataType.Double or DataType.Decimal => "numbers",
        DataType.Date => "DateOnly",
        DataType.Time => "TimeOnly",
        DataType.Timestamp => "DateTime",
        DataType.TimestampLtz => "DateTimeOffset, or DateTime of kind Utc",
        DataType.Binary { Length: 16 } => "Guid or byte[]",
        DataType.Binary or DataType.VarBinary => "byte[]",
        _ when type.IsCharacter() => "string",
        _ => null,
    };

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

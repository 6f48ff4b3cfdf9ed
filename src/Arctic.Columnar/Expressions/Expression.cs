using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>
/// A typed scalar expression over the columns of one row: the one tree that SQL, pruning and row filters share. Immutable; compares by
/// value. Operators (<c>+</c>, <c>=</c>, <c>AND</c>) are calls of functions in <see cref="ScalarFunctions"/>.
/// </summary>
/// <param name="Type">The type of the result, with its nullability.</param>
public abstract record Expression(DataType Type)
{
    /// <summary>Where the expression was written, for errors at run time; no part of its value.</summary>
    internal ExpressionOrigin Origin { get; init; }

    /// <summary>The value of an input column.</summary>
    /// <param name="Index">0-based.</param>
    /// <param name="Name">For messages and plans.</param>
    /// <param name="Type">The column's type.</param>
    public sealed record ColumnReference(int Index, string Name, DataType Type) : Expression(Type)
    {
        /// <inheritdoc/>
        public override string ToString() => Name;
    }

    /// <summary>A constant.</summary>
    /// <param name="Value">
    /// Null for NULL; else by layout: <see cref="bool"/>, <see cref="sbyte"/>, <see cref="short"/>, <see cref="int"/>, <see cref="long"/>,
    /// <see cref="float"/>, <see cref="double"/>, <see cref="Int128"/> (unscaled), <see cref="string"/> for character types, an
    /// <see cref="EquatableList{T}"/> of bytes for binary ones. Nested values are calls of constructor functions, not literals.
    /// </param>
    /// <param name="Type">The literal's type.</param>
    public sealed record Literal(object? Value, DataType Type) : Expression(Type)
    {
        /// <inheritdoc/>
        public override string ToString() => Value switch
        {
            null => "NULL",
            string text => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            Int128 when Type is DataType.Decimal => ValueText.Format(LiteralColumn.Of(this), 0, TimeZoneInfo.Utc),
            _ => System.FormattableString.Invariant($"{Value}"),
        };
    }

    /// <summary>A function of the arguments.</summary>
    public sealed record Call(ScalarFunction Function, EquatableList<Expression> Arguments, DataType Type) : Expression(Type)
    {
        /// <inheritdoc/>
        public override string ToString() => Function.Print(Arguments);
    }

    /// <summary>CAST, or TRY_CAST when <paramref name="IsTry"/>: NULL instead of an error.</summary>
    public sealed record Cast(Expression Operand, DataType Type, bool IsTry) : Expression(Type)
    {
        /// <inheritdoc/>
        public override string ToString() => $"{(IsTry ? "TRY_CAST" : "CAST")}({Operand} AS {Type.AsNullable()})";
    }

    /// <summary>The result of the first branch whose condition is TRUE, else <paramref name="Else"/>. A branch is evaluated for its own rows only.</summary>
    public sealed record Case(EquatableList<CaseBranch> Branches, Expression Else, DataType Type) : Expression(Type)
    {
        /// <inheritdoc/>
        public override string ToString() =>
            $"CASE {string.Join(" ", Branches.Select(b => $"WHEN {b.Condition} THEN {b.Result}"))} ELSE {Else} END";
    }
}

/// <summary>A place that does not count when expressions are compared: all origins are equal.</summary>
/// <param name="Position">In the statement's text; null when the expression was not written there.</param>
internal readonly record struct ExpressionOrigin(Errors.SourcePosition? Position)
{
    /// <inheritdoc/>
    public bool Equals(ExpressionOrigin other) => true;

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}

/// <summary>One <c>WHEN … THEN …</c>.</summary>
/// <param name="Condition">BOOLEAN; NULL counts as FALSE.</param>
/// <param name="Result">Of the CASE's type.</param>
public sealed record CaseBranch(Expression Condition, Expression Result);

using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Mapping;

/// <summary>Takes values of one .NET type to columns and back, a whole array at a time. Immutable.</summary>
internal abstract class ValueCodec<TValue>
{
    /// <summary>A column of the first <paramref name="count"/> values.</summary>
    /// <exception cref="ArcticException"><c>EVALUATION_FAILED</c>: the column cannot hold one of them.</exception>
    public abstract Column Encode(TValue[] values, int count);

    /// <summary>The values of a column, one a row.</summary>
    /// <param name="column">Of the type that the codec was made for; never a <see cref="ConstantColumn"/>.</param>
    /// <param name="values">At least as long.</param>
    /// <exception cref="ArcticException"><c>EVALUATION_FAILED</c>: the .NET type cannot hold one of them.</exception>
    public abstract void Decode(Column column, TValue[] values);
}

/// <summary>Where a codec stands, for its errors.</summary>
/// <param name="Member">The property, <c>Order.Amount</c>.</param>
/// <param name="MemberType">Its type at this level.</param>
/// <param name="Column">The column's full name.</param>
/// <param name="ColumnType">Its type at this level.</param>
internal sealed record MappingPlace(string Member, MemberType MemberType, string Column, IcebergType ColumnType)
{
    /// <summary>The place of a list's elements, a map's keys or values.</summary>
    public MappingPlace Below(string part, MemberType memberType, IcebergType columnType) =>
        new($"{Member}.{part}", memberType, $"{Column}.{part}", columnType);

    /// <summary>A value that the column cannot hold.</summary>
    public ArcticException CannotStore<T>(T value, string? rule) =>
        new(ErrorCodes.EvaluationFailed, $"Cannot store {Text(value)} of the property '{Member}' ({MemberType}) in the column '{Column}' of type {ColumnType}{Because(rule)}.");

    /// <summary>A value that the property cannot hold.</summary>
    public ArcticException CannotLoad<T>(T stored, string? rule) =>
        new(ErrorCodes.EvaluationFailed, $"Cannot read {Text(stored)} of the column '{Column}' ({ColumnType}) into the property '{Member}' of type {MemberType}{Because(rule)}.");

    /// <summary>A null for a required column.</summary>
    public ArcticException NullForRequired() =>
        new(ErrorCodes.EvaluationFailed, $"Cannot store null of the property '{Member}' in the column '{Column}': the column is required.");

    /// <summary>A NULL for a property that does not admit it.</summary>
    public ArcticException NullForMember() =>
        new(ErrorCodes.EvaluationFailed, $"Cannot read NULL of the column '{Column}' into the property '{Member}' of type {MemberType}.")
        {
            Hint = $"Declare it as {MemberType}?.",
        };

    /// <summary>Types that do not fit together.</summary>
    public ArcticException DoesNotFit(string? hint = null) =>
        new(ErrorCodes.TypeMismatch, $"The property '{Member}' of type {MemberType} cannot be the column '{Column}' of type {ColumnType}.") { Hint = hint };

    private static string Because(string? rule) => rule is null ? "" : $": {rule}";

    private static string Text<T>(T value) => value switch
    {
        string or byte[] => "a value",
        ShownValue v => v.Text,
        DateTime v => FormattableString.Invariant($"'{v:yyyy-MM-dd HH:mm:ss.FFFFFFFK}'"),
        DateTimeOffset v => FormattableString.Invariant($"'{v:yyyy-MM-dd HH:mm:ss.FFFFFFFzzz}'"),
        _ => FormattableString.Invariant($"'{value}'"),
    };
}

/// <summary>A value as a message shows it.</summary>
internal readonly record struct ShownValue(string Text);

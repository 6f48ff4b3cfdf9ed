using System.Text;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Kernels;

/// <summary>The errors of kernels, kept out of their loops.</summary>
internal static class EvaluationErrors
{
    public static ArcticException DivisionByZero() => new(ErrorCodes.EvaluationFailed, "Cannot divide: / by zero.");

    public static ArcticException NullInNotNull(DataType type) =>
        new(ErrorCodes.EvaluationFailed, $"An expression of type {type} has no value: the result does not fit its type, and the type admits no NULL.")
        {
            Hint = "Use a wider type, or make the operand nullable to get NULL instead.",
        };

    public static ArcticException CannotParse(ReadOnlySpan<byte> text, DataType type) =>
        new(ErrorCodes.EvaluationFailed, $"Cannot read '{Shorten(text)}' as {type.AsNullable()}: For input string: '{Shorten(text)}'. Invalid character found or out of range.")
        {
            Hint = "TRY_CAST gives NULL instead of an error.",
        };

    public static ArcticException Failed(string message) => new(ErrorCodes.EvaluationFailed, message);

    private static string Shorten(ReadOnlySpan<byte> text) =>
        text.Length <= 100 ? Encoding.UTF8.GetString(text) : Encoding.UTF8.GetString(text[..100]) + "…";
}

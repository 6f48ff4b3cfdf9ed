using Arctic.Columnar.Errors;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>The refusals of the binder, each with its place.</summary>
internal static class BindingErrors
{
    /// <summary>A well-formed statement that makes no sense.</summary>
    public static ArcticException Invalid(SyntaxNode node, string message, string? hint = null) => Make(ErrorCodes.InvalidStatement, node, message, hint);

    /// <summary>Types that do not fit.</summary>
    public static ArcticException Mismatch(SyntaxNode node, string message, string? hint = null) => Make(ErrorCodes.TypeMismatch, node, message, hint);

    /// <summary>Something of the dialect that is not there yet.</summary>
    public static ArcticException Unsupported(SyntaxNode node, string what) => Make(ErrorCodes.Unsupported, node, $"{what} is not supported yet.", null);

    /// <summary>A name that nobody knows, with the nearest known one as a hint.</summary>
    public static ArcticException Unknown(SyntaxNode node, string message, string name, IEnumerable<string> candidates) =>
        Make(ErrorCodes.UnknownName, node, message, NameSuggestion.For(name, candidates));

    /// <summary>A bare NULL where a type is needed.</summary>
    public static ArcticException IllegalNull(SyntaxNode node) => Make(ErrorCodes.InvalidStatement, node, "Illegal use of 'NULL'.", "Write CAST(NULL AS type).");

    /// <summary>The same error with a place, when it has none yet: functions do not know where they were called.</summary>
    public static ArcticException At(SyntaxNode node, ArcticException error) => error.Position is not null
        ? error
        : new ArcticException(error.Code, error.Message, error) { Hint = error.Hint, Position = node.Position };

    private static ArcticException Make(ErrorCode code, SyntaxNode node, string message, string? hint) => new(code, message) { Position = node.Position, Hint = hint };
}

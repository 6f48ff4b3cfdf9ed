using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;

namespace Arctic.Columnar.Expressions;

/// <summary>The refusals of <see cref="ScalarFunction.Bind"/>, in Flink's words, and the checks that end in them.</summary>
internal static class BindErrors
{
    public static ArcticException CannotApply(string name, IReadOnlyList<Expression> arguments) =>
        new(ErrorCodes.TypeMismatch, $"Cannot apply '{name}' to arguments of type '{name}({string.Join(", ", arguments.Select(a => $"<{a.Type.AsNullable()}>"))})'.");

    public static ArcticException IllegalNull() =>
        new(ErrorCodes.InvalidStatement, "Illegal use of 'NULL'.") { Hint = "Write CAST(NULL AS type)." };

    public static ArcticException WrongCount(string name, int count) =>
        new(ErrorCodes.InvalidStatement, $"Invalid number of arguments to function '{name}': {count}.");

    public static ArcticException Invalid(string message) => new(ErrorCodes.InvalidStatement, message);

    public static void RefuseNull(IReadOnlyList<Expression> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Type is DataType.Null)
            {
                throw IllegalNull();
            }
        }
    }

    public static void RequireCount(string name, IReadOnlyList<Expression> arguments, int min, int max)
    {
        if (arguments.Count < min || arguments.Count > max)
        {
            throw WrongCount(name, arguments.Count);
        }
    }

    public static bool AnyNullable(IReadOnlyList<Expression> arguments)
    {
        foreach (var argument in arguments)
        {
            if (argument.Type.IsNullable)
            {
                return true;
            }
        }

        return false;
    }
}

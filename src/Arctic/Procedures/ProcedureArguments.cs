using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding;
using Arctic.Sql.Catalog;
using Arctic.Sql.Syntax;

namespace Arctic.Procedures;

/// <summary>Matches the arguments of CALL with a procedure's parameters, by place or all by name, and computes them.</summary>
internal sealed class ProcedureArguments(Procedure procedure, EvaluationSettings settings)
{
    private const long MicrosPerMilli = 1000;

    private readonly Binder _binder = new(ResolvedTables.Empty, settings);

    /// <summary>The values by parameter; those that were left out or NULL are not there.</summary>
    /// <exception cref="ArcticException">An argument is unknown, missing, given twice or of another type.</exception>
    public IReadOnlyDictionary<string, object> Bind(Statement.Call call)
    {
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (parameter, argument) in Match(call))
        {
            if (Evaluate(parameter, argument) is { } value)
            {
                values.Add(parameter.Name, value);
            }
        }

        return procedure.Parameters.FirstOrDefault(p => p.IsRequired && !values.ContainsKey(p.Name)) is { } missing
            ? throw Invalid(call, $"{procedure.FullName} needs the argument '{missing.Name}'.")
            : values;
    }

    private List<(ProcedureParameter Parameter, SqlExpression Argument)> Match(Statement.Call call)
    {
        var named = call.Arguments.OfType<SqlExpression.NamedArgument>().ToList();
        if (named.Count == 0)
        {
            return call.Arguments.Count <= procedure.Parameters.Count
                ? call.Arguments.Select((a, i) => (procedure.Parameters[i], a)).ToList()
                : throw Invalid(call.Arguments[procedure.Parameters.Count], $"{procedure.FullName} takes {procedure.Parameters.Count} arguments at most, not {call.Arguments.Count}.");
        }

        if (named.Count < call.Arguments.Count)
        {
            throw Invalid(call.Arguments.First(a => a is not SqlExpression.NamedArgument), $"The arguments of {procedure.FullName} are given all by place or all by name.");
        }

        var repeated = named.GroupBy(n => n.ArgumentName.Name).FirstOrDefault(g => g.Count() > 1);
        return repeated is null ? named.Select(n => (Find(n.ArgumentName), n.Value)).ToList() : throw Invalid(repeated.Last(), $"The argument '{repeated.Key}' is given twice.");
    }

    private ProcedureParameter Find(Identifier name) => procedure.Parameters.FirstOrDefault(p => p.Name == name.Name)
        ?? throw new ArcticException(ErrorCodes.UnknownName, $"{procedure.FullName} has no parameter '{name}'.")
        {
            Hint = NameSuggestion.For(name.Name, procedure.Parameters.Select(p => p.Name)) ?? $"CALL {procedure}",
            Position = name.Position,
        };

    private object? Evaluate(ProcedureParameter parameter, SqlExpression argument)
    {
        if (argument is SqlExpression.NullLiteral)
        {
            return null;
        }

        var bound = _binder.BindConstant(argument);
        var isMillis = parameter.Type is DataType.TimestampLtz && bound.Type.IsInteger();
        var target = isMillis ? DataTypes.BigInt : parameter.Type;
        var isText = bound.Type.IsCharacter() && target is DataType.TimestampLtz;
        if (!isText && !TypeCoercion.CanAssign(bound.Type, target))
        {
            throw new ArcticException(ErrorCodes.TypeMismatch, $"The argument '{parameter.Name}' of {procedure.FullName} must be of type {parameter.Type}, not {bound.Type.AsNullable()}.")
            {
                Hint = parameter.Type is DataType.TimestampLtz ? "Write TIMESTAMP '2026-01-31 12:00:00', the same as a text, or milliseconds since 1970." : $"CALL {procedure}",
                Position = argument.Position,
            };
        }

        var value = Compute(CastRules.Cast(bound, target, isTry: false), argument);
        return isMillis && value is long millis ? millis * MicrosPerMilli : value;
    }

    private object? Compute(Expression expression, SqlExpression argument)
    {
        try
        {
            return LiteralColumn.ToLiteral(ConstantFolder.Evaluate(expression, settings), expression.Type)?.Value;
        }
        catch (ArcticException e) when (e.Position is null)
        {
            throw new ArcticException(e.Code, e.Message, e) { Hint = e.Hint, Position = argument.Position };
        }
    }

    private ArcticException Invalid(SyntaxNode place, string message) => new(ErrorCodes.InvalidStatement, message) { Hint = $"CALL {procedure}", Position = place.Position };
}

using System.Runtime.CompilerServices;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Expressions;
using Arctic.Columnar.Types;
using Arctic.Sql.Binding.Correlation;
using Arctic.Sql.Logical;
using Arctic.Sql.Syntax;

namespace Arctic.Sql.Binding;

/// <summary>
/// Gives names and types to expressions. Aggregates and sub-queries become <see cref="BoundAggregate"/> and <see cref="BoundSubquery"/>, which the
/// binder of the SELECT replaces by columns. This file holds names, literals and constructors; operators and calls are in the other parts.
/// </summary>
internal sealed partial class ExpressionBinder(QueryBinder queries, Scope scope)
{
    private int _aggregateDepth;

    /// <summary>Where aggregates may not stand, the clause that forbids them; null where they may.</summary>
    public string? NoAggregatesIn { get; init; }

    /// <summary>Whether there are group keys: without them a group may be empty, and its aggregates NULL.</summary>
    public bool HasGroupKeys { get; init; }

    /// <summary>Asked about every name before the scope is: the aliases of a select list, in ORDER BY.</summary>
    public Func<SqlExpression.Name, Expression?>? FindAlias { get; init; }

    private BindingContext Context => queries.Context;

    /// <summary>Binds an expression that must have a type: a bare NULL, also within a row, is refused.</summary>
    public Expression BindTyped(SqlExpression expression)
    {
        var bound = Bind(expression);
        return ContainsNullType(bound.Type) ? throw BindingErrors.IllegalNull(expression) : bound;
    }

    /// <summary>Binds a condition: BOOLEAN, or a bare NULL as one.</summary>
    public Expression BindCondition(SqlExpression expression, string clause)
    {
        var bound = Bind(expression);
        return bound.Type is DataType.Boolean or DataType.Null
            ? TypeCoercion.Coerce(bound, DataTypes.Boolean)
            : throw BindingErrors.Mismatch(expression, $"{clause} must be a condition: it has the type {bound.Type.AsNullable()}, not BOOLEAN.");
    }

    /// <summary>Binds an expression; what functions refuse is told with its place.</summary>
    public Expression Bind(SqlExpression expression)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw BindingErrors.Invalid(expression, "The expression is nested too deeply.");
        }

        try
        {
            var bound = Placed(BindNode(expression), expression);
            Context.Places[bound] = expression;
            return bound;
        }
        catch (ArcticException e) when (e.Position is null)
        {
            throw BindingErrors.At(expression, e);
        }
    }

    // The innermost expression of the text that a call or cast came from is its place.
    private Expression Placed(Expression bound, SqlExpression expression) =>
        Context.IsStatementText && bound is (Expression.Call or Expression.Cast) && bound.Origin.Position is null ? bound with { Origin = new ExpressionOrigin(expression.Position) } : bound;

    /// <summary>Whether a value of the type may hold a bare NULL, whose type nobody has said.</summary>
    internal static bool ContainsNullType(DataType type) => type switch
    {
        DataType.Null => true,
        DataType.Row row => row.Fields.Any(f => ContainsNullType(f.Type)),
        DataType.Array array => ContainsNullType(array.Element),
        DataType.Map map => ContainsNullType(map.Key) || ContainsNullType(map.Value),
        _ => false,
    };

    private Expression BindNode(SqlExpression expression) => expression switch
    {
        SqlExpression.NullLiteral => new Expression.Literal(null, DataTypes.Null),
        SqlExpression.BooleanLiteral boolean => new Expression.Literal(boolean.Value, DataTypes.Boolean.WithNullability(boolean.Value is null)),
        SqlExpression.NumericLiteral number => LiteralBinder.BindNumber(number),
        SqlExpression.StringLiteral text => LiteralBinder.BindString(text.Value),
        SqlExpression.BinaryLiteral binary => new Expression.Literal(binary.Value, new DataType.Binary(binary.Value.Count).AsNotNull()),
        SqlExpression.DateTimeLiteral moment => BindMoment(moment),
        SqlExpression.IntervalLiteral interval => IntervalLiterals.Bind(interval),
        SqlExpression.IntervalExpression interval => BindIntervalExpression(interval),
        SqlExpression.TimeUnitArgument word => LiteralBinder.BindWord(word.Word),
        SqlExpression.Name name => BindName(name),
        SqlExpression.Unary unary => BindUnary(unary),
        SqlExpression.Binary binary => BindBinary(binary),
        SqlExpression.Is test => BindIs(test),
        SqlExpression.Between between => BindBetween(between),
        SqlExpression.InList inList => BindInList(inList),
        SqlExpression.InQuery inQuery => BindInQuery(inQuery),
        SqlExpression.Quantified quantified => BindQuantified(quantified),
        SqlExpression.Like like => BindLike(like),
        SqlExpression.Case conditional => BindCase(conditional),
        SqlExpression.Cast cast => CastRules.Cast(Bind(cast.Operand), TypeBinder.Bind(cast.Type, TypePlace.Cast), cast.IsTry),
        SqlExpression.Call call => BindCall(call),
        SqlExpression.Row row => ScalarFunctions.Row.Bind(BindAll(row.Items)),
        SqlExpression.Array array => ScalarFunctions.Array.Bind(BindAll(array.Items)),
        SqlExpression.Map map => ScalarFunctions.Map.Bind(BindAll(map.Items)),
        SqlExpression.ElementAccess access => ScalarFunctions.ElementAt.Bind([Bind(access.Operand), Bind(access.Index)]),
        SqlExpression.FieldAccess access => BindField(Bind(access.Operand), access.Field),
        SqlExpression.ScalarQuery scalar => BindScalarQuery(scalar),
        SqlExpression.Exists exists => BindExists(exists),
        SqlExpression.DateTimeDifference difference => BindDifference(difference),
        SqlExpression.CollectionQuery collection => throw BindingErrors.Unsupported(collection, $"The constructor {collection.Constructor} of a query"),
        SqlExpression.Star star => throw BindingErrors.Invalid(star, "'*' stands only in a select list and in COUNT(*)."),
        SqlExpression.RowStar star => throw BindingErrors.Invalid(star, "'.*' stands only in a select list."),
        SqlExpression.NamedArgument named => throw BindingErrors.Invalid(named, $"The function takes no named argument '{named.ArgumentName}'."),
        SqlExpression.Default value => throw BindingErrors.Invalid(value, "DEFAULT stands only among the arguments of a procedure."),
        SqlExpression.Descriptor or SqlExpression.TableArgument => throw BindingErrors.Invalid(expression, "A table or DESCRIPTOR stands only among the arguments of a table function."),
        _ => throw new System.Diagnostics.UnreachableException(expression.GetType().Name),
    };

    private Expression[] BindAll(IReadOnlyList<SqlExpression> expressions)
    {
        var bound = new Expression[expressions.Count];
        for (var i = 0; i < bound.Length; i++)
        {
            bound[i] = Bind(expressions[i]);
        }

        return bound;
    }

    // A zoned literal is local time of the session, so the cast that knows the zone makes it.
    private Expression BindMoment(SqlExpression.DateTimeLiteral literal)
    {
        var moment = TimeLiterals.Bind(literal);
        return literal.Kind == DateTimeLiteralKind.TimestampLtz
            ? ConstantFolder.Fold(CastRules.Cast(moment, DataTypes.TimestampLtz(((DataType.Timestamp)moment.Type).Precision), isTry: false), Context.Settings)
            : moment;
    }

    private Expression BindIntervalExpression(SqlExpression.IntervalExpression interval)
    {
        var value = Bind(interval.Value);
        return value is Expression.Literal { Value: int or long } literal
            ? IntervalLiterals.Of(Convert.ToInt64(literal.Value, System.Globalization.CultureInfo.InvariantCulture), interval.Qualifier, interval)
            : ScalarFunctions.Times.Bind([value, IntervalLiterals.One(interval.Qualifier, interval)]);
    }

    private Expression BindName(SqlExpression.Name name)
    {
        if (FindAlias?.Invoke(name) is { } alias)
        {
            return alias;
        }

        if (Find(name.Parts) is not var (value, used))
        {
            return FindFunctionWithoutParentheses(name) ?? throw UnknownColumn(name);
        }

        foreach (var field in name.Parts.Skip(used))
        {
            Context.Places[value] = name;
            value = BindField(value, field);
        }

        return value;
    }

    // In the query itself first, then in those around it.
    private (Expression Value, int PartsUsed)? Find(IReadOnlyList<Identifier> parts)
    {
        if (scope.Find(parts) is var (column, used))
        {
            // A copy of the reference: its place is that of this mention.
            return (column.Value is Expression.ColumnReference reference ? reference with { } : column.Value, used);
        }

        foreach (var (level, outer) in scope.WithOuter.Index().Skip(1))
        {
            if (outer.Find(parts) is var (outerColumn, outerUsed))
            {
                return (ExpressionTree.Rewrite(outerColumn.Value, part => part is Expression.ColumnReference c ? new OuterReference(level, c.Index, c.Name, c.Type) : null), outerUsed);
            }
        }

        return null;
    }

    private static Expression BindField(Expression operand, Identifier field)
    {
        if (operand.Type is not DataType.Row row)
        {
            throw BindingErrors.Mismatch(field, $"Cannot read the field '{field}' of a value of type {operand.Type.AsNullable()}: only a ROW has fields.");
        }

        var index = row.Fields.Select(f => f.Name).ToList().IndexOf(field.Name);
        return index >= 0
            ? ScalarFunctions.FieldAt.Bind([operand, new Expression.Literal(index, DataTypes.Int.AsNotNull())])
            : throw BindingErrors.Unknown(field, $"The row {row.Name} has no field '{field}'.", field.Name, row.Fields.Select(f => f.Name));
    }

    // PI is called without parentheses; a column of that name comes first.
    private static Expression? FindFunctionWithoutParentheses(SqlExpression.Name name) =>
        name.Parts is [{ IsQuoted: false } only] && only.Name.Equals("PI", StringComparison.OrdinalIgnoreCase) ? Functions.FunctionCatalog.Find("PI")?.Bind([]) : null;

    private ArcticException UnknownColumn(SqlExpression.Name name)
    {
        var text = string.Join('.', name.Parts);
        var qualifier = name.Parts.Count > 1 ? scope.WithOuter.Select(s => s.FindRelation([name.Parts[0]])).FirstOrDefault(r => r is not null) : null;
        return qualifier is null
            ? name.Parts.Count == 1
                ? BindingErrors.Unknown(name, $"Column '{text}' not found in any table.", text, scope.ColumnNames)
                : BindingErrors.Unknown(name, $"Neither a table nor a row column '{name.Parts[0]}' is known here (in '{text}').", name.Parts[0].Name, scope.Relations.Select(r => r.Alias).OfType<string>().Concat(scope.ColumnNames))
            : BindingErrors.Unknown(name.Parts[1], $"Column '{name.Parts[1]}' not found in table '{name.Parts[0]}'.", name.Parts[1].Name, qualifier.Select(c => c.Name));
    }
}

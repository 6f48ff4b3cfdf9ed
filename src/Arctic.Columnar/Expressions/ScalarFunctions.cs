namespace Arctic.Columnar.Expressions;

/// <summary>The functions behind the operators; pruning recognises calls by these instances. SQL's named functions live in <c>Arctic.Sql/Functions</c>.</summary>
public static class ScalarFunctions
{
    /// <summary><c>a + b</c>: numbers, intervals, points in time with intervals.</summary>
    public static readonly ScalarFunction Plus = new ArithmeticFunction("PLUS", "+", ArithmeticKind.Add);

    /// <summary><c>a - b</c>; two points in time are subtracted by <see cref="TimeDifference"/>.</summary>
    public static readonly ScalarFunction Minus = new ArithmeticFunction("MINUS", "-", ArithmeticKind.Subtract);

    /// <summary><c>a * b</c>.</summary>
    public static readonly ScalarFunction Times = new ArithmeticFunction("TIMES", "*", ArithmeticKind.Multiply);

    /// <summary><c>a / b</c>: integers truncate, a zero divisor of an exact type is an error.</summary>
    public static readonly ScalarFunction Divide = new ArithmeticFunction("DIVIDE", "/", ArithmeticKind.Divide);

    /// <summary><c>a % b</c> and <c>MOD(a, b)</c>: the type of the divisor, the sign of the dividend.</summary>
    public static readonly ScalarFunction Modulo = new ArithmeticFunction("MOD", "%", ArithmeticKind.Remainder);

    /// <summary>Unary minus.</summary>
    public static readonly ScalarFunction Negate = new NegateFunction("MINUS_PREFIX", isAbs: false);

    /// <summary><c>ABS(a)</c>; the least integer stays as it is.</summary>
    public static readonly ScalarFunction Abs = new NegateFunction("ABS", isAbs: true);

    /// <summary><c>(a - b) unit</c>: arguments are the unit in upper case as a string literal (<c>'DAY'</c>, <c>'MONTH'</c>), then two points in time; an interval.</summary>
    public static readonly ScalarFunction TimeDifference = new TimeDifferenceFunction();

    /// <summary><c>a = b</c>; NaN equals NaN.</summary>
    public new static readonly ScalarFunction Equals = new ComparisonFunction("EQUALS", "=", ComparisonKind.Equal);

    /// <summary><c>a &lt;&gt; b</c>.</summary>
    public static readonly ScalarFunction NotEquals = new ComparisonFunction("NOT_EQUALS", "<>", ComparisonKind.NotEqual);

    /// <summary><c>a &lt; b</c>.</summary>
    public static readonly ScalarFunction LessThan = new ComparisonFunction("LESS_THAN", "<", ComparisonKind.Less);

    /// <summary><c>a &lt;= b</c>.</summary>
    public static readonly ScalarFunction LessThanOrEqual = new ComparisonFunction("LESS_THAN_OR_EQUAL", "<=", ComparisonKind.LessOrEqual);

    /// <summary><c>a &gt; b</c>.</summary>
    public static readonly ScalarFunction GreaterThan = new ComparisonFunction("GREATER_THAN", ">", ComparisonKind.Greater);

    /// <summary><c>a &gt;= b</c>.</summary>
    public static readonly ScalarFunction GreaterThanOrEqual = new ComparisonFunction("GREATER_THAN_OR_EQUAL", ">=", ComparisonKind.GreaterOrEqual);

    /// <summary><c>a IS DISTINCT FROM b</c>; never NULL.</summary>
    public static readonly ScalarFunction IsDistinctFrom = new DistinctFunction("IS_DISTINCT_FROM", "IS DISTINCT FROM", isNot: false);

    /// <summary><c>a IS NOT DISTINCT FROM b</c>; never NULL.</summary>
    public static readonly ScalarFunction IsNotDistinctFrom = new DistinctFunction("IS_NOT_DISTINCT_FROM", "IS NOT DISTINCT FROM", isNot: true);

    /// <summary><c>a AND b</c>, three-valued; <c>b</c> is not evaluated where <c>a</c> is FALSE.</summary>
    public static readonly ScalarFunction And = new LogicFunction("AND", isAnd: true);

    /// <summary><c>a OR b</c>, three-valued; <c>b</c> is not evaluated where <c>a</c> is TRUE.</summary>
    public static readonly ScalarFunction Or = new LogicFunction("OR", isAnd: false);

    /// <summary><c>NOT a</c>.</summary>
    public static readonly ScalarFunction Not = new NotFunction();

    /// <summary><c>a IS NULL</c>.</summary>
    public static readonly ScalarFunction IsNull = new NullTestFunction("IS_NULL", "IS NULL", isNot: false);

    /// <summary><c>a IS NOT NULL</c>.</summary>
    public static readonly ScalarFunction IsNotNull = new NullTestFunction("IS_NOT_NULL", "IS NOT NULL", isNot: true);

    /// <summary><c>a IS TRUE</c>.</summary>
    public static readonly ScalarFunction IsTrue = new TruthTestFunction("IS_TRUE", "IS TRUE", expected: true, isNot: false);

    /// <summary><c>a IS NOT TRUE</c>.</summary>
    public static readonly ScalarFunction IsNotTrue = new TruthTestFunction("IS_NOT_TRUE", "IS NOT TRUE", expected: true, isNot: true);

    /// <summary><c>a IS FALSE</c>.</summary>
    public static readonly ScalarFunction IsFalse = new TruthTestFunction("IS_FALSE", "IS FALSE", expected: false, isNot: false);

    /// <summary><c>a IS NOT FALSE</c>.</summary>
    public static readonly ScalarFunction IsNotFalse = new TruthTestFunction("IS_NOT_FALSE", "IS NOT FALSE", expected: false, isNot: true);

    /// <summary><c>a IS UNKNOWN</c> of a truth value: <see cref="IsNull"/>.</summary>
    public static readonly ScalarFunction IsUnknown = IsNull;

    /// <summary><c>a IS NOT UNKNOWN</c>: <see cref="IsNotNull"/>.</summary>
    public static readonly ScalarFunction IsNotUnknown = IsNotNull;

    /// <summary><c>a IN (b, c, …)</c>: the value, then the list. Unlike comparison it casts between text and numbers. NOT IN is NOT of it.</summary>
    public static readonly ScalarFunction In = new InFunction();

    /// <summary><c>a LIKE p [ESCAPE e]</c>; no default escape, <c>_</c> matches no line feed.</summary>
    public static readonly ScalarFunction Like = new LikeFunction();

    /// <summary><c>a || b</c>: text only.</summary>
    public static readonly ScalarFunction Concat = new ConcatFunction();

    /// <summary><c>COALESCE(a, …)</c>: the first that is not NULL; later ones are evaluated only where needed.</summary>
    public static readonly ScalarFunction Coalesce = new CoalesceFunction("COALESCE", 1, int.MaxValue, admitsNull: true);

    /// <summary><c>IFNULL(a, b)</c>.</summary>
    public static readonly ScalarFunction IfNull = new CoalesceFunction("IFNULL", 2, 2, admitsNull: true);

    /// <summary><c>NVL(a, b)</c>: IFNULL that refuses a bare NULL.</summary>
    public static readonly ScalarFunction Nvl = new CoalesceFunction("NVL", 2, 2, admitsNull: false);

    /// <summary><c>NULLIF(a, b)</c>: NULL where they are equal, else <c>a</c>.</summary>
    public static readonly ScalarFunction NullIf = new NullIfFunction();

    /// <summary><c>IF(condition, a, b)</c>.</summary>
    public static readonly ScalarFunction If = new IfFunction();

    /// <summary><c>GREATEST(a, …)</c>; NULL when any is.</summary>
    public static readonly ScalarFunction Greatest = new ExtremeFunction("GREATEST", isGreatest: true);

    /// <summary><c>LEAST(a, …)</c>; NULL when any is.</summary>
    public static readonly ScalarFunction Least = new ExtremeFunction("LEAST", isGreatest: false);

    /// <summary><c>ROW(a, …)</c>: fields <c>EXPR$0</c>, <c>EXPR$1</c> …</summary>
    public static readonly ScalarFunction Row = new RowConstructor();

    /// <summary><c>ARRAY[a, …]</c>.</summary>
    public static readonly ScalarFunction Array = new ArrayConstructor();

    /// <summary><c>MAP[k, v, …]</c>; the last of equal keys wins.</summary>
    public static readonly ScalarFunction Map = new MapConstructor();

    /// <summary><c>a[i]</c>, 1-based, and <c>m[k]</c>; NULL where there is none.</summary>
    public static readonly ScalarFunction ElementAt = new ElementAtFunction();

    /// <summary><c>r.f</c>: the row, then the 0-based field index as an INT literal.</summary>
    public static readonly ScalarFunction FieldAt = new FieldAtFunction();
}

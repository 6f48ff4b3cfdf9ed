using System.Collections.Frozen;
using Arctic.Columnar.Expressions;
using Arctic.Sql.Functions.Scalar;

namespace Arctic.Sql.Functions;

/// <summary>
/// The scalar functions that SQL calls by name, whatever the case. What has a syntax of its own is bound as a call with literals:
/// <c>EXTRACT(DAY FROM x)</c> as <c>EXTRACT('DAY', x)</c>, <c>FLOOR(x TO DAY)</c> as <c>FLOOR(x, 'DAY')</c>, <c>TIMESTAMPADD(DAY, n, t)</c> as
/// <c>TIMESTAMPADD('DAY', n, t)</c>, TIMESTAMPDIFF the same, <c>TRIM(BOTH c FROM s)</c> as <c>TRIM('BOTH', c, s)</c>, <c>POSITION(a IN b)</c> as
/// <c>POSITION(a, b)</c>, <c>SUBSTRING(s FROM p FOR n)</c> as <c>SUBSTRING(s, p, n)</c>, <c>OVERLAY(s PLACING r FROM p FOR n)</c> as
/// <c>OVERLAY(s, r, p, n)</c>, <c>s SIMILAR TO p ESCAPE e</c> as <c>SIMILAR(s, p, e)</c>; units are STRING literals in upper case without the SQL_TSI_ prefix or a plural S.
/// </summary>
public static class FunctionCatalog
{
    // Before the table, whose making needs it.
    private static readonly ScalarFunction Extract = new ExtractFunction();

    private static readonly FrozenDictionary<string, ScalarFunction> Functions = All().ToFrozenDictionary(f => f.Name, f => f.Function, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every name in upper case, sorted.</summary>
    public static IReadOnlyList<string> Names { get; } = Functions.Keys.Order(StringComparer.Ordinal).ToArray();

    /// <summary>The function of a name in any case; null when there is none.</summary>
    public static ScalarFunction? Find(string name) => Functions.GetValueOrDefault(name);

    private static IEnumerable<(string Name, ScalarFunction Function)> All() =>
    [
        ("ABS", ScalarFunctions.Abs),
        ("MOD", ScalarFunctions.Modulo),
        ("COALESCE", ScalarFunctions.Coalesce),
        ("IFNULL", ScalarFunctions.IfNull),
        ("NVL", ScalarFunctions.Nvl),
        ("NULLIF", ScalarFunctions.NullIf),
        ("IF", ScalarFunctions.If),
        ("GREATEST", ScalarFunctions.Greatest),
        ("LEAST", ScalarFunctions.Least),
        ("ROW", ScalarFunctions.Row),
        ("TYPEOF", new TypeOfFunction()),
        ("ROUND", new RoundFunction("ROUND", truncates: false)),
        ("TRUNCATE", new RoundFunction("TRUNCATE", truncates: true)),
        ("SIGN", new SignFunction()),
        ("FLOOR", new FloorCeilFunction("FLOOR", isCeil: false)),
        ("CEIL", new FloorCeilFunction("CEIL", isCeil: true)),
        ("CEILING", new FloorCeilFunction("CEIL", isCeil: true)),
        ("EXTRACT", Extract),
        .. ExtractUnits(),
        ("TIMESTAMPADD", new TimestampAddFunction()),
        ("TIMESTAMPDIFF", new TimestampDiffFunction()),
        .. CurrentTimeFunction.All(),
        ("CURRENT_WATERMARK", new CurrentWatermarkFunction()),
        .. DateTextFunctions.All(),
        .. MathFunctions.All(),
        .. TextFunctions.All(),
        .. EncodingFunctions.All(),
        .. RegexFunctions.All(),
        .. ArrayFunctions.All(),
        .. ArrayOrderFunctions.All(),
        .. MapFunctions.All(),
        .. UrlFunctions.All(),
        ("ELT", new ChooseFunction()),
        ("STR_TO_MAP", new TextMapFunction()),
        ("PRINTF", new PrintfFunction()),
        .. InternetFunctions.All(),
        .. MiscFunctions.All(),
        ("JSON_STRING", new Json.JsonStringFunction()),
        .. Json.JsonQuoteFunctions.All(),
    ];

    private static IEnumerable<(string Name, ScalarFunction Function)> ExtractUnits()
    {
        (string Name, string Unit)[] units =
        [
            ("YEAR", "YEAR"), ("QUARTER", "QUARTER"), ("MONTH", "MONTH"), ("WEEK", "WEEK"), ("DAYOFYEAR", "DOY"), ("DAYOFMONTH", "DAY"),
            ("DAYOFWEEK", "DOW"), ("HOUR", "HOUR"), ("MINUTE", "MINUTE"), ("SECOND", "SECOND"),
        ];
        return units.Select(u => (u.Name, (ScalarFunction)new ExtractUnitFunction(u.Name, u.Unit, Extract)));
    }
}

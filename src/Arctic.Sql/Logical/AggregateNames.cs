using System.Collections.Frozen;
using Arctic.Dataflow.Operators.Over;

namespace Arctic.Sql.Logical;

/// <summary>How SQL calls the aggregates.</summary>
internal static class AggregateNames
{
    private static readonly FrozenDictionary<string, AggregateKind> ByName = new Dictionary<string, AggregateKind>(StringComparer.OrdinalIgnoreCase)
    {
        ["COUNT"] = AggregateKind.Count,
        ["SUM"] = AggregateKind.Sum,
        ["$SUM0"] = AggregateKind.Sum0,
        ["MIN"] = AggregateKind.Min,
        ["MAX"] = AggregateKind.Max,
        ["AVG"] = AggregateKind.Avg,
        ["FIRST_VALUE"] = AggregateKind.FirstValue,
        ["LAST_VALUE"] = AggregateKind.LastValue,
        ["SINGLE_VALUE"] = AggregateKind.SingleValue,
        ["LISTAGG"] = AggregateKind.ListAgg,
        ["ARRAY_AGG"] = AggregateKind.ArrayAgg,
        ["COLLECT"] = AggregateKind.Collect,
        ["STDDEV_POP"] = AggregateKind.StddevPop,
        ["STDDEV_SAMP"] = AggregateKind.StddevSamp,
        ["STDDEV"] = AggregateKind.StddevSamp,
        ["VAR_POP"] = AggregateKind.VarPop,
        ["VAR_SAMP"] = AggregateKind.VarSamp,
        ["VARIANCE"] = AggregateKind.VarSamp,
        ["PERCENTILE"] = AggregateKind.Percentile,
        ["JSON_OBJECTAGG"] = AggregateKind.JsonObjectAgg,
        ["JSON_ARRAYAGG"] = AggregateKind.JsonArrayAgg,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    // Of two names the first one is printed.
    private static readonly FrozenDictionary<AggregateKind, string> ByKind =
        ByName.GroupBy(p => p.Value).ToFrozenDictionary(g => g.Key, g => g.Select(p => p.Key).OrderByDescending(n => n.Contains('_', StringComparison.Ordinal)).ThenBy(n => n, StringComparer.Ordinal).First());

    /// <summary>All names, for suggestions.</summary>
    public static IEnumerable<string> All => ByName.Keys;

    /// <summary>The aggregate of a name in any case; null when there is none.</summary>
    public static AggregateKind? Find(string name) => ByName.TryGetValue(name, out var kind) ? kind : null;

    /// <summary>The name that plans print.</summary>
    public static string Of(AggregateKind kind) => ByKind[kind];

    /// <summary>The function that only stands before OVER; null when there is none of the name.</summary>
    public static OverFunction? FindOverFunction(string name) => name.ToUpperInvariant() switch
    {
        "ROW_NUMBER" => OverFunction.RowNumber,
        "RANK" => OverFunction.Rank,
        "DENSE_RANK" => OverFunction.DenseRank,
        "PERCENT_RANK" => OverFunction.PercentRank,
        "CUME_DIST" => OverFunction.CumeDist,
        "NTILE" => OverFunction.Ntile,
        "LAG" => OverFunction.Lag,
        "LEAD" => OverFunction.Lead,
        _ => null,
    };

    /// <summary>The name that plans and messages print.</summary>
    public static string Of(OverFunction function) => function switch
    {
        OverFunction.RowNumber => "ROW_NUMBER",
        OverFunction.DenseRank => "DENSE_RANK",
        OverFunction.PercentRank => "PERCENT_RANK",
        OverFunction.CumeDist => "CUME_DIST",
        _ => function.ToString().ToUpperInvariant(),
    };
}

using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>The aggregates that the engine computes; their meaning is Flink's (spec/flink-sql.md, 4.1).</summary>
internal enum AggregateFunction
{
    /// <summary>Rows, or non-NULL values; BIGINT NOT NULL.</summary>
    Count,

    /// <summary>Integers wrap; a decimal sum that does not fit DECIMAL(38, s) is NULL; NULL without values.</summary>
    Sum,

    /// <summary>As <see cref="Sum"/>, but 0 without values.</summary>
    Sum0,

    /// <summary>The least value; -0.0 is less than 0.0 and NaN the greatest.</summary>
    Min,

    /// <summary>The greatest value.</summary>
    Max,

    /// <summary>Integers truncated towards zero, decimals rounded half up.</summary>
    Avg,

    /// <summary>The first non-NULL value in arrival order.</summary>
    FirstValue,

    /// <summary>The last non-NULL value in arrival order.</summary>
    LastValue,

    /// <summary>The value of the only row; more rows are an error.</summary>
    SingleValue,

    /// <summary>Non-NULL texts in arrival order, with a separator between them.</summary>
    ListAgg,

    /// <summary>All values in arrival order, NULLs too.</summary>
    ArrayAgg,

    /// <summary>All non-NULL values as a multiset, empty without values.</summary>
    Collect,

    /// <summary>Population standard deviation, of the argument's type.</summary>
    StddevPop,

    /// <summary>Sample standard deviation; NULL for one value.</summary>
    StddevSamp,

    /// <summary>Population variance.</summary>
    VarPop,

    /// <summary>Sample variance; NULL for one value.</summary>
    VarSamp,

    /// <summary>The value, or values, below which given shares of all values lie; of DOUBLE.</summary>
    Percentile,

    /// <summary>Texts that are members of a JSON object (<c>"key":value</c>), as one object; <c>{}</c> without any.</summary>
    JsonObjectAgg,

    /// <summary>Texts that are JSON, as one array; <c>[]</c> without any.</summary>
    JsonArrayAgg,
}

/// <summary>One aggregate of an operator.</summary>
internal sealed record AggregateCallSpec
{
    /// <summary>The function.</summary>
    public required AggregateFunction Function { get; init; }

    /// <summary>The input column; -1 for COUNT(*).</summary>
    public required int Argument { get; init; }

    /// <summary>The type of the result.</summary>
    public required DataType Type { get; init; }

    /// <summary>Whether equal values count once.</summary>
    public bool IsDistinct { get; init; }

    /// <summary>A BOOLEAN input column: only rows for which it is TRUE count; -1 for all rows.</summary>
    public int Filter { get; init; } = -1;

    /// <summary>The constant column of what LISTAGG puts between texts, or of the shares that PERCENTILE asks for; -1 for none.</summary>
    public int ConstantArgument { get; init; } = -1;

    /// <summary>The order in which ARRAY_AGG takes values; empty for that of arrival.</summary>
    public EquatableList<SortColumn> Order { get; init; } = EquatableList<SortColumn>.Empty;
}

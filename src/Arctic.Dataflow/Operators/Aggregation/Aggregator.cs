using System.Diagnostics;
using Arctic.Columnar.Columns;
using Arctic.Columnar.Errors;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>
/// The state of one aggregate for all groups of a subtask, and its kernel. Groups are small numbers that are used again. Not thread-safe.
/// </summary>
internal abstract class Aggregator
{
    /// <summary>The bytes that the state holds, about.</summary>
    public abstract long BytesUsed { get; }

    /// <summary>Makes the aggregator of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="input">The rows that it aggregates.</param>
    /// <param name="isInsertOnly">Whether no row is ever taken back, which MIN, MAX and their like can use.</param>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.Unsupported"/>: no such aggregate for the type.</exception>
    public static Aggregator Create(AggregateCallSpec call, RowSchema input, bool isInsertOnly) => AggregatorFactory.Create(call, input, isInsertOnly);

    /// <summary>Makes room for groups below <paramref name="groups"/>; new ones are empty.</summary>
    public abstract void EnsureCapacity(int groups);

    /// <summary>Applies rows in order and tells, for each row, the group's result before and after it.</summary>
    /// <param name="input">The rows.</param>
    /// <param name="changed">Set for each row whose two results differ; other entries are left alone.</param>
    public abstract (Column Before, Column After) ApplyAndTell(in AggregateInput input, Span<bool> changed);

    /// <summary>Applies rows in order.</summary>
    public abstract void Apply(in AggregateInput input);

    /// <summary>The results of groups as they stand.</summary>
    public abstract Column ResultsOf(ReadOnlySpan<int> groups);

    /// <summary>Writes the state of a group.</summary>
    public abstract void Save(int group, StateBuffer target);

    /// <summary>Reads the state of an empty group.</summary>
    public abstract void Load(int group, ref StateBytes source);
}

/// <summary>Rows for an aggregate. All spans are of one length.</summary>
internal readonly ref struct AggregateInput
{
    /// <summary>The columns of the batch.</summary>
    public required IReadOnlyList<Column> Columns { get; init; }

    /// <summary>Indices into the columns.</summary>
    public required ReadOnlySpan<int> Rows { get; init; }

    /// <summary>The group of each row.</summary>
    public required ReadOnlySpan<int> Groups { get; init; }

    /// <summary>1 to add the row, -1 to take it back, 0 to leave it out.</summary>
    public required ReadOnlySpan<sbyte> Signs { get; init; }

    /// <summary>Whether the group has no rows any more behind this row and starts anew.</summary>
    public required ReadOnlySpan<bool> ClearsAfter { get; init; }

    /// <summary>The same rows with other signs.</summary>
    public AggregateInput WithSigns(ReadOnlySpan<sbyte> signs) => new() { Columns = Columns, Rows = Rows, Groups = Groups, Signs = signs, ClearsAfter = ClearsAfter };
}

/// <summary>Chooses the class for a call.</summary>
internal static class AggregatorFactory
{
    public static Aggregator Create(AggregateCallSpec call, RowSchema input, bool isInsertOnly)
    {
        if (call.IsDistinct && call.Function is not (AggregateFunction.Min or AggregateFunction.Max or AggregateFunction.SingleValue))
        {
            return new DistinctAggregator(call.Argument, input[call.Argument].Type, Create(call with { IsDistinct = false }, input, isInsertOnly), keepsNulls: call.Function == AggregateFunction.ArrayAgg);
        }

        var type = call.Argument < 0 ? DataTypes.BigInt : input[call.Argument].Type;
        return call.Function switch
        {
            AggregateFunction.Count => new CountAggregator(call.Argument, call.Type),
            AggregateFunction.Sum => Sum(call, type),
            AggregateFunction.Sum0 => Sum0(call, type),
            AggregateFunction.Avg => Avg(call, type),
            AggregateFunction.Min => isInsertOnly ? Extreme<LeastFirst>(call, type) : new ValueAggregator(call, type, () => new SortedValues(type, isGreatest: false)),
            AggregateFunction.Max => isInsertOnly ? Extreme<GreatestFirst>(call, type) : new ValueAggregator(call, type, () => new SortedValues(type, isGreatest: true)),
            AggregateFunction.FirstValue => new ValueAggregator(call, type, () => isInsertOnly ? new FirstValueState() : new ArrivedValues(isLast: false)),
            AggregateFunction.LastValue => new ValueAggregator(call, type, () => isInsertOnly ? new LastValueState() : new ArrivedValues(isLast: true)),
            AggregateFunction.SingleValue => new ValueAggregator(call, type, () => new SingleValueState()) { SkipsNulls = false },
            AggregateFunction.ListAgg => ListAgg(call, type, new TextSeparator()),
            AggregateFunction.ArrayAgg when call.Order.Count > 0 => new ValueAggregator(call, type, () => new OrderedValues()) { SkipsNulls = false, Order = new SortKeyEncoder(input, call.Order) },
            AggregateFunction.ArrayAgg => new ValueAggregator(call, type, () => new ListedValues()) { SkipsNulls = false },
            AggregateFunction.Collect => Collect(call, type),
            AggregateFunction.StddevPop or AggregateFunction.StddevSamp or AggregateFunction.VarPop or AggregateFunction.VarSamp => Variance(call, type, VarianceKind.Of(call.Function)),
            AggregateFunction.Percentile => Percentile(call, type, new AskedPercentiles()),
            AggregateFunction.JsonObjectAgg => new ValueAggregator(call, type, () => new JsonParts(isObject: true)) { ResultOfNothing = JsonParts.Nothing(isObject: true) },
            AggregateFunction.JsonArrayAgg => new ValueAggregator(call, type, () => new JsonParts(isObject: false)) { ResultOfNothing = JsonParts.Nothing(isObject: false) },
            _ => throw new UnreachableException($"Aggregate {call.Function}"),
        };
    }

    private static Aggregator ListAgg(AggregateCallSpec call, DataType type, TextSeparator separator) =>
        new ValueAggregator(call, type, () => new ListedTexts(separator)) { ReadConstant = separator.Read };

    private static ValueAggregator Percentile(AggregateCallSpec call, DataType type, AskedPercentiles asked) =>
        new(call, type, () => new PercentileState(asked)) { ReadConstant = asked.Read };

    private static ValueAggregator Collect(AggregateCallSpec call, DataType type)
    {
        var fixedSize = new RowCodec(type).FixedSize;
        return new ValueAggregator(call, type, () => new CountedValues(fixedSize)) { ResultOfNothing = Lists.Empty };
    }

    private static Aggregator Variance(AggregateCallSpec call, DataType type, VarianceKind kind) => type.Layout switch
    {
        ColumnLayout.Int8 => new FixedAggregator<sbyte, sbyte, IntegerVariance<sbyte>>(call, new IntegerVariance<sbyte>(kind)),
        ColumnLayout.Int16 => new FixedAggregator<short, short, IntegerVariance<short>>(call, new IntegerVariance<short>(kind)),
        ColumnLayout.Int32 => new FixedAggregator<int, int, IntegerVariance<int>>(call, new IntegerVariance<int>(kind)),
        ColumnLayout.Int64 => new FixedAggregator<long, long, IntegerVariance<long>>(call, new IntegerVariance<long>(kind)),
        ColumnLayout.Float32 => new FixedAggregator<float, float, FloatVariance<float>>(call, new FloatVariance<float>(kind)),
        ColumnLayout.Float64 => new FixedAggregator<double, double, FloatVariance<double>>(call, new FloatVariance<double>(kind)),
        ColumnLayout.Int128 => new ValueAggregator(call, type, () => new DecimalVariance(kind, ((DataType.Decimal)type).Scale, ((DataType.Decimal)call.Type).Scale)),
        _ => throw Unsupported(call, type),
    };

    private static Aggregator Sum(AggregateCallSpec call, DataType type) => type.Layout switch
    {
        ColumnLayout.Int8 => new FixedAggregator<sbyte, sbyte, IntegerSum<sbyte>>(call, default),
        ColumnLayout.Int16 => new FixedAggregator<short, short, IntegerSum<short>>(call, default),
        ColumnLayout.Int32 => new FixedAggregator<int, int, IntegerSum<int>>(call, default),
        ColumnLayout.Int64 => new FixedAggregator<long, long, IntegerSum<long>>(call, default),
        ColumnLayout.Float32 => new FixedAggregator<float, float, FloatSum<float>>(call, default),
        ColumnLayout.Float64 => new FixedAggregator<double, double, FloatSum<double>>(call, default),
        ColumnLayout.Int128 => new FixedAggregator<Int128, Int128, DecimalSum>(call, default),
        _ => throw Unsupported(call, type),
    };

    private static Aggregator Sum0(AggregateCallSpec call, DataType type) => type.Layout switch
    {
        ColumnLayout.Int8 => new FixedAggregator<sbyte, sbyte, OrZero<sbyte, IntegerSum<sbyte>>>(call, default),
        ColumnLayout.Int16 => new FixedAggregator<short, short, OrZero<short, IntegerSum<short>>>(call, default),
        ColumnLayout.Int32 => new FixedAggregator<int, int, OrZero<int, IntegerSum<int>>>(call, default),
        ColumnLayout.Int64 => new FixedAggregator<long, long, OrZero<long, IntegerSum<long>>>(call, default),
        ColumnLayout.Float32 => new FixedAggregator<float, float, OrZero<float, FloatSum<float>>>(call, default),
        ColumnLayout.Float64 => new FixedAggregator<double, double, OrZero<double, FloatSum<double>>>(call, default),
        ColumnLayout.Int128 => new FixedAggregator<Int128, Int128, OrZero<Int128, DecimalSum>>(call, default),
        _ => throw Unsupported(call, type),
    };

    private static Aggregator Avg(AggregateCallSpec call, DataType type) => type.Layout switch
    {
        ColumnLayout.Int8 => new FixedAggregator<sbyte, sbyte, IntegerAverage<sbyte>>(call, default),
        ColumnLayout.Int16 => new FixedAggregator<short, short, IntegerAverage<short>>(call, default),
        ColumnLayout.Int32 => new FixedAggregator<int, int, IntegerAverage<int>>(call, default),
        ColumnLayout.Int64 => new FixedAggregator<long, long, IntegerAverage<long>>(call, default),
        ColumnLayout.Float32 => new FixedAggregator<float, float, FloatAverage<float>>(call, default),
        ColumnLayout.Float64 => new FixedAggregator<double, double, FloatAverage<double>>(call, default),
        ColumnLayout.Int128 => new FixedAggregator<Int128, Int128, DecimalAverage>(
            call, new DecimalAverage { ScaleUp = ((DataType.Decimal)call.Type).Scale - ((DataType.Decimal)type).Scale }),
        _ => throw Unsupported(call, type),
    };

    private static Aggregator Extreme<TOrder>(AggregateCallSpec call, DataType type)
        where TOrder : struct, IPreference => type.Layout switch
        {
            ColumnLayout.Int8 => new FixedAggregator<sbyte, sbyte, Extreme<sbyte, TOrder>>(call, default),
            ColumnLayout.Int16 => new FixedAggregator<short, short, Extreme<short, TOrder>>(call, default),
            ColumnLayout.Int32 => new FixedAggregator<int, int, Extreme<int, TOrder>>(call, default),
            ColumnLayout.Int64 => new FixedAggregator<long, long, Extreme<long, TOrder>>(call, default),
            ColumnLayout.Float32 => new FixedAggregator<float, float, Extreme<float, TOrder>>(call, default),
            ColumnLayout.Float64 => new FixedAggregator<double, double, Extreme<double, TOrder>>(call, default),
            ColumnLayout.Int128 => new FixedAggregator<Int128, Int128, Extreme<Int128, TOrder>>(call, default),
            ColumnLayout.Boolean or ColumnLayout.Bytes => new ValueAggregator(call, type, () => new ExtremeValue(type, call.Function == AggregateFunction.Max)),
            _ => throw Unsupported(call, type),
        };

    private static ArcticException Unsupported(AggregateCallSpec call, DataType type) =>
        new(ErrorCodes.Unsupported, $"{call.Function.ToString().ToUpperInvariant()} of {type} is not supported.");
}

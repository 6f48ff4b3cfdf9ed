using Arctic.Columnar.Types;
using Arctic.DuckDb.Scanning;
using Arctic.DuckDb.Sources;
using Arctic.Sql.Logical;

namespace Arctic.DuckDb;

/// <summary>
/// How an Aggregate is split between DuckDB, which counts and adds up without loss, and our kernels, which make of that what Flink gives: integers are summed in 128 bits and then wrapped; decimals
/// of more than 18 digits as two halves; an average is a sum and a count.
/// </summary>
internal sealed class AggregateSql
{
    private static readonly DataType Wide = DataTypes.Decimal(38, 0);

    private readonly List<string> _items = [];
    private readonly List<DataType> _types = [];
    private readonly List<FinishStep> _steps = [];
    private readonly RowSchema _input;

    /// <summary>Splits the aggregate, each call of which <see cref="CanRun"/>.</summary>
    public AggregateSql(LogicalPlan.Aggregate aggregate)
    {
        _input = aggregate.Input.Schema;
        foreach (var key in aggregate.GroupKeys)
        {
            _steps.Add(new FinishStep.Pass(Add($"c{key}", _input[key].Type)));
        }

        foreach (var call in aggregate.Calls)
        {
            Add(call);
        }

        // An empty SELECT list is no SQL. No keys and no calls (HAVING alone) give one row, whatever comes in, so an aggregate must stand there.
        if (_items.Count == 0)
        {
            Add("count(*) >= 0", DataTypes.Boolean);
        }

        Raw = new RowSchema(_types.Select((t, i) => new Field($"c{i}", t)));
        var isPassedOn = _steps.Count == _items.Count && _steps.TrueForAll(s => s is FinishStep.Pass);
        Finish = isPassedOn && Raw.Fields.Select(f => f.Type).SequenceEqual(aggregate.Schema.Fields.Select(f => f.Type)) ? null : new AggregateFinish(_steps, aggregate.Schema);
    }

    /// <summary>The SELECT list.</summary>
    public IReadOnlyList<string> Items => _items;

    /// <summary>What DuckDB gives.</summary>
    public RowSchema Raw { get; }

    /// <summary>Makes the results of it; null when they are it.</summary>
    public AggregateFinish? Finish { get; }

    /// <summary>Whether DuckDB is given the call: what depends on the order of rows, floats' sums too, is not.</summary>
    public static bool CanRun(AggregateCall call, RowSchema input)
    {
        if (call.Arguments.Count > 1 || call.Arguments.Any(a => DuckColumnType.Find(input[a].Type) is null))
        {
            return false;
        }

        return call.Kind switch
        {
            AggregateKind.Count => true,
            AggregateKind.Min or AggregateKind.Max => true,
            AggregateKind.Sum or AggregateKind.Sum0 or AggregateKind.Avg => input[call.Arguments[0]].Type is var type && (type.IsInteger() || type is DataType.Decimal),
            _ => false,
        };
    }

    private void Add(AggregateCall call)
    {
        var filter = call.FilterIndex is { } index ? $" FILTER (WHERE c{index})" : "";
        var distinct = call.IsDistinct ? "DISTINCT " : "";
        if (call.Arguments.Count == 0)
        {
            _steps.Add(new FinishStep.Pass(Add($"count(*){filter}", call.Type)));
            return;
        }

        var column = $"c{call.Arguments[0]}";
        var type = _input[call.Arguments[0]].Type;
        switch (call.Kind)
        {
            case AggregateKind.Count:
                _steps.Add(new FinishStep.Pass(Add($"count({distinct}{column}){filter}", call.Type)));
                break;
            case AggregateKind.Min:
                _steps.Add(new FinishStep.Pass(Add($"min({column}){filter}", call.Type)));
                break;
            case AggregateKind.Max:
                _steps.Add(new FinishStep.Pass(Add($"max({column}){filter}", call.Type)));
                break;
            default:
                AddSum(call, type, column, distinct, filter);
                break;
        }
    }

    private void AddSum(AggregateCall call, DataType type, string column, string distinct, string filter)
    {
        // Values of at most 18 digits cannot overflow 128 bits in any number of rows; halves of longer ones neither. DISTINCT looks at the whole value, which must stay one then.
        const string Half = "18446744073709551616::HUGEINT";
        var isSplit = type is DataType.Decimal { Precision: > 18 };
        int low;
        int? high = null;
        if (isSplit && call.IsDistinct)
        {
            low = Add($"list_sum(list_transform(list(DISTINCT {column}){filter}, lambda x: x % {Half}))", Wide);
            high = Add($"list_sum(list_transform(list(DISTINCT {column}){filter}, lambda x: x // {Half}))", Wide);
        }
        else if (isSplit)
        {
            low = Add($"sum({column} % {Half}){filter}", Wide);
            high = Add($"sum({column} // {Half}){filter}", Wide);
        }
        else
        {
            low = Add($"sum({distinct}{column}){filter}", Wide);
        }

        if (call.Kind == AggregateKind.Avg)
        {
            var count = Add($"count({distinct}{column}){filter}", DataTypes.BigInt);
            _steps.Add(type is DataType.Decimal scaled
                ? new FinishStep.DecimalAverage(low, high, count, ((DataType.Decimal)call.Type).Scale - scaled.Scale)
                : new FinishStep.IntegerAverage(low, count));
            return;
        }

        var isZeroForNone = call.Kind == AggregateKind.Sum0;
        _steps.Add(type is DataType.Decimal ? new FinishStep.DecimalSum(low, high, isZeroForNone) : new FinishStep.WrappedSum(low, isZeroForNone));
    }

    private int Add(string item, DataType type)
    {
        _items.Add(item);
        _types.Add(type);
        return _items.Count - 1;
    }
}

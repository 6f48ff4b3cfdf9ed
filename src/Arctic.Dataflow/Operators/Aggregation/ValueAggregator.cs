using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;
using Arctic.Dataflow.Operators.Ordering;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>
/// An aggregate that must keep values (MIN and MAX with retraction, FIRST_VALUE, LISTAGG, …): one object a group over encoded values. Costs a call a row,
/// unlike <see cref="FixedAggregator{TIn,TOut,TAccumulator}"/>.
/// </summary>
internal sealed class ValueAggregator(AggregateCallSpec call, DataType argumentType, Func<ValueState> createState) : Aggregator
{
    private readonly RowCodec _codec = new(argumentType);
    private readonly RowCodec _resultCodec = new(call.Type);
    private readonly EncodedRows _encoded = new();
    private ValueState?[] _groups = [];
    private long _stateBytes;

    /// <summary>Whether NULLs do not count.</summary>
    public bool SkipsNulls { get; init; } = true;

    /// <summary>Is told the constant argument of LISTAGG and PERCENTILE, with a row to read it from; null for other aggregates.</summary>
    public Action<Column, int>? ReadConstant { get; init; }

    /// <summary>Puts the key of an order before each value; null for the order of arrival.</summary>
    public SortKeyEncoder? Order { get; init; }

    /// <summary>The result where there are no values; null for NULL.</summary>
    public byte[]? ResultOfNothing { get; init; }

    public override long BytesUsed => _groups.Length * (long)IntPtr.Size + _stateBytes;

    public override void EnsureCapacity(int groups)
    {
        if (groups > _groups.Length)
        {
            Array.Resize(ref _groups, Math.Max(16, groups * 2));
        }
    }

    public override (Column Before, Column After) ApplyAndTell(in AggregateInput input, Span<bool> changed)
    {
        var before = new byte[]?[input.Rows.Length];
        var after = new byte[]?[input.Rows.Length];
        Encode(input);
        for (var i = 0; i < input.Rows.Length; i++)
        {
            before[i] = ResultOf(input.Groups[i]);
            after[i] = Step(input, i) ? ResultOf(input.Groups[i]) : before[i];
            changed[i] |= !ReferenceEquals(before[i], after[i]) && !before[i].AsSpan().SequenceEqual(after[i]);
            Clear(input, i);
        }

        return (Decode(before), Decode(after));
    }

    public override void Apply(in AggregateInput input)
    {
        Encode(input);
        for (var i = 0; i < input.Rows.Length; i++)
        {
            Step(input, i);
            Clear(input, i);
        }
    }

    public override Column ResultsOf(ReadOnlySpan<int> groups)
    {
        var results = new byte[]?[groups.Length];
        for (var i = 0; i < groups.Length; i++)
        {
            results[i] = ResultOf(groups[i]);
        }

        return Decode(results);
    }

    public override void Save(int group, StateBuffer target)
    {
        target.WriteByte(_groups[group] is null ? (byte)0 : (byte)1);
        _groups[group]?.Save(target);
    }

    public override void Load(int group, ref StateBytes source)
    {
        if (source.ReadByte() != 0)
        {
            var state = createState();
            state.Load(ref source);
            _groups[group] = state;
            _stateBytes += state.BytesUsed;
        }
    }

    private void Encode(in AggregateInput input)
    {
        _codec.Encode([input.Columns[call.Argument]], input.Rows, _encoded);
        if (ReadConstant is not null && call.ConstantArgument >= 0 && input.Rows.Length > 0)
        {
            ReadConstant(input.Columns[call.ConstantArgument], input.Rows[0]);
        }
    }

    private byte[]? ResultOf(int group) => _groups[group]?.Result ?? ResultOfNothing;

    private bool Step(in AggregateInput input, int index)
    {
        var value = _encoded[index];
        if (input.Signs[index] == 0 || (SkipsNulls && RowCodec.IsNull(value, 0)))
        {
            return false;
        }

        var state = _groups[input.Groups[index]] ??= createState();
        _stateBytes -= state.BytesUsed;
        value = Order is null ? value : OrderedValues.WithKey(Order.Encode(input.Columns, input.Rows[index]), value);
        if (input.Signs[index] > 0)
        {
            state.Add(value);
        }
        else
        {
            state.Remove(value);
        }

        _stateBytes += state.BytesUsed;
        return true;
    }

    private void Clear(in AggregateInput input, int index)
    {
        if (input.ClearsAfter[index] && _groups[input.Groups[index]] is { } state)
        {
            _stateBytes -= state.BytesUsed;
            _groups[input.Groups[index]] = null;
        }
    }

    private Column Decode(byte[]?[] results)
    {
        var starts = new int[results.Length];
        var total = 0;
        for (var i = 0; i < results.Length; i++)
        {
            starts[i] = results[i] is null ? -1 : total;
            total = checked(total + (results[i]?.Length ?? 0));
        }

        var data = new byte[total];
        for (var i = 0; i < results.Length; i++)
        {
            results[i]?.CopyTo(data.AsSpan(starts[i]));
        }

        return _resultCodec.Decode(0, data, starts);
    }
}

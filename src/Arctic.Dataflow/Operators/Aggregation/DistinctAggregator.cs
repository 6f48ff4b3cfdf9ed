using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>Lets an aggregate see each value of a group once: when it comes for the first time, and when its last occurrence is taken back.</summary>
/// <param name="argument">The column of the values.</param>
/// <param name="type">Its type.</param>
/// <param name="inner">The aggregate.</param>
/// <param name="keepsNulls">Whether NULL is a value to the aggregate, too.</param>
internal sealed class DistinctAggregator(int argument, DataType type, Aggregator inner, bool keepsNulls) : Aggregator
{
    private readonly RowCodec _codec = new(type);
    private readonly KeyedRows _values = new();
    private readonly EncodedRows _encoded = new();
    private sbyte[] _signs = [];

    public override long BytesUsed => _values.BytesUsed + inner.BytesUsed;

    public override void EnsureCapacity(int groups) => inner.EnsureCapacity(groups);

    public override (Column Before, Column After) ApplyAndTell(in AggregateInput input, Span<bool> changed) => inner.ApplyAndTell(input.WithSigns(Distinct(input)), changed);

    public override void Apply(in AggregateInput input) => inner.Apply(input.WithSigns(Distinct(input)));

    public override Column ResultsOf(ReadOnlySpan<int> groups) => inner.ResultsOf(groups);

    public override void Save(int group, StateBuffer target)
    {
        var count = 0;
        for (var id = _values.FirstOf(group); id >= 0; id = _values.NextOf(id))
        {
            count++;
        }

        target.WriteInt32(count);
        for (var id = _values.FirstOf(group); id >= 0; id = _values.NextOf(id))
        {
            target.WriteInt64(_values.CountOf(id));
            target.WriteBytes(_values.Table.Row(id));
        }

        inner.Save(group, target);
    }

    public override void Load(int group, ref StateBytes source)
    {
        for (var left = source.ReadInt32(); left > 0; left--)
        {
            var count = source.ReadInt64();
            var value = source.ReadBytes();
            _values.Add(group, EncodedRows.Hash(value), value, count, out _);
        }

        inner.Load(group, ref source);
    }

    private ReadOnlySpan<sbyte> Distinct(in AggregateInput input)
    {
        var column = input.Columns[argument];
        _codec.Encode([column], input.Rows, _encoded);
        _encoded.ComputeHashes();
        if (_signs.Length < input.Rows.Length)
        {
            _signs = new sbyte[input.Rows.Length];
        }

        for (var i = 0; i < input.Rows.Length; i++)
        {
            _signs[i] = input.Signs[i] == 0 || (!keepsNulls && column.IsNull(input.Rows[i])) ? (sbyte)0 : Change(input.Groups[i], i, input.Signs[i]);
            if (input.ClearsAfter[i])
            {
                _values.Clear(input.Groups[i]);
            }
        }

        return _signs.AsSpan(0, input.Rows.Length);
    }

    private sbyte Change(int group, int index, sbyte sign)
    {
        if (sign > 0)
        {
            _values.Add(group, _encoded.Hashes[index], _encoded[index], 1, out var isNew);
            return isNew ? (sbyte)1 : (sbyte)0;
        }

        var id = _values.Find(group, _encoded.Hashes[index], _encoded[index]);
        return id >= 0 && _values.RemoveOne(id) ? (sbyte)-1 : (sbyte)0;
    }
}

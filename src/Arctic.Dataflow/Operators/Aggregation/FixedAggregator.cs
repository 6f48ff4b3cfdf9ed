using System.Diagnostics;
using System.Runtime.CompilerServices;
using Arctic.Columnar.Columns;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>An aggregate whose values and state are structs of one width: an array of accumulators and a loop over the rows, specialised for each accumulator.</summary>
internal sealed class FixedAggregator<TIn, TOut, TAccumulator>(AggregateCallSpec call, TAccumulator empty) : Aggregator
    where TIn : unmanaged
    where TOut : unmanaged, IEquatable<TOut>
    where TAccumulator : unmanaged, IAccumulator<TIn, TOut>
{
    private TAccumulator[] _groups = [];

    public override long BytesUsed => _groups.Length * (long)Unsafe.SizeOf<TAccumulator>();

    public override void EnsureCapacity(int groups)
    {
        var before = _groups.Length;
        if (groups > before)
        {
            Array.Resize(ref _groups, Math.Max(16, groups * 2));
            _groups.AsSpan(before).Fill(empty);
        }
    }

    public override (Column Before, Column After) ApplyAndTell(in AggregateInput input, Span<bool> changed)
    {
        var column = Argument(input);
        var values = column.Values;
        var hasNulls = column.HasNulls;
        var before = new ResultBuilder(input.Rows.Length);
        var after = new ResultBuilder(input.Rows.Length);
        for (var i = 0; i < input.Rows.Length; i++)
        {
            ref var group = ref _groups[input.Groups[i]];
            var hadResult = before.Put(i, ref group, out var old);
            var row = input.Rows[i];
            var sign = input.Signs[i];
            if (sign != 0 && !(hasNulls && column.IsNull(row)))
            {
                group.Add(values[row], sign);
            }

            var hasResult = after.Put(i, ref group, out var result);
            if (hadResult != hasResult || (hasResult && !old.Equals(result)))
            {
                changed[i] = true;
            }

            if (input.ClearsAfter[i])
            {
                group = empty;
            }
        }

        return (before.Build(call.Type), after.Build(call.Type));
    }

    public override void Apply(in AggregateInput input)
    {
        var column = Argument(input);
        var values = column.Values;
        var hasNulls = column.HasNulls;
        for (var i = 0; i < input.Rows.Length; i++)
        {
            ref var group = ref _groups[input.Groups[i]];
            var row = input.Rows[i];
            var sign = input.Signs[i];
            if (sign != 0 && !(hasNulls && column.IsNull(row)))
            {
                group.Add(values[row], sign);
            }

            if (input.ClearsAfter[i])
            {
                group = empty;
            }
        }
    }

    public override Column ResultsOf(ReadOnlySpan<int> groups)
    {
        var results = new ResultBuilder(groups.Length);
        for (var i = 0; i < groups.Length; i++)
        {
            results.Put(i, ref _groups[groups[i]], out _);
        }

        return results.Build(call.Type);
    }

    public override void Save(int group, StateBuffer target) => target.WriteStruct(in _groups[group]);

    public override void Load(int group, ref StateBytes source) => _groups[group] = source.ReadStruct<TAccumulator>();

    private FixedColumn<TIn> Argument(in AggregateInput input)
    {
        var column = input.Columns[call.Argument].ToDense();
        return column as FixedColumn<TIn> ?? throw new UnreachableException($"{call.Function} got a {column.GetType()} of {column.Type}.");
    }

    private readonly struct ResultBuilder(int length)
    {
        private readonly TOut[] _values = new TOut[length];
        private readonly byte[] _valid = new byte[Bitmap.BytesFor(length)];

        public bool Put(int index, ref TAccumulator group, out TOut value)
        {
            if (!group.TryGet(out value))
            {
                return false;
            }

            _values[index] = value;
            Bitmap.Set(_valid, index);
            return true;
        }

        public Column Build(Columnar.Types.DataType type) => new FixedColumn<TOut>(type, _values, new Bitmap(_valid, 0));
    }
}

using Arctic.Columnar.Columns;
using Arctic.Columnar.Types;
using Arctic.Dataflow.Operators.Keyed;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>COUNT of rows or of the non-NULL values of a column.</summary>
/// <param name="argument">The input column; -1 for rows.</param>
/// <param name="type">BIGINT NOT NULL.</param>
internal sealed class CountAggregator(int argument, DataType type) : Aggregator
{
    private long[] _counts = [];

    public override long BytesUsed => _counts.Length * (long)sizeof(long);

    public override void EnsureCapacity(int groups)
    {
        if (groups > _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(16, groups * 2));
        }
    }

    public override (Column Before, Column After) ApplyAndTell(in AggregateInput input, Span<bool> changed)
    {
        var column = argument < 0 ? null : input.Columns[argument];
        var before = new long[input.Rows.Length];
        var after = new long[input.Rows.Length];
        for (var i = 0; i < input.Rows.Length; i++)
        {
            ref var count = ref _counts[input.Groups[i]];
            before[i] = count;
            if (column is null || !column.IsNull(input.Rows[i]))
            {
                count += input.Signs[i];
            }

            after[i] = count;
            changed[i] |= before[i] != count;
            if (input.ClearsAfter[i])
            {
                count = 0;
            }
        }

        return (new FixedColumn<long>(type, before), new FixedColumn<long>(type, after));
    }

    public override void Apply(in AggregateInput input)
    {
        var column = argument < 0 || !input.Columns[argument].HasNulls ? null : input.Columns[argument];
        for (var i = 0; i < input.Rows.Length; i++)
        {
            ref var count = ref _counts[input.Groups[i]];
            if (column is null || !column.IsNull(input.Rows[i]))
            {
                count += input.Signs[i];
            }

            if (input.ClearsAfter[i])
            {
                count = 0;
            }
        }
    }

    public override Column ResultsOf(ReadOnlySpan<int> groups)
    {
        var results = new long[groups.Length];
        for (var i = 0; i < groups.Length; i++)
        {
            results[i] = _counts[groups[i]];
        }

        return new FixedColumn<long>(type, results);
    }

    public override void Save(int group, StateBuffer target) => target.WriteInt64(_counts[group]);

    public override void Load(int group, ref StateBytes source) => _counts[group] = source.ReadInt64();
}

using System.Runtime.InteropServices;
using Arctic.Columnar;
using Arctic.Columnar.Columns;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Partitioning;

/// <summary>
/// Splits batches by partition. Each distinct value of a partition field gets a small number, kept from batch to batch; numbers of several fields are
/// folded pairwise into one, so that a row costs a look-up of a number a field and no tuple.
/// </summary>
internal sealed class PartitionSplitter(Schema schema, PartitionSpec spec)
{
    private readonly PartitionTransformer _transformer = new(schema, spec);
    private readonly ValueNumbers[] _numbers = spec.Fields.Select(_ => new ValueNumbers()).ToArray();
    private readonly Dictionary<long, int>[] _pairs = spec.Fields.Select(_ => new Dictionary<long, int>()).ToArray();
    private readonly List<PartitionTuple> _tuples = [];
    private int[] _codes = [];

    /// <summary>The partitions seen so far; the index of a partition stays.</summary>
    public IReadOnlyList<PartitionTuple> Partitions => _tuples;

    /// <summary>The rows of a batch by partition: the index into <see cref="Partitions"/> and the ascending column rows.</summary>
    public IReadOnlyList<(int Partition, int[] Rows)> Split(ChangeBatch batch)
    {
        var columns = _transformer.Apply(batch);
        var codes = CodesOf(columns, batch.ColumnLength);
        var rows = new List<(int Partition, int[] Rows)>();
        var selection = batch.Selection;
        var counts = new Dictionary<int, int>();
        for (var i = 0; i < batch.RowCount; i++)
        {
            var code = codes[selection is { } s ? s.Span[i] : i];
            CollectionsMarshal.GetValueRefOrAddDefault(counts, code, out _)++;
        }

        var targets = new Dictionary<int, (int[] Rows, int Used)>();
        foreach (var (code, count) in counts)
        {
            targets[code] = (new int[count], 0);
        }

        for (var i = 0; i < batch.RowCount; i++)
        {
            var row = selection is { } s ? s.Span[i] : i;
            ref var target = ref CollectionsMarshal.GetValueRefOrNullRef(targets, codes[row]);
            target.Rows[target.Used++] = row;
        }

        foreach (var (code, target) in targets)
        {
            rows.Add((PartitionOf(code, columns, target.Rows[0]), target.Rows));
        }

        return rows;
    }

    private ReadOnlySpan<int> CodesOf(IReadOnlyList<Column> columns, int length)
    {
        if (_codes.Length < length)
        {
            _codes = new int[length];
        }

        var codes = _codes.AsSpan(0, length);
        codes.Clear();
        for (var f = 0; f < columns.Count; f++)
        {
            var values = _numbers[f].Of(columns[f], length);
            if (f == 0)
            {
                values.CopyTo(codes);
                continue;
            }

            var pairs = _pairs[f];
            long lastPair = -1;
            var lastCode = 0;
            for (var i = 0; i < length; i++)
            {
                var pair = ((long)codes[i] << 32) | (uint)values[i];
                if (pair != lastPair)
                {
                    ref var code = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out var isKnown);
                    code = isKnown ? code : pairs.Count - 1;
                    (lastPair, lastCode) = (pair, code);
                }

                codes[i] = lastCode;
            }
        }

        return codes;
    }

    private readonly Dictionary<int, int> _partitionByCode = [];

    private int PartitionOf(int code, IReadOnlyList<Column> columns, int row)
    {
        ref var partition = ref CollectionsMarshal.GetValueRefOrAddDefault(_partitionByCode, code, out var isKnown);
        if (!isKnown)
        {
            partition = _tuples.Count;
            _tuples.Add(PartitionTransformer.TupleAt(columns, row));
        }

        return partition;
    }
}

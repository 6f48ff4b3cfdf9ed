using System.Buffers.Binary;
using Arctic.Columnar.Columns;

namespace Arctic.Dataflow.Operators.Aggregation;

/// <summary>Which percentiles are asked for, once a row has told it.</summary>
internal sealed class AskedPercentiles
{
    /// <summary>From 0 to 1.</summary>
    public IReadOnlyList<double> Shares { get; private set; } = [];

    /// <summary>Whether the result is an array.</summary>
    public bool AreMany { get; private set; }

    /// <summary>Takes the constant argument from a row.</summary>
    public void Read(Column column, int row)
    {
        var dense = column.ToDense();
        (AreMany, Shares) = dense is ListColumn list
            ? (true, ((FixedColumn<double>)list.Elements.ToDense()).Values[list.Offsets[row]..list.Offsets[row + 1]].ToArray())
            : (false, [((FixedColumn<double>)dense).Values[row]]);
    }
}

/// <summary>PERCENTILE: interpolated between the two values next to the asked place.</summary>
internal sealed class PercentileState(AskedPercentiles asked) : ValueListState
{
    private const int RowSize = 1 + sizeof(double);

    protected override byte[]? Compute(List<byte[]> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        var sorted = values.Select(v => BinaryPrimitives.ReadDoubleLittleEndian(v.AsSpan(1))).Order().ToArray();
        return asked.AreMany ? Lists.Encode(asked.Shares.Select(s => Encode(At(sorted, s)))) : Encode(At(sorted, asked.Shares[0]));
    }

    private static double At(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var (low, high) = ((int)Math.Floor(place), (int)Math.Ceiling(place));
        return low == high ? sorted[low] : ((high - place) * sorted[low]) + ((place - low) * sorted[high]);
    }

    private static byte[] Encode(double value)
    {
        var row = new byte[RowSize];
        BinaryPrimitives.WriteDoubleLittleEndian(row.AsSpan(1), value);
        return row;
    }
}

namespace Arctic.Iceberg.Spec;

/// <summary>
/// The partition values of a file in the order of its spec's fields, boxed as <see cref="IcebergType"/> says; null is the null partition. Compares by value:
/// bytes by content, floats by their bits with one NaN.
/// </summary>
public sealed class PartitionTuple : IEquatable<PartitionTuple>
{
    /// <summary>The tuple of an unpartitioned table.</summary>
    public static readonly PartitionTuple Empty = new();

    private readonly object?[] _values;

    /// <summary>Takes the array as its own.</summary>
    public PartitionTuple(params object?[] values) => _values = values;

    /// <summary>The number of partition values.</summary>
    public int Count => _values.Length;

    /// <summary>A partition value; null is the null partition.</summary>
    public object? this[int index] => _values[index];

    /// <inheritdoc/>
    public bool Equals(PartitionTuple? other)
    {
        if (other is null || other._values.Length != _values.Length)
        {
            return false;
        }

        for (var i = 0; i < _values.Length; i++)
        {
            if (!ValueEquals(_values[i], other._values[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PartitionTuple);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in _values)
        {
            switch (value)
            {
                case byte[] bytes:
                    hash.AddBytes(bytes);
                    break;
                case float or double:
                    hash.Add(FloatBits(value));
                    break;
                default:
                    hash.Add(value);
                    break;
            }
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"({string.Join(", ", _values.Select(v => v is byte[] b ? Convert.ToHexStringLower(b) : v ?? "null"))})";

    // Iceberg spec, "Partitioning": -0.0 and +0.0 are different partitions, all NaNs are one.
    private static bool ValueEquals(object? left, object? right) => (left, right) switch
    {
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (float or double, float or double) => left.GetType() == right.GetType() && FloatBits(left) == FloatBits(right),
        _ => Equals(left, right),
    };

    private static long FloatBits(object value) => value switch
    {
        float f => float.IsNaN(f) ? BitConverter.SingleToInt32Bits(float.NaN) : BitConverter.SingleToInt32Bits(f),
        double d => double.IsNaN(d) ? BitConverter.DoubleToInt64Bits(double.NaN) : BitConverter.DoubleToInt64Bits(d),
        _ => throw new ArgumentException("Not a float.", nameof(value)),
    };
}

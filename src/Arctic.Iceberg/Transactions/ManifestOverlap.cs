using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Transactions;

/// <summary>Tells by the ranges in a manifest list whether manifests may hold files of the same partitions.</summary>
internal static class ManifestOverlap
{
    /// <summary>Whether any two may. Without partition fields all files are of one partition.</summary>
    public static bool IsAny(IReadOnlyList<ManifestFile> manifests, IcebergType.Struct partitionType)
    {
        var ranges = manifests.Select(m => RangesOf(m, partitionType)).ToArray();
        for (var i = 1; i < ranges.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (MayMeet(ranges[i], ranges[j]))
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Null where the list does not tell: then anything may be in it.
    private static FieldRange?[]? RangesOf(ManifestFile manifest, IcebergType.Struct type) => manifest.Partitions is { } summaries && summaries.Count == type.Fields.Count
        ? summaries.Select((s, i) => FieldRange.Of(s, type.Fields[i].Type)).ToArray()
        : null;

    private static bool MayMeet(FieldRange?[]? left, FieldRange?[]? right)
    {
        for (var i = 0; left is not null && right is not null && i < left.Length; i++)
        {
            if (left[i] is { } a && right[i] is { } b && !a.MayMeet(b))
            {
                return false;
            }
        }

        return true;
    }

    /// <param name="Lower">Null, like <paramref name="Upper"/>, when all values are null or NaN.</param>
    private sealed record FieldRange(bool HasNull, bool HasNan, object? Lower, object? Upper)
    {
        /// <summary>Null when a bound cannot be read: it may be of another type than the field is now.</summary>
        public static FieldRange? Of(FieldSummary summary, IcebergType type)
        {
            var isEmpty = summary.LowerBound is null || summary.UpperBound is null;
            var lower = isEmpty ? null : BoundCodec.Decode(type, summary.LowerBound!);
            var upper = isEmpty ? null : BoundCodec.Decode(type, summary.UpperBound!);
            return !isEmpty && (lower is null || upper is null) ? null : new FieldRange(summary.ContainsNull, summary.ContainsNan ?? type == IcebergTypes.Float || type == IcebergTypes.Double, lower, upper);
        }

        public bool MayMeet(FieldRange other) =>
            (HasNull && other.HasNull)
            || (HasNan && other.HasNan)
            || (Lower is not null && other.Lower is not null && ValueOrder.Compare(Lower, other.Upper!) <= 0 && ValueOrder.Compare(other.Lower, Upper!) <= 0);
    }
}

using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>What is known of a column's values in a file, a row group, a partition or a manifest.</summary>
/// <param name="Lower">No value but NaN is less; null when not known.</param>
/// <param name="Upper">No value but NaN is greater; null when not known.</param>
/// <param name="MayHaveNulls">Whether there may be NULLs.</param>
/// <param name="MayHaveValues">Whether there may be values that are neither NULL nor NaN.</param>
/// <param name="MayHaveNans">Whether there may be NaNs.</param>
internal readonly record struct ColumnRange(object? Lower, object? Upper, bool MayHaveNulls, bool MayHaveValues, bool MayHaveNans)
{
    /// <summary>Nothing is known.</summary>
    public static readonly ColumnRange Unknown = new(null, null, true, true, true);

    /// <summary>Exactly one value.</summary>
    public static ColumnRange Of(object? value) => value is null ? new(null, null, true, false, false)
        : ValueOrder.IsNan(value) ? new(null, null, false, false, true)
        : new(value, value, false, true, false);
}

/// <summary>Ranges as files, partitions and manifests give them.</summary>
internal static class ColumnRanges
{
    /// <summary>A column of a file by its manifest entry.</summary>
    public static ColumnRange OfFile(DataFile file, int fieldId, IcebergType type)
    {
        long nulls = 0, values = 0, nans = 0;
        var hasValues = file.ValueCounts?.TryGet(fieldId, out values) ?? false;
        var hasNulls = file.NullValueCounts?.TryGet(fieldId, out nulls) ?? false;
        var hasNans = file.NanValueCounts?.TryGet(fieldId, out nans) ?? false;
        var others = (hasNulls ? nulls : 0) + (hasNans ? nans : 0);
        return new ColumnRange(
            BoundOf(file.LowerBounds, fieldId, type),
            BoundOf(file.UpperBounds, fieldId, type),
            !hasNulls || nulls != 0,
            !hasValues || values < 0 || values > others,
            IsReal(type) && (!hasNans || nans != 0));
    }

    /// <summary>A field of a manifest's partitions.</summary>
    public static ColumnRange OfSummary(FieldSummary summary, IcebergType type) => new(
        summary.LowerBound is { } lower ? BoundOf(lower, type) : null,
        summary.UpperBound is { } upper ? BoundOf(upper, type) : null,
        summary.ContainsNull,

        // Without a bound all values are null or NaN; where neither is said to be there, the summary says nothing.
        summary.LowerBound is not null || (!summary.ContainsNull && summary.ContainsNan != true),
        IsReal(type) && (summary.ContainsNan ?? true));

    private static object? BoundOf(FieldIdMap<ReadOnlyMemory<byte>>? bounds, int fieldId, IcebergType type) =>
        bounds is not null && bounds.TryGet(fieldId, out var bytes) ? BoundOf(bytes.Span, type) : null;

    // Old writers left NaN in bounds, and some cut texts within a character; decoding would replace the rest by another, and a replaced bound is none.
    private static object? BoundOf(ReadOnlySpan<byte> bytes, IcebergType type) =>
        (type is not IcebergType.String || System.Text.Unicode.Utf8.IsValid(bytes)) && BoundCodec.Decode(type, bytes) is { } value && !ValueOrder.IsNan(value) ? value : null;

    /// <summary>Whether values can be NaN.</summary>
    public static bool IsReal(IcebergType type) => type is IcebergType.Float or IcebergType.Double;
}

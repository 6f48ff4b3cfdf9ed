using System.Text;
using Arctic.Iceberg.Spec;

namespace Arctic.Iceberg.Scanning;

/// <summary>Decides by ranges whether any row can fulfil a predicate. False is certain; true is not.</summary>
internal static class PredicateEvaluator
{
    /// <summary>Whether a row may fulfil the predicate.</summary>
    /// <param name="predicate">Conditions on field ids.</param>
    /// <param name="rangeOf">The range of a field; <see cref="ColumnRange.Unknown"/> when nothing is known.</param>
    public static bool MightMatch(ScanPredicate predicate, Func<int, ColumnRange> rangeOf) => predicate switch
    {
        ScanPredicate.False => false,
        ScanPredicate.And p => MightMatch(p.Left, rangeOf) && MightMatch(p.Right, rangeOf),
        ScanPredicate.Or p => MightMatch(p.Left, rangeOf) || MightMatch(p.Right, rangeOf),
        ScanPredicate.IsNull p => rangeOf(p.FieldId).MayHaveNulls,
        ScanPredicate.IsNotNull p => rangeOf(p.FieldId) is var range && (range.MayHaveValues || range.MayHaveNans),
        ScanPredicate.Compare p => MightMatch(p.Operator, p.Value, rangeOf(p.FieldId)),
        ScanPredicate.In p => rangeOf(p.FieldId) is var range && p.Values.Any(v => MightMatch(PredicateOperator.Equal, v, range)),
        ScanPredicate.StartsWith p => MightStartWith(p.Prefix, rangeOf(p.FieldId)),
        _ => true,
    };

    private static bool MightMatch(PredicateOperator comparison, object value, ColumnRange range)
    {
        if (!range.MayHaveValues && !range.MayHaveNans)
        {
            return false;
        }

        // Where NaN stands in the order is the kernels' business; it is nowhere below a number.
        return comparison switch
        {
            PredicateOperator.Equal => range.MayHaveValues && IsAtMost(range.Lower, value) && IsAtLeast(range.Upper, value),
            PredicateOperator.Less => range.MayHaveValues && (range.Lower is null || Compare(range.Lower, value) is null or < 0),
            PredicateOperator.LessOrEqual => range.MayHaveValues && IsAtMost(range.Lower, value),
            PredicateOperator.Greater => range.MayHaveNans || range.Upper is null || Compare(range.Upper, value) is null or > 0,
            PredicateOperator.GreaterOrEqual => range.MayHaveNans || IsAtLeast(range.Upper, value),

            // Bounds may be cut; equal numbers are not.
            _ => range.MayHaveNans || range.Lower is null or string or byte[] || Compare(range.Lower, value) != 0 || Compare(range.Upper ?? range.Lower, value) != 0 || range.Upper is null,
        };
    }

    private static bool MightStartWith(string prefix, ColumnRange range)
    {
        var wanted = Encoding.UTF8.GetBytes(prefix);
        return range.MayHaveValues
            && (range.Lower is not string lower || Cut(lower, wanted.Length).SequenceCompareTo(wanted) <= 0)
            && (range.Upper is not string upper || Cut(upper, wanted.Length).SequenceCompareTo(wanted) >= 0);
    }

    private static ReadOnlySpan<byte> Cut(string text, int length)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.AsSpan(0, Math.Min(length, bytes.Length));
    }

    private static bool IsAtMost(object? bound, object value) => bound is null || Compare(bound, value) is null or <= 0;

    private static bool IsAtLeast(object? bound, object value) => bound is null || Compare(bound, value) is null or >= 0;

    // Null when the values are of types that a promotion does not connect: nothing can be said then.
    private static int? Compare(object bound, object value) => (bound, value) switch
    {
        (int a, long b) => ((long)a).CompareTo(b),
        (long a, int b) => a.CompareTo(b),
        (float a, double b) => CompareReals(a, b),
        (double a, float b) => CompareReals(a, b),
        (float a, float b) => CompareReals(a, b),
        (double a, double b) => CompareReals(a, b),
        _ when bound.GetType() == value.GetType() => ValueOrder.Compare(bound, value),
        _ => null,
    };

    private static int CompareReals(double a, double b) => a == b ? 0 : a.CompareTo(b);
}

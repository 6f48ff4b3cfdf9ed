using System.Text;

namespace Arctic.Iceberg.Spec;

/// <summary>The order of boxed values of one type, as bounds use it: texts by their UTF-8 bytes, bytes unsigned, -0.0 before +0.0, NaN last.</summary>
internal static class ValueOrder
{
    /// <summary>Compares two values of one type.</summary>
    /// <exception cref="ArgumentException">The values are of different or unordered types.</exception>
    public static int Compare(object left, object right) => (left, right) switch
    {
        (int a, int b) => a.CompareTo(b),
        (long a, long b) => a.CompareTo(b),
        (string a, string b) => CompareTexts(a, b),
        (byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b),
        (Int128 a, Int128 b) => a.CompareTo(b),
        (bool a, bool b) => a.CompareTo(b),
        (float a, float b) => CompareReals(a, b),
        (double a, double b) => CompareReals(a, b),
        _ => throw new ArgumentException($"Values of {left.GetType().Name} and {right.GetType().Name} have no order.", nameof(right)),
    };

    /// <summary>Whether the value is a NaN.</summary>
    public static bool IsNan(object value) => value is float and float.NaN or double and double.NaN;

    private static int CompareReals(double a, double b)
    {
        if (double.IsNaN(a) || double.IsNaN(b))
        {
            return double.IsNaN(a).CompareTo(double.IsNaN(b));
        }

        return a != b ? a.CompareTo(b) : double.IsNegative(b).CompareTo(double.IsNegative(a));
    }

    // UTF-16 order differs from UTF-8 order where surrogates meet U+E000 to U+FFFF.
    private static int CompareTexts(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] != b[i])
            {
                return char.IsSurrogate(a[i]) == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : CompareBytes(a, b);
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    private static int CompareBytes(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));
}

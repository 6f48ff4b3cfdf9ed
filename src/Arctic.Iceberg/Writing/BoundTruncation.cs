using System.Text;
using Arctic.Iceberg.Partitioning;

namespace Arctic.Iceberg.Writing;

/// <summary>Cuts bounds of text and bytes so that they stay bounds (Iceberg's <c>truncate(n)</c> metrics).</summary>
internal static class BoundTruncation
{
    /// <summary>The greatest cut text that is not above <paramref name="text"/>.</summary>
    public static string LowerText(string text, int codePoints)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Encoding.UTF8.GetString(bytes.AsSpan(0, Utf8.PrefixLength(bytes, codePoints)));
    }

    /// <summary>A cut text that is not below <paramref name="text"/>; null when there is none (only the greatest code points).</summary>
    public static string? UpperText(string text, int codePoints)
    {
        var runes = text.EnumerateRunes().Take(codePoints + 1).ToArray();
        if (runes.Length <= codePoints)
        {
            return text;
        }

        for (var last = codePoints - 1; last >= 0; last--)
        {
            if (Next(runes[last]) is { } next)
            {
                var result = new StringBuilder();
                foreach (var rune in runes.AsSpan(0, last))
                {
                    result.Append(rune.ToString());
                }

                return result.Append(next.ToString()).ToString();
            }
        }

        return null;
    }

    /// <summary>The first bytes.</summary>
    public static byte[] LowerBytes(byte[] bytes, int length) => bytes.Length <= length ? bytes : bytes[..length];

    /// <summary>Cut bytes that are not below <paramref name="bytes"/>; null when there are none.</summary>
    public static byte[]? UpperBytes(byte[] bytes, int length)
    {
        if (bytes.Length <= length)
        {
            return bytes;
        }

        for (var last = length - 1; last >= 0; last--)
        {
            if (bytes[last] != 0xFF)
            {
                var result = bytes[..(last + 1)];
                result[last]++;
                return result;
            }
        }

        return null;
    }

    // Surrogates are no code points of a text.
    private static Rune? Next(Rune rune) => rune.Value switch
    {
        0x10FFFF => null,
        0xD7FF => new Rune(0xE000),
        var value => new Rune(value + 1),
    };
}

using System.Text;

namespace Arctic.Cli.Output;

/// <summary>How many cells of a terminal a text takes: East Asian wide and fullwidth characters take two, combining marks none.</summary>
internal static class DisplayWidth
{
    // Stretches of code points that Unicode's EastAsianWidth.txt calls W or F, and the emoji blocks, in ascending order.
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x231A, 0x231B), (0x2E80, 0x303E), (0x3041, 0x33FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA000, 0xA4CF), (0xA960, 0xA97C),
        (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE10, 0xFE19), (0xFE30, 0xFE6F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F), (0x1F680, 0x1F6FF),
        (0x1F900, 0x1F9FF), (0x20000, 0x3FFFD),
    ];

    /// <summary>The cells of a text.</summary>
    public static int Of(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }

        return width;
    }

    /// <summary>The text cut to so many cells, with <c>...</c> at the end when something was cut.</summary>
    public static string Cut(string text, int cells)
    {
        if (Of(text) <= cells)
        {
            return text;
        }

        var result = new StringBuilder();
        var width = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (width + Of(rune) > cells - 3)
            {
                break;
            }

            width += Of(rune);
            result.Append(rune.ToString());
        }

        return result.Append("...").ToString();
    }

    private static int Of(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.EnclosingMark ? 0
        : rune.Value >= 0x1100 && Array.Exists(Wide, w => rune.Value >= w.First && rune.Value <= w.Last) ? 2
        : 1;
}

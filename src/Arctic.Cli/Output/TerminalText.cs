using System.Text;

namespace Arctic.Cli.Output;

/// <summary>Text of tables as a terminal may have it: what a file holds must not move the cursor, change colours or ring.</summary>
internal static class TerminalText
{
    /// <summary>The text with its control characters as <c>\u001B</c>; line ends are blanks.</summary>
    public static string OfCell(string text) => Escape(text.ReplaceLineEndings(" "), keepsLines: false);

    /// <summary>The same for text of several lines, whose ends stay.</summary>
    public static string OfLines(string text) => Escape(text, keepsLines: true);

    private static string Escape(string text, bool keepsLines)
    {
        if (!text.Any(c => IsEscaped(c, keepsLines)))
        {
            return text;
        }

        var result = new StringBuilder();
        foreach (var c in text)
        {
            _ = IsEscaped(c, keepsLines) ? result.Append("\\u").Append(((int)c).ToString("X4", System.Globalization.CultureInfo.InvariantCulture)) : result.Append(c);
        }

        return result.ToString();
    }

    private static bool IsEscaped(char c, bool keepsLines) => char.IsControl(c) && !(keepsLines && c == '\n');
}

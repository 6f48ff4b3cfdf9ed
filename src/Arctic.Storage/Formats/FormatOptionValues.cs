using System.Globalization;
using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Formats;

/// <summary>Option values that formats share.</summary>
internal static class FormatOptionValues
{
    /// <summary>An ASCII character, written as itself or as <c>\t</c>, <c>\\</c> or <c>\u0001</c>.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidOption"/>.</exception>
    public static byte SingleByte(string text, string key, string context)
    {
        var character = text switch
        {
            [var c] => c,
            "\\t" => '\t',
            "\\\\" => '\\',
            ['\\', 'u', _, _, _, _] when ushort.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => (char)code,
            _ => '\u0080',
        };
        return char.IsAscii(character) && character is not '\n' and not '\r'
            ? (byte)character
            : throw new ArcticException(
                ErrorCodes.InvalidOption,
                $"Cannot read '{text}' as the value of option '{key}' of {context}: expected one ASCII character, as itself or as '\\t' or '\\u0001'.");
    }

    /// <summary>The text as UTF-8; null for null.</summary>
    public static byte[]? Utf8(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}

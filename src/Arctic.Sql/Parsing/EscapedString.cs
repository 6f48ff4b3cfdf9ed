using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Sql.Parsing;

/// <summary>Strings with C-style escapes: <c>E'a\tb'</c>, with <c>\b \f \n \r \t</c>, octal <c>\ooo</c>, <c>\xh[h]</c>, <c>\uxxxx</c> and <c>\Uxxxxxxxx</c>.</summary>
internal static class EscapedString
{
    /// <summary>Decodes what stands between the quotes; a doubled quote is one.</summary>
    /// <param name="start">Where the literal starts, for messages.</param>
    public static string Decode(ReadOnlySpan<char> raw, SourcePosition start)
    {
        var text = new StringBuilder(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            if (raw[i] == '\'')
            {
                i++;
                text.Append('\'');
            }
            else if (raw[i] != '\\')
            {
                text.Append(raw[i]);
            }
            else
            {
                i += Unescape(raw[(i + 1)..], text, start);
            }
        }

        return text.ToString();
    }

    // Returns the number of characters behind the backslash that the escape takes.
    private static int Unescape(ReadOnlySpan<char> rest, StringBuilder text, SourcePosition start)
    {
        switch (rest[0])
        {
            case 'b': text.Append('\b'); return 1;
            case 'f': text.Append('\f'); return 1;
            case 'n': text.Append('\n'); return 1;
            case 'r': text.Append('\r'); return 1;
            case 't': text.Append('\t'); return 1;
            case >= '0' and <= '7': return AppendCodePoint(rest, text, start, radix: 8, digitsMin: 1, digitsMax: 3);
            case 'x': return 1 + AppendCodePoint(rest[1..], text, start, radix: 16, digitsMin: 1, digitsMax: 2);
            case 'u': return 1 + AppendCodePoint(rest[1..], text, start, radix: 16, digitsMin: 4, digitsMax: 4);
            case 'U': return 1 + AppendCodePoint(rest[1..], text, start, radix: 16, digitsMin: 8, digitsMax: 8);
            default: text.Append(rest[0]); return 1;
        }
    }

    private static int AppendCodePoint(ReadOnlySpan<char> digits, StringBuilder text, SourcePosition start, int radix, int digitsMin, int digitsMax)
    {
        var value = 0L;
        var count = 0;
        while (count < digitsMax && count < digits.Length && char.IsAsciiHexDigit(digits[count]) && Convert.ToInt32(digits[count].ToString(), 16) is var digit && digit < radix)
        {
            value = (value * radix) + digit;
            count++;
        }

        if (count < digitsMin || value > 0x10FFFF)
        {
            throw new ArcticException(ErrorCodes.SyntaxError, $"Cannot read the string: an escape in it needs {digitsMin} digits of base {radix} that name a character.") { Position = start };
        }

        // A surrogate half is kept as it is: its other half may be the next escape.
        text.Append(value is >= 0xD800 and <= 0xDFFF ? ((char)value).ToString() : char.ConvertFromUtf32((int)value));
        return count;
    }
}

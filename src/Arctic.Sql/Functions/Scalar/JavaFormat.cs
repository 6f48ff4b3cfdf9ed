using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>
/// A format of java.util.Formatter in the locale US: <c>%[index$][flags][width][.precision]conversion</c> with the conversions b, c, d, o, x, e, f, g, s, n and %.
/// What Java refuses, and its conversions of dates and hashes, are refused.
/// </summary>
internal sealed partial class JavaFormat
{
    // A text of that width is no use, and a billion of it would be harm.
    private const int WidthMax = 100_000;

    private readonly List<Part> _parts = [];

    /// <summary>Reads a format; null when it is none.</summary>
    public static JavaFormat? TryParse(string text)
    {
        var format = new JavaFormat();
        var start = 0;
        for (var percent = text.IndexOf('%', StringComparison.Ordinal); percent >= 0; percent = text.IndexOf('%', start))
        {
            var match = Specifier().Match(text, percent);
            if (!match.Success || match.Index != percent)
            {
                return null;
            }

            format._parts.Add(new Part { Literal = text[start..percent] });
            if (!TryMakePart(match, out var part))
            {
                return null;
            }

            format._parts.Add(part);
            start = percent + match.Length;
        }

        format._parts.Add(new Part { Literal = text[start..] });
        return format;
    }

    /// <summary>Writes values; false when one is missing or not of the conversion's kind.</summary>
    public bool TryWrite(ReadOnlySpan<PrintedValue> values, StringBuilder output)
    {
        var (next, last) = (0, -1);
        foreach (var part in _parts)
        {
            if (part.Conversion == '\0')
            {
                output.Append(part.Literal);
            }
            else if (part.Conversion is 'n' or '%')
            {
                Pad(part.Conversion == 'n' ? "\n" : "%", part, output);
            }
            else
            {
                last = part.Index switch
                {
                    Part.NextIndex => next++,
                    Part.LastIndex => last,
                    var index => index - 1,
                };
                if ((uint)last >= (uint)values.Length || TextOf(part, values[last]) is not { } text)
                {
                    return false;
                }

                Pad(part.IsUpper ? text.ToUpperInvariant() : text, part, output);
            }
        }

        return true;
    }

    private static bool TryMakePart(Match match, out Part part)
    {
        var index = match.Groups["index"].Value;
        var flags = match.Groups["flags"].Value;
        var conversion = match.Groups["conversion"].Value[0];
        part = new Part
        {
            Literal = "",
            Flags = flags,
            Width = NumberOf(match.Groups["width"]),
            Precision = NumberOf(match.Groups["precision"]),
            Conversion = char.ToLowerInvariant(conversion),
            IsUpper = char.IsUpper(conversion),
            Index = flags.Contains('<', StringComparison.Ordinal) ? Part.LastIndex : index.Length > 0 ? NumberOf(match.Groups["index"]) : Part.NextIndex,
        };
        var isKnown = conversion is 'b' or 'B' or 'c' or 'C' or 'd' or 'o' or 'x' or 'X' or 'e' or 'E' or 'f' or 'g' or 'G' or 's' or 'S' or 'n' or '%';
        var isRepeated = flags.Distinct().Count() < flags.Length;
        var needsWidth = part.Has('-') || part.Has('0');
        var isContradictory = (part.Has('-') && part.Has('0')) || (part.Has('+') && part.Has(' '));
        return isKnown && !isRepeated && !isContradictory && !(needsWidth && part.Width < 0) && Math.Max(part.Width, part.Precision) <= WidthMax && AllowsFlags(part);
    }

    private static bool AllowsFlags(Part part) => part.Conversion switch
    {
        'd' => part.Precision < 0 && !part.Has('#'),
        'o' or 'x' => part.Precision < 0 && !part.HasAny("+ (,"),
        'c' => part.Precision < 0 && !part.HasAny("#+ 0,("),
        'n' => part is { Width: < 0, Precision: < 0, Flags: "" },
        '%' => part.Precision < 0 && !part.HasAny("#+ 0,("),
        'e' => !part.Has(','),
        'g' => !part.Has('#'),
        'f' => true,
        _ => !part.HasAny("#+ 0,("),
    };

    private static int NumberOf(Group group) =>
        !group.Success || group.Length == 0 ? -1 : int.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    // Null when the value is not of the conversion's kind.
    private static string? TextOf(Part part, PrintedValue value) => part.Conversion switch
    {
        'b' => Cut(value.Kind == PrintedKind.Null ? "false" : value.Kind == PrintedKind.Boolean ? value.Text : "true", part),
        's' => Cut(value.Text, part),
        _ when value.Kind == PrintedKind.Null => Cut("null", part),
        'c' => value is { Kind: PrintedKind.Integer, Bits: <= 32 } && Rune.IsValid((int)value.Integer) ? new Rune((int)value.Integer).ToString() : null,
        'd' => value.Kind == PrintedKind.Integer ? Sign(value.Integer < 0, value.Text.TrimStart('-'), part) : null,
        'o' or 'x' => value.Kind == PrintedKind.Integer ? Unsigned(part, value) : null,
        _ => value.Kind == PrintedKind.Number ? Number(part, value.Text) : null,
    };

    private static string Cut(string text, Part part) => part.Precision >= 0 && part.Precision < text.Length ? text[..part.Precision] : text;

    // Negative ones as the type's two's complement.
    private static string Unsigned(Part part, PrintedValue value)
    {
        var bits = value.Bits == 64 ? (ulong)value.Integer : (ulong)value.Integer & ((1UL << value.Bits) - 1);
        var isHex = part.Conversion == 'x';
        var digits = isHex ? bits.ToString("x", CultureInfo.InvariantCulture) : Octal(bits);
        var prefix = !part.Has('#') ? "" : isHex ? "0x" : "0";
        return prefix + (part.Has('0') ? digits.PadLeft(Math.Max(0, part.Width - prefix.Length), '0') : digits);
    }

    private static string Octal(ulong bits)
    {
        var text = new StringBuilder();
        do
        {
            text.Insert(0, (char)('0' + (bits & 7)));
            bits >>= 3;
        }
        while (bits != 0);
        return text.ToString();
    }

    private static string Number(Part part, string text)
    {
        var isNegative = text.StartsWith('-');
        if (text.EndsWith('N') || text.EndsWith('y'))
        {
            // NaN and Infinity are not padded with zeros.
            return text == "NaN" ? text : isNegative ? (part.Has('(') ? "(Infinity)" : "-Infinity") : part.Has('+') ? "+Infinity" : "Infinity";
        }

        var digits = DecimalDigits.Parse(text.TrimStart('-'));
        var precision = part.Precision < 0 ? 6 : part.Precision;
        var printed = part.Conversion switch
        {
            'f' => digits.ToFixed(precision),
            'e' => digits.ToScientific(precision),
            _ => General(digits, Math.Max(1, precision)),
        };
        return Sign(isNegative, part.Has('#') && precision == 0 ? printed + "." : printed, part);
    }

    // Plain from 0.0001 up to ten to the power of the precision.
    private static string General(DecimalDigits digits, int precision)
    {
        var rounded = digits.Round(precision);
        return rounded.IsZero ? digits.ToFixed(precision - 1)
            : rounded.PointAt > -4 && rounded.PointAt <= precision ? digits.ToFixed(precision - rounded.PointAt)
            : digits.ToScientific(precision - 1);
    }

    private static string Sign(bool isNegative, string digits, Part part)
    {
        var (before, after) = isNegative ? part.Has('(') ? ("(", ")") : ("-", "") : part.Has('+') ? ("+", "") : part.Has(' ') ? (" ", "") : ("", "");
        var grouped = part.Has(',') ? Group(digits) : digits;
        return before + (part.Has('0') ? grouped.PadLeft(Math.Max(0, part.Width - before.Length - after.Length), '0') : grouped) + after;
    }

    private static string Group(string digits)
    {
        var point = digits.IndexOf('.', StringComparison.Ordinal);
        var text = new StringBuilder(digits);
        for (var at = (point < 0 ? digits.Length : point) - 3; at > 0; at -= 3)
        {
            text.Insert(at, ',');
        }

        return text.ToString();
    }

    private static void Pad(string text, Part part, StringBuilder output)
    {
        var missing = Math.Max(0, part.Width - text.Length);
        output.Append(' ', part.Has('-') ? 0 : missing).Append(text).Append(' ', part.Has('-') ? missing : 0);
    }

    [GeneratedRegex(@"%(?:(?<index>[1-9][0-9]*)\$)?(?<flags>[-#+ 0,(<]*)(?<width>[1-9][0-9]*)?(?:\.(?<precision>[0-9]+))?(?<conversion>[a-zA-Z%])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Specifier();

    /// <summary>Text as it is, or a conversion.</summary>
    private readonly record struct Part
    {
        public const int NextIndex = 0;
        public const int LastIndex = -1;

        public required string Literal { get; init; }

        public string Flags { get; init; }

        public int Width { get; init; }

        public int Precision { get; init; }

        public char Conversion { get; init; }

        public bool IsUpper { get; init; }

        /// <summary>1-based; the next or the last one.</summary>
        public int Index { get; init; }

        public bool Has(char flag) => Flags.Contains(flag, StringComparison.Ordinal);

        public bool HasAny(string flags) => Flags.AsSpan().IndexOfAny(flags) >= 0;
    }
}

namespace Arctic.Columnar.Kernels;

/// <summary>A LIKE pattern over UTF-8: <c>%</c> any characters, <c>_</c> one character that is no line feed.</summary>
internal sealed class LikePattern
{
    private const byte Any = (byte)'%';
    private const byte One = (byte)'_';

    private readonly byte[] _literal;

    // Parallel to _literal: whether the byte is a wildcard.
    private readonly bool[] _isWildcard;
    private readonly Shape _shape;

    private LikePattern(byte[] literal, bool[] isWildcard)
    {
        (_literal, _isWildcard) = (literal, isWildcard);
        _shape = FindShape(literal, isWildcard);
        if (_shape != Shape.General)
        {
            _literal = literal.Where((_, i) => !isWildcard[i]).ToArray();
        }
    }

    private enum Shape
    {
        General,
        Exact,
        Prefix,
        Suffix,
        Contains,
    }

    /// <summary>Reads a pattern; the escape is one character or empty.</summary>
    /// <exception cref="Errors.ArcticException">The escape stands before another character, or at the end.</exception>
    public static LikePattern Parse(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> escape)
    {
        var literal = new List<byte>(pattern.Length);
        var isWildcard = new List<bool>(pattern.Length);
        for (var i = 0; i < pattern.Length; i++)
        {
            if (!escape.IsEmpty && pattern[i..].StartsWith(escape))
            {
                i += escape.Length;
                var escaped = i < pattern.Length && (pattern[i] is Any or One || pattern[i..].StartsWith(escape));
                if (!escaped)
                {
                    throw EvaluationErrors.Failed($"Cannot evaluate LIKE: invalid escape sequence in '{System.Text.Encoding.UTF8.GetString(pattern)}'.");
                }

                var width = pattern[i] is Any or One ? 1 : escape.Length;
                foreach (var b in pattern.Slice(i, width))
                {
                    literal.Add(b);
                    isWildcard.Add(false);
                }

                i += width - 1;
                continue;
            }

            literal.Add(pattern[i]);
            isWildcard.Add(pattern[i] is Any or One);
        }

        return new LikePattern(literal.ToArray(), isWildcard.ToArray());
    }

    public bool IsMatch(ReadOnlySpan<byte> text) => _shape switch
    {
        Shape.Exact => text.SequenceEqual(_literal),
        Shape.Prefix => text.StartsWith(_literal),
        Shape.Suffix => text.EndsWith(_literal),
        Shape.Contains => text.IndexOf(_literal) >= 0,
        _ => IsGeneralMatch(text),
    };

    private static Shape FindShape(byte[] literal, bool[] isWildcard)
    {
        var wild = Enumerable.Range(0, literal.Length).Where(i => isWildcard[i]).ToArray();
        if (wild.Length == 0)
        {
            return Shape.Exact;
        }

        if (wild.Any(i => literal[i] == One))
        {
            return Shape.General;
        }

        var (first, last) = (wild[0] == 0, wild[^1] == literal.Length - 1);
        return wild.Length switch
        {
            1 when last => Shape.Prefix,
            1 when first => Shape.Suffix,
            2 when first && last => Shape.Contains,
            _ => Shape.General,
        };
    }

    // Two cursors; on a mismatch the last % takes one more byte.
    private bool IsGeneralMatch(ReadOnlySpan<byte> text)
    {
        int t = 0, p = 0, starPattern = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < _literal.Length && _isWildcard[p] && _literal[p] == Any)
            {
                (starPattern, starText) = (++p, t);
            }
            else if (p < _literal.Length && _isWildcard[p] && text[t] != '\n')
            {
                p++;
                t += CharacterLength(text[t..]);
            }
            else if (p < _literal.Length && !_isWildcard[p] && _literal[p] == text[t])
            {
                p++;
                t++;
            }
            else if (starPattern >= 0)
            {
                p = starPattern;
                starText += CharacterLength(text[starText..]);
                t = starText;
            }
            else
            {
                return false;
            }
        }

        while (p < _literal.Length && _isWildcard[p] && _literal[p] == Any)
        {
            p++;
        }

        return p == _literal.Length;
    }

    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        var length = 1;
        while (length < text.Length && (text[length] & 0xC0) == 0x80)
        {
            length++;
        }

        return length;
    }
}

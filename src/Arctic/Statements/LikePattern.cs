using Arctic.Sql.Syntax;

namespace Arctic.Statements;

/// <summary>The patterns of SHOW … LIKE, as MySQL has them: <c>%</c>, <c>_</c>, and <c>\</c> before either.</summary>
internal static class LikePattern
{
    /// <summary>Whether a name is listed.</summary>
    public static bool Matches(ShowPattern pattern, string name)
    {
        var (p, n) = pattern.IgnoresCase ? (pattern.Pattern.ToUpperInvariant(), name.ToUpperInvariant()) : (pattern.Pattern, name);
        return Matches(p, 0, n, 0) != pattern.IsNegated;
    }

    private static bool Matches(string pattern, int p, string text, int t)
    {
        for (; p < pattern.Length; p++, t++)
        {
            switch (pattern[p])
            {
                case '%':
                    for (var rest = t; rest <= text.Length; rest++)
                    {
                        if (Matches(pattern, p + 1, text, rest))
                        {
                            return true;
                        }
                    }

                    return false;
                case '\\' when p + 1 < pattern.Length:
                    p++;
                    if (t >= text.Length || text[t] != pattern[p])
                    {
                        return false;
                    }

                    break;
                case '_' when t < text.Length:
                    break;
                default:
                    if (t >= text.Length || text[t] != pattern[p])
                    {
                        return false;
                    }

                    break;
            }
        }

        return t == text.Length;
    }
}

using System.Text;
using System.Text.RegularExpressions;
using Arctic.Columnar.Kernels;

namespace Arctic.Sql.Functions.Scalar;

/// <summary>The pattern of the row before; a bad one is remembered as none. One task uses an instance at a time.</summary>
internal sealed class RegexCache
{
    // Patterns come from users: one that takes longer than this for a row is refused rather than left to stop the job.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);

    private byte[]? _source;
    private Regex? _regex;

    /// <summary>A pattern as a regular expression; null for a bad one.</summary>
    public Regex? Get(ReadOnlySpan<byte> pattern)
    {
        if (_source is null || !pattern.SequenceEqual(_source))
        {
            _source = pattern.ToArray();
            _regex = Compile(Encoding.UTF8.GetString(pattern));
        }

        return _regex;
    }

    /// <summary>A pattern of SIMILAR TO; null for a bad one.</summary>
    public Regex? GetSimilar(ReadOnlySpan<byte> pattern, string? escape)
    {
        if (_source is null || !pattern.SequenceEqual(_source))
        {
            _source = pattern.ToArray();
            _regex = Compile(SimilarPattern.ToRegex(Encoding.UTF8.GetString(pattern), escape));
        }

        return _regex;
    }

    /// <summary>As <see cref="Get"/>, where a bad pattern is an error.</summary>
    public Regex Require(ReadOnlySpan<byte> pattern, string function) =>
        Get(pattern) ?? throw EvaluationErrors.Failed($"Cannot evaluate {function}: '{Encoding.UTF8.GetString(pattern)}' is no regular expression.");

    private static Regex? Compile(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, MatchTimeout);
        }
        catch (ArgumentException)
        {
            // A bad pattern is an answer of these functions, not an error.
            return null;
        }
    }
}

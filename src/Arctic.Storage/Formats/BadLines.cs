using System.Text;
using Arctic.Columnar.Errors;

namespace Arctic.Storage.Formats;

/// <summary>What happens to lines that cannot be read.</summary>
/// <param name="AreSkipped">Whether they are skipped and counted; otherwise the first one is an error.</param>
/// <param name="Option">The option that says so, for messages: <c>csv.ignore-parse-errors</c>.</param>
internal readonly record struct BadLinePolicy(bool AreSkipped, string Option);

/// <summary>Collects the lines of one stretch of records that cannot be read.</summary>
internal sealed class BadLines(BadLinePolicy policy)
{
    private const int ReasonsMax = 10;
    private const int ExcerptBytesMax = 80;

    private readonly List<(int Line, string Reason)> _reasons = [];
    private (int Line, string Reason)? _first;

    /// <summary>The number of bad lines.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets all lines.</summary>
    public void Clear()
    {
        _reasons.Clear();
        (_first, Count) = (null, 0);
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">0-based among the records.</param>
    /// <param name="reason">What was found, as the end of a sentence.</param>
    public void Add(int line, string reason)
    {
        Count++;
        if (_reasons.Count < ReasonsMax)
        {
            _reasons.Add((line, reason));
        }

        if (_first is not { } first || line < first.Line)
        {
            _first = (line, reason);
        }
    }

    /// <summary>The reasons of the first few lines, for a log.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidInput"/>: there is a bad line, and the policy is to fail.</exception>
    public IReadOnlyList<string> Resolve(RecordOrigin origin)
    {
        if (_first is not { } first)
        {
            return [];
        }

        if (!policy.AreSkipped)
        {
            throw new ArcticException(
                ErrorCodes.InvalidInput,
                $"Cannot read {Describe(origin, first)} Correct the line, or set '{policy.Option}' = 'true' to skip and count such lines.")
            {
                Hint = origin.FirstLine + first.Line == 1 && policy.Option == CsvOptions.IgnoreParseErrorsKey ? "Files have no header: if line 1 names the columns, take it out." : null,
            };
        }

        return _reasons.OrderBy(r => r.Line).Select(r => Describe(origin, r)).ToList();
    }

    /// <summary>The text of some bytes for a message, cut to a length.</summary>
    public static string Excerpt(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= ExcerptBytesMax ? $"'{Encoding.UTF8.GetString(bytes)}'" : $"'{Encoding.UTF8.GetString(bytes[..ExcerptBytesMax])}…'";

    private static string Describe(RecordOrigin origin, (int Line, string Reason) line) => $"line {origin.FirstLine + line.Line} of '{origin.Source}': {line.Reason}.";
}

using System.Globalization;
using System.Text.Json;
using Arctic.Columnar.Errors;

namespace Arctic.Sql.Functions.Json;

/// <summary>
/// A path of SQL/JSON in Jayway's notation: <c>$.a['b'][0][-1][*]..c</c>, behind <c>lax</c> or <c>strict</c>. Without a word it is strict: what is not there is an error, not nothing.
/// </summary>
internal sealed class JsonPath
{
    private readonly List<Step> _steps = [];

    private JsonPath(bool isLax) => IsLax = isLax;

    /// <summary>Whether what is not there is nothing instead of an error.</summary>
    public bool IsLax { get; }

    /// <summary>Whether the path means one place; else it gives a list of all that it finds.</summary>
    public bool IsDefinite => _steps.TrueForAll(s => s.Kind is StepKind.Name or StepKind.Index);

    /// <summary>Reads a path.</summary>
    /// <exception cref="ArcticException"><see cref="ErrorCodes.InvalidStatement"/>: it is none; <see cref="ErrorCodes.Unsupported"/>: it has a filter or a slice.</exception>
    public static JsonPath Parse(string text)
    {
        var rest = text.Trim();
        var isLax = rest.StartsWith("lax ", StringComparison.OrdinalIgnoreCase);
        if (isLax || rest.StartsWith("strict ", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest[rest.IndexOf(' ', StringComparison.Ordinal)..].TrimStart();
        }

        var path = new JsonPath(isLax);
        if (!rest.StartsWith('$'))
        {
            throw Invalid(text);
        }

        for (var at = 1; at < rest.Length;)
        {
            at = path.ParseStep(rest, at, text);
        }

        return path;
    }

    /// <summary>What the path finds, in order.</summary>
    public List<JsonElement> Find(JsonElement root)
    {
        var found = new List<JsonElement> { root };
        foreach (var step in _steps)
        {
            var next = new List<JsonElement>();
            foreach (var element in found)
            {
                Take(element, step, next);
            }

            found = next;
        }

        return found;
    }

    private static void Take(JsonElement element, Step step, List<JsonElement> found)
    {
        switch (step.Kind)
        {
            case StepKind.Name when element.ValueKind == JsonValueKind.Object && element.TryGetProperty(step.Name, out var member):
                found.Add(member);
                break;
            case StepKind.Index when element.ValueKind == JsonValueKind.Array:
                var index = step.Index < 0 ? step.Index + element.GetArrayLength() : step.Index;
                if (index >= 0 && index < element.GetArrayLength())
                {
                    found.Add(element[index]);
                }

                break;
            case StepKind.All:
                found.AddRange(Children(element));
                break;
            case StepKind.Deep:
                TakeDeep(element, step, found);
                break;
        }
    }

    // The element itself first, then everything within it.
    private static void TakeDeep(JsonElement element, Step step, List<JsonElement> found)
    {
        Take(element, step with { Kind = step.Name == "*" ? StepKind.All : StepKind.Name }, found);
        foreach (var child in Children(element))
        {
            TakeDeep(child, step, found);
        }
    }

    private static IEnumerable<JsonElement> Children(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().Select(p => p.Value),
        JsonValueKind.Array => element.EnumerateArray(),
        _ => [],
    };

    private int ParseStep(string path, int at, string text)
    {
        if (path[at] == '.')
        {
            var isDeep = at + 1 < path.Length && path[at + 1] == '.';
            at += isDeep ? 2 : 1;
            if (at < path.Length && path[at] == '[' && !isDeep)
            {
                return ParseBracket(path, at, text);
            }

            var end = at;
            while (end < path.Length && path[end] is not ('.' or '['))
            {
                end++;
            }

            var name = path[at..end].Trim();
            if (name.Length == 0)
            {
                throw Invalid(text);
            }

            _steps.Add(new Step(isDeep ? StepKind.Deep : name == "*" ? StepKind.All : StepKind.Name, name, 0));
            return end;
        }

        return path[at] == '[' ? ParseBracket(path, at, text) : throw Invalid(text);
    }

    private int ParseBracket(string path, int at, string text)
    {
        var start = at + 1;
        while (start < path.Length && path[start] == ' ')
        {
            start++;
        }

        if (start < path.Length && path[start] is '\'' or '"')
        {
            var quote = path[start];
            var close = path.IndexOf(quote, start + 1);
            var end = close < 0 ? -1 : path.IndexOf(']', close);
            if (end < 0 || path[(close + 1)..end].Trim().Length > 0)
            {
                throw Invalid(text);
            }

            _steps.Add(new Step(StepKind.Name, path[(start + 1)..close], 0));
            return end + 1;
        }

        var closing = path.IndexOf(']', start);
        var content = closing < 0 ? "" : path[start..closing].Trim();
        if (content == "*")
        {
            _steps.Add(new Step(StepKind.All, "", 0));
        }
        else if (int.TryParse(content, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            _steps.Add(new Step(StepKind.Index, "", index));
        }
        else
        {
            throw content.Length > 0 && (content[0] == '?' || content.Contains(':', StringComparison.Ordinal) || content.Contains(',', StringComparison.Ordinal))
                ? new ArcticException(ErrorCodes.Unsupported, $"Filters and slices are not supported in a JSON path: '{text}'.")
                : Invalid(text);
        }

        return closing + 1;
    }

    private static ArcticException Invalid(string text) =>
        new(ErrorCodes.InvalidStatement, $"'{text}' is no JSON path.") { Hint = "A path looks like '$.a.b[0]', perhaps with 'lax' or 'strict' before it." };

    private enum StepKind
    {
        Name,
        Index,
        All,
        Deep,
    }

    private readonly record struct Step(StepKind Kind, string Name, int Index);
}

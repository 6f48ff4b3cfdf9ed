using System.Reflection;
using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>The headers of every request: ours, and those that options named <c>header.*</c> give, which replace ours; an empty one is left out.</summary>
internal static class RestHeaders
{
    /// <summary>What the keys of options begin with that are headers.</summary>
    public const string OptionPrefix = "header.";

    private static readonly string Client = "Arctic.Iceberg/" + (typeof(RestHeaders).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>The headers in no particular order.</summary>
    /// <exception cref="ArcticException"><c>INVALID_OPTION</c>: a name or value that no header can have.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Of(IReadOnlyDictionary<string, string> properties)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
        {
            ["Accept"] = "application/json",
            ["User-Agent"] = Client,
            ["X-Client-Version"] = Client,
            ["X-Iceberg-Access-Delegation"] = "vended-credentials",
        };
        foreach (var (key, value) in properties.Where(p => p.Key.StartsWith(OptionPrefix, StringComparison.Ordinal)))
        {
            var name = key[OptionPrefix.Length..];
            if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) || value.Any(char.IsControl))
            {
                throw new ArcticException(ErrorCodes.InvalidOption, $"Option '{key}' of a REST catalog is not a header: its name or its value has characters that no header can have.");
            }

            headers[name] = value;
        }

        return headers.Where(h => h.Value.Length > 0).ToList();
    }
}

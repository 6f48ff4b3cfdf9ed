using Arctic.Columnar.Errors;

namespace Arctic.Iceberg.Catalog.Rest;

/// <summary>What a server offers, as it says in its configuration; of a server that says nothing, what every server must offer.</summary>
internal sealed class RestEndpoints
{
    public const string NamespaceExists = "HEAD /v1/{prefix}/namespaces/{namespace}";
    public const string TableExists = "HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}";
    public const string UpdateNamespace = "POST /v1/{prefix}/namespaces/{namespace}/properties";
    public const string RegisterTable = "POST /v1/{prefix}/namespaces/{namespace}/register";
    public const string RenameTable = "POST /v1/{prefix}/tables/rename";
    public const string CommitAll = "POST /v1/{prefix}/transactions/commit";
    public const string ListViews = "GET /v1/{prefix}/namespaces/{namespace}/views";
    public const string LoadView = "GET /v1/{prefix}/namespaces/{namespace}/views/{view}";
    public const string ViewExists = "HEAD /v1/{prefix}/namespaces/{namespace}/views/{view}";
    public const string LoadCredentials = "GET /v1/{prefix}/namespaces/{namespace}/tables/{table}/credentials";
    public const string ReportMetrics = "POST /v1/{prefix}/namespaces/{namespace}/tables/{table}/metrics";

    // The endpoints of the protocol before servers could say which they have (REST spec, "endpoints" of the configuration).
    private static readonly string[] Defaults = [UpdateNamespace, RegisterTable, RenameTable, CommitAll, ReportMetrics];

    private readonly HashSet<string> _offered;

    /// <param name="offered">Null or empty: the server says nothing.</param>
    public RestEndpoints(IReadOnlyCollection<string>? offered) =>
        _offered = offered is { Count: > 0 } ? offered.Select(Normalized).ToHashSet(StringComparer.Ordinal) : [.. Defaults];

    public bool Has(string endpoint) => _offered.Contains(endpoint);

    /// <summary>Refuses what the server does not offer.</summary>
    /// <exception cref="ArcticException"><c>UNSUPPORTED</c>.</exception>
    public void Require(string endpoint, string purpose)
    {
        if (!Has(endpoint))
        {
            throw new ArcticException(ErrorCodes.Unsupported, $"Cannot {purpose}: the catalog server does not offer '{endpoint}'.");
        }
    }

    // The reference server leaves the first slash out of some.
    private static string Normalized(string endpoint)
    {
        var space = endpoint.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? endpoint : endpoint[..space].ToUpperInvariant() + " /" + endpoint[(space + 1)..].TrimStart('/');
    }
}
